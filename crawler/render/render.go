// Package render lets Chromium run the scripts of a page and takes down what
// they make of it.
//
// Invariants: the browser asks for everything, the page included, through the
// gateway of its look, and has no other way out: it resolves no name, speaks no
// UDP and has no port of its own that one could drive it by; each look has a
// process and a profile of its own, so nothing is carried from one to the next;
// whatever happens to us, the browser ends: with the look, with its limits of
// time and memory, and with the death of this process.
package render

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

const (
	// DefaultTimeout is how long a page may take until it is ready.
	DefaultTimeout = 20 * time.Second

	atOnce    = 2                      // browsers
	startTime = 30 * time.Second       // of a browser
	quietTime = 500 * time.Millisecond // without a request: the page is ready
	restTime  = 2 * time.Second        // at most, for the rest of a page whose awaited part is there
	lookEvery = 100 * time.Millisecond
	memory    = 1 << 30 // bytes of all processes of one browser that are theirs alone
)

// Options of browsers.
type Options struct {
	Path    string // of Chromium; empty: it is looked for
	Unboxed bool   // run without Chromium's own sandbox; root always does
	Folder  string // of the profiles; empty: the system's for what is temporary
	Memory  int64  // bytes; 0: 1 GiB
	Log     *slog.Logger
}

// Browsers starts a browser for each look. It is safe for concurrent use.
type Browsers struct {
	opt   Options
	slots chan struct{}
	swept atomic.Bool // what dead processes left has been removed
}

// New makes browsers; none is started before it is needed.
func New(o Options) *Browsers {
	o.Folder, o.Memory = cmp.Or(o.Folder, os.TempDir()), cmp.Or(o.Memory, memory)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Browsers{opt: o, slots: make(chan struct{}, atOnce)}
}

// Page is what is to be rendered.
type Page struct {
	URL      string
	Agent    string                                      // User-Agent
	Timezone string                                      // in which scripts write dates; IANA name
	Wait     string                                      // CSS of what must be there; empty: until nothing more is asked for
	Timeout  time.Duration                               // 0: DefaultTimeout
	Limit    int64                                       // of the page once rendered, in bytes
	Ask      func(*http.Request) (*http.Response, error) // makes every request, the one for URL included; by many goroutines
}

// Result is a page once its scripts have run.
type Result struct {
	HTML     string // of the document as it stands, shadow trees in their places
	URL      string // where the page says it is
	Document string // address of the document whose scripts ran
	Browser  string // product and version
	Memory   int64  // the most that the browser's processes had for themselves, in bytes
}

// names are what Chromium is called on different systems.
var names = [...]string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// Find gives the path of the browser. The error is a fault that says what to do.
func (b *Browsers) Find() (string, error) {
	if b.opt.Path != "" {
		path, err := exec.LookPath(b.opt.Path)
		if err != nil {
			return "", broken("`browser: {path: ...}` names no program: "+err.Error(), err)
		}
		return path, nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", broken("this page needs Chromium, which is not installed here; on Debian: apt install chromium", nil)
}

// Unboxed tells whether browsers run without Chromium's own sandbox: it does
// not start with it as root.
func (b *Browsers) Unboxed() bool { return b.opt.Unboxed || os.Geteuid() == 0 }

func broken(detail string, err error) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonBrowser, Detail: detail, Err: err}
}

// The causes that end a look early.
var (
	errCrashed = errors.New("the page made the browser crash")
	errMemory  = errors.New("the page made the browser take too much memory")
	errTime    = errors.New("the page was not ready in time")
)

// Render loads a page and gives what its scripts made of it. The error is a
// *snapshot.Fault, or the cause of the context's end.
func (b *Browsers) Render(ctx context.Context, p Page) (*Result, error) {
	path, err := b.Find()
	if err != nil {
		return nil, err
	}
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	gateway, err := egress.OpenGateway(p.Ask)
	if err != nil {
		return nil, broken(err.Error(), err)
	}
	defer gateway.Close()
	profile, err := b.profile()
	if err != nil {
		return nil, broken("the browser has no room for its profile: "+err.Error(), err)
	}
	defer profile.remove()
	if b.Unboxed() {
		b.opt.Log.Info("Chromium runs without its own sandbox", "root", os.Geteuid() == 0)
	}
	v := &view{b: b, page: p, gateway: gateway, timeout: cmp.Or(p.Timeout, DefaultTimeout)}
	return v.show(ctx, path, profile)
}

// Version starts the browser once and asks it what it is: whether it can run
// here at all.
func (b *Browsers) Version(ctx context.Context) (string, error) {
	res, err := b.Render(ctx, Page{URL: "about:blank", Limit: 1 << 10,
		Ask: func(*http.Request) (*http.Response, error) { return nil, errors.New("nothing is asked for") }})
	if err != nil {
		return "", err
	}
	return res.Browser, nil
}

// view is one page in one browser.
type view struct {
	b       *Browsers
	page    Page
	gateway *egress.Gateway
	timeout time.Duration
	traffic traffic
	waiting atomic.Pointer[[]string] // what was being asked for when the time was over
}

// asked is one request of a page.
type asked struct {
	loader cdp.LoaderID // of its document
	url    string
}

// traffic is what the page has asked for, as the page knows it: on a busy
// machine a request reaches the gateway much later than the script has made it.
type traffic struct {
	mu      sync.Mutex
	pending map[network.RequestID]asked
	loaded  map[cdp.LoaderID]string // the addresses of documents, whatever the page calls itself
	last    time.Time               // when something began or ended
}

func (t *traffic) begin(e *network.EventRequestWillBeSent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending == nil {
		t.pending, t.loaded = map[network.RequestID]asked{}, map[cdp.LoaderID]string{}
	}
	t.pending[e.RequestID], t.last = asked{e.LoaderID, e.Request.URL}, time.Now()
	if e.Type == network.ResourceTypeDocument {
		t.loaded[e.LoaderID] = e.Request.URL
	}
}

// gone forgets what documents before the one of a loader were asking for: of
// some of it nobody says that it has ended.
func (t *traffic) gone(now cdp.LoaderID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.pending, func(_ network.RequestID, a asked) bool { return a.loader != now })
	t.last = time.Now()
}

// addresses are those that are being asked for besides the page, whose end
// cannot be told from that of its scripts.
func (t *traffic) addresses(page string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, a := range t.pending {
		if a.url != page {
			out = append(out, a.url)
		}
	}
	slices.Sort(out)
	return out
}

// document is the address that the document of a loader came from.
func (t *traffic) document(id cdp.LoaderID, otherwise string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return cmp.Or(t.loaded[id], otherwise)
}

func (t *traffic) end(id network.RequestID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pending, id)
	t.last = time.Now()
}

// quiet is for how long nothing has been asked for; 0 while something is.
func (t *traffic) quiet() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.pending) > 0 {
		return 0
	}
	return time.Since(t.last)
}

func (v *view) show(parent context.Context, path string, profile *profile) (*Result, error) {
	ctx, end := context.WithCancelCause(parent)
	defer end(nil)
	said := &tail{}
	var group process
	allocated, stop := chromedp.NewExecAllocator(ctx, v.options(path, profile, said, &group)...)
	var tab context.Context
	tab, closeTab := chromedp.NewContext(allocated, chromedp.WithLogf(v.note), chromedp.WithErrorf(v.note), chromedp.WithListener(func(event any) {
		switch event := event.(type) {
		case *inspector.EventTargetCrashed:
			end(errCrashed)
		case *network.EventRequestWillBeSent:
			v.traffic.begin(event)
		case *page.EventFrameNavigated:
			if event.Frame.ParentID == "" {
				v.traffic.gone(event.Frame.LoaderID)
			}
		case *network.EventLoadingFinished:
			v.traffic.end(event.RequestID)
		case *network.EventLoadingFailed:
			v.traffic.end(event.RequestID)
		case *page.EventJavascriptDialogOpening: // which stops the page until somebody answers
			go chromedp.Call(tab, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
		}
	}))
	defer func() { // in this order: whoever waits for the browser waits for a dead one
		end(nil)
		group.kill()
		closeTab()
		stop()
		chromedp.FromContext(tab).Allocator.Wait()
		group.kill() // what the browser has left behind
	}()
	timer := time.AfterFunc(startTime, func() {
		p := v.traffic.addresses(v.page.URL) // before the end of the browser ends them
		v.waiting.Store(&p)
		end(errTime)
	})
	defer timer.Stop()
	if err := chromedp.Do(tab); err != nil {
		return nil, v.explain(ctx, parent, fmt.Errorf("the browser did not start: %w%s", err, said.advice(v.b.Unboxed())))
	}
	timer.Reset(v.timeout)
	watched := make(chan int64, 1)
	over := make(chan struct{})
	go func() { watched <- group.watch(over, v.b.opt.Memory, func() { end(errMemory) }) }()
	res, err := v.load(tab)
	close(over)
	peak := <-watched
	if err != nil {
		return nil, v.explain(ctx, parent, err)
	}
	res.Memory = peak
	return res, nil
}

func (v *view) note(format string, args ...any) {
	v.b.opt.Log.Debug("browser", "says", fmt.Sprintf(format, args...))
}

// load goes to the page, waits until it is ready and takes it down.
func (v *view) load(tab context.Context) (*Result, error) {
	version, err := chromedp.CallBrowser(tab, browser.GetVersion, struct{}{})
	if err != nil {
		return nil, err
	}
	if _, err := chromedp.CallBrowser(tab, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: browser.SetDownloadBehaviorBehaviorDeny}); err != nil {
		return nil, err
	}
	if _, err := chromedp.Call(tab, network.Enable, network.EnableParams{}); err != nil {
		return nil, err
	}
	went, err := chromedp.Call(tab, page.Navigate, page.NavigateParams{URL: v.page.URL})
	if err == nil && went.ErrorText != "" {
		err = fmt.Errorf("the browser could not load the page: %s", went.ErrorText)
	}
	if err != nil {
		return nil, err
	}
	if err := v.await(tab); err != nil {
		return nil, err
	}
	s, err := v.take(tab, fmt.Sprintf("take(%d)", v.page.Limit))
	if err != nil {
		return nil, err
	}
	if s.Long > 0 {
		return nil, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonLimit,
			Detail: fmt.Sprintf("the rendered page has %d characters, and %d bytes are allowed; `limits: {decoded: ...}` at the source raises the limit", s.Long, v.page.Limit)}
	}
	return &Result{HTML: s.HTML, URL: s.URL, Document: s.Document, Browser: version.Product}, nil
}

//go:embed page.js
var script string

// state is what page.js says.
type state struct {
	Ready    bool   `json:"ready"` // the document and what it names are loaded
	Found    bool   `json:"found"` // the awaited part is there
	Wrong    string `json:"wrong"` // the browser does not understand what is awaited
	HTML     string `json:"html"`
	Long     int    `json:"long"` // characters, if they are too many
	URL      string `json:"url"`
	Document string `json:"-"`
}

// take runs a function of page.js in a world of its own beside the page's
// scripts, which can neither see nor change it.
func (v *view) take(tab context.Context, call string) (*state, error) {
	tree, err := chromedp.Call(tab, page.GetFrameTree, struct{}{})
	if err != nil {
		return nil, err
	}
	frame := tree.FrameTree.Frame
	if frame.UnreachableURL != "" {
		return nil, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRedirect,
			Detail: fmt.Sprintf("the page sent the browser on to %s, which was refused or is not there", frame.UnreachableURL)}
	}
	world, err := chromedp.Call(tab, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame.ID, WorldName: "pantau"})
	if err != nil {
		return nil, err
	}
	s, err := evaluate(tab, script+"\n"+call, world.ExecutionContextID)
	if err != nil {
		return nil, err
	}
	s.Document = v.traffic.document(frame.LoaderID, frame.URL)
	return s, nil
}

// evaluate runs an expression whose value is a state.
func evaluate(tab context.Context, expression string, world runtime.ExecutionContextID) (*state, error) {
	byValue := true
	got, err := chromedp.Call(tab, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: world, ReturnByValue: &byValue})
	if err != nil {
		return nil, err
	}
	if got.ExceptionDetails != nil {
		return nil, fmt.Errorf("the page cannot be read: %v", got.ExceptionDetails)
	}
	s := &state{}
	if err := json.Unmarshal(got.Result.Value, s); err != nil {
		return nil, fmt.Errorf("the page cannot be read: %w", err)
	}
	return s, nil
}

// await waits until the page is ready: loaded, and nothing asked for during
// quietTime; where a part is awaited, once that is there, the rest of the page
// gets restTime at most.
func (v *view) await(tab context.Context) error {
	wait, err := json.Marshal(v.page.Wait)
	if err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var found time.Time
	for {
		s, err := v.take(tab, "look("+string(wait)+")")
		var f *snapshot.Fault
		if errors.As(err, &f) || err != nil && tab.Err() != nil {
			return err
		} // else the page is just going elsewhere
		if err == nil && s.Wrong != "" {
			return broken(fmt.Sprintf("`render: {wait: ...}` is not understood by the browser: %s", s.Wrong), nil)
		}
		quiet := v.traffic.quiet() >= quietTime && v.gateway.Quiet() > 0
		if err == nil {
			switch {
			case !s.Found:
				found = time.Time{}
			case found.IsZero():
				found = time.Now()
			}
			if s.Found && (v.page.Wait == "" && s.Ready && quiet || v.page.Wait != "" && (quiet || time.Since(found) > restTime)) {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-tab.Done():
			return context.Cause(tab)
		}
	}
}

// explain says why there is no page.
func (v *view) explain(ctx, parent context.Context, err error) error {
	if parent.Err() != nil {
		return context.Cause(parent)
	}
	var f *snapshot.Fault
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errCrashed):
		return broken(cause.Error(), cause)
	case errors.Is(cause, errMemory):
		f = broken(fmt.Sprintf("%v: more than %d MiB", cause, v.b.opt.Memory>>20), cause)
		f.Reason = snapshot.ReasonLimit
		return f
	case errors.Is(cause, errTime):
		return v.late(cause)
	case errors.As(err, &f):
		return f
	}
	return broken(err.Error(), err)
}

// late says what a page was still waiting for.
func (v *view) late(cause error) *snapshot.Fault {
	why := "its scripts do not come to an end"
	if p := v.waiting.Load(); p != nil && len(*p) > 0 {
		why = "it was still asking for " + strings.Join((*p)[:min(len(*p), 3)], ", ")
	} else if v.page.Wait != "" {
		why = fmt.Sprintf("nothing on it fits wait %q", v.page.Wait)
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonTimeout, Err: cause,
		Detail: fmt.Sprintf("the page was not ready within %s: %s; `render: {wait: CSS, timeout: ...}` says what must be there, and how long it may take", v.timeout, why)}
}

// zone is the environment's word for a time zone.
func zone(name string) string { return "TZ=" + cmp.Or(name, "UTC") }
