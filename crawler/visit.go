package crawler

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/publicsuffix"

	"pantau/crawler/render"
	"pantau/internal/egress"
	"pantau/internal/snapshot"
)

const (
	askedLimit    = 300 // requests of a page
	refusedListed = 20  // hosts of a rendering
)

// visit is a page in a browser. Every request that the browser makes is made
// here: documents as any page is fetched, with the delay and by robots.txt, and
// into the capture; the rest, one at a time and host, but without a delay
// between, as a visitor's browser would. A page asks its own site and what its
// text names. The networks that the configuration allows are for the hosts that
// a person named, not for what a page asks for.
type visit struct {
	j       *job
	ctx     context.Context
	capture *snapshot.Capture
	main    *snapshot.Response
	public  *egress.Transport // that the configuration allows nothing more
	own     map[string]bool   // scheme://host:port of what a person named
	named   map[string]bool   // hosts that the page's text names
	site    string            // the domain that the page's host stands below; empty: none

	document sync.Mutex // one document at a time: the job's parts are for one goroutine

	mu      sync.Mutex // guards what follows
	served  bool       // the page, from the capture
	asked   int
	bytes   int64
	refused []string
	err     error // of our own side: the disk
	fault   *snapshot.Fault
}

// render puts what a browser makes of the last answer behind it. The error is
// of our own side only.
func (j *job) render(capture *snapshot.Capture) error {
	main := capture.Last()
	if main == nil || !hypertext(main.ContentType) {
		return nil
	}
	main.Raw = true
	r := &snapshot.Response{Request: main.Request, Attempt: 1, Started: time.Now().UTC()}
	v, err := j.newVisit(capture, main)
	var res *render.Result
	if err == nil {
		res, err = v.show()
	}
	r.Finished = time.Now().UTC()
	if v != nil {
		err = cmp.Or(v.err, err)
	}
	if err == nil {
		err = v.describe(r, res)
	}
	capture.Responses = append(capture.Responses, r)
	var f *snapshot.Fault
	if errors.As(err, &f) {
		r.Fault, err = f.At(r.Request), nil
	} else if err != nil {
		r.Fault = (&snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonCanceled, Detail: "stopped before the page was rendered", Err: err}).At(r.Request)
	}
	return err
}

func hypertext(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "" || media == "text/html" || media == "application/xhtml+xml"
}

// naming finds the hosts that a text names, in JSON inside of it too.
var naming = regexp.MustCompile(`(?i)(?:\\?/){2}([a-z0-9-]+(?:\.[a-z0-9-]+)+)`)

func (j *job) newVisit(capture *snapshot.Capture, main *snapshot.Response) (*visit, error) {
	body, err := main.Body.Bytes()
	if err != nil {
		return nil, err
	}
	v := &visit{j: j, capture: capture, main: main, own: map[string]bool{}, named: map[string]bool{}}
	if v.public, err = j.c.transport(j.source.Access, false); err != nil {
		return nil, err
	}
	for _, address := range []string{j.source.URL, main.Request.URL, v.address()} {
		if u, err := url.Parse(address); err == nil {
			v.own[snapshot.Host(u)] = true
			v.site, _ = publicsuffix.EffectiveTLDPlusOne(u.Hostname())
		}
	}
	for _, host := range j.source.Render.Hosts {
		for _, scheme := range []string{"http", "https"} {
			if u, err := url.Parse(scheme + "://" + host); err == nil {
				v.own[snapshot.Host(u)] = true
			}
		}
	}
	for _, m := range naming.FindAllSubmatch(body, -1) {
		v.named[strings.ToLower(string(m[1]))] = true
	}
	return v, nil
}

// address is where the page came from.
func (v *visit) address() string { return cmp.Or(v.main.FinalURL, v.main.Request.URL) }

// requested is an address as a browser asks for it: without what is behind #,
// which only scripts read.
func requested(address string) string {
	u, err := egress.CheckURL(address)
	if err != nil {
		return address
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/"
	}
	if port := u.Port(); port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	return u.String()
}

func (v *visit) show() (*render.Result, error) {
	s := v.j.source
	if v.j.c.opt.Browsers == nil {
		return nil, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonBrowser, Detail: "nothing here renders pages"}
	}
	ctx, cancel := context.WithCancel(v.j.ctx)
	defer cancel() // nothing of the visit goes on behind it
	v.ctx = ctx
	res, err := v.j.c.opt.Browsers.Render(ctx, render.Page{URL: v.address(), Agent: v.j.c.agent, Timezone: s.Timezone, Wait: s.Render.Wait,
		Timeout: s.Render.Timeout, Limit: cmp.Or(s.Access.DecodedLimit, DecodedLimit), Ask: v.ask})
	cancel()
	v.document.Lock() // what was under way has ended
	defer v.document.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fault != nil {
		return nil, v.fault
	}
	if err != nil && len(v.refused) > 0 {
		var f *snapshot.Fault
		if errors.As(err, &f) {
			told := *f
			told.Detail += "; it was not let to " + strings.Join(v.refused, ", ") + ": `render: {hosts: [...]}` lets it"
			return nil, &told
		}
	}
	if err == nil {
		v.j.c.opt.Log.Info("rendered", "url", res.URL, "browser", res.Browser, "asked", v.asked, "bytes", v.bytes, "memory", res.Memory, "refused", v.refused)
	}
	return res, err
}

// describe fills in the rendered answer.
func (v *visit) describe(r *snapshot.Response, res *render.Result) error {
	from := v.main
	for _, d := range v.capture.Responses {
		if d.Raw && d.Request.URL == requested(res.Document) {
			from = d
		}
	}
	if from.Fault != nil {
		return from.Fault
	}
	if from == v.main && requested(res.Document) != requested(v.address()) {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonRedirect, Detail: "the page sent the browser on to " + res.Document + ", of which there is no answer"}
	}
	out := &body{spool: v.j.spool}
	if err := out.write([]byte(res.HTML)); err != nil {
		return err
	}
	var err error
	if r.Body, err = out.finish(snapshot.Digest([]byte(res.HTML))); err != nil {
		return err
	}
	r.Status, r.Unframed, r.ContentType = from.Status, from.Unframed, "text/html; charset=utf-8"
	if at := requested(res.URL); at != requested(r.Request.URL) {
		r.FinalURL = at
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	r.Rendering = &snapshot.Rendering{Browser: res.Browser, Document: from.Request.URL, Asked: v.asked, Bytes: v.bytes, Refused: slices.Clone(v.refused)}
	return nil
}

// ask makes one request of the browser.
func (v *visit) ask(req *http.Request) (*http.Response, error) {
	if unread(req.Header) {
		return nil, &egress.Refused{Address: req.URL.Host, Why: "nobody reads it"}
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost:
	default:
		return nil, v.refuse(req.URL.Host, "a page that is looked at changes nothing")
	}
	u, err := egress.CheckURL(req.URL.String())
	if err != nil {
		return nil, v.refuse(req.URL.Host, err.Error())
	}
	transport, err := v.wayTo(u)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(v.ctx)
	defer cancel()
	defer context.AfterFunc(req.Context(), cancel)() // the browser has lost interest
	req = req.WithContext(ctx)
	req.URL, req.Host = u, u.Host
	req.Header.Set("Accept-Encoding", "gzip")
	first, err := v.count(req)
	if err != nil {
		return nil, err
	}
	switch {
	case first:
		return v.page()
	case navigation(req):
		return v.navigate(req, transport)
	}
	return v.resource(req, transport)
}

// unread tells what no page asked for, or no reader reads: Chromium's own
// housekeeping (it names neither a page nor a purpose), and pictures, of which
// the icon of a site is the last that the browser still asks for.
func unread(h http.Header) bool {
	switch h.Get("Sec-Fetch-Dest") {
	case "image", "font", "audio", "video":
		return true
	}
	if h.Get("Sec-Fetch-Site") == "none" {
		return h.Get("Sec-Fetch-Mode") != "navigate"
	}
	return strings.HasPrefix(h.Get("Accept"), "image/") || h.Get("Accept") == "" && h.Get("Referer") == "" && h.Get("Origin") == ""
}

// navigation tells the request for a document from the others.
func navigation(req *http.Request) bool {
	return req.Header.Get("Sec-Fetch-Mode") == "navigate" || req.Header.Get("Upgrade-Insecure-Requests") == "1"
}

// wayTo gives the transport for an address, if a page may ask for it.
func (v *visit) wayTo(u *url.URL) (*egress.Transport, error) {
	if v.own[snapshot.Host(u)] {
		return v.j.transport, nil
	}
	host := u.Hostname()
	site := v.site != "" && (host == v.site || strings.HasSuffix(host, "."+v.site))
	if !site && !v.named[host] {
		return nil, v.refuse(u.Host, "the page's text does not name it")
	}
	if u.Scheme == "http" && strings.HasPrefix(v.address(), "https:") {
		return nil, v.refuse(u.Host, "the page came by https, which is not left for http")
	}
	if u.Port() != "" {
		return nil, v.refuse(u.Host, "the port is not that of http or https")
	}
	return v.public, nil
}

// refuse takes down what a page wanted and is not let to.
func (v *visit) refuse(host, why string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !slices.Contains(v.refused, host) && len(v.refused) < refusedListed {
		v.refused = append(v.refused, host)
	}
	return &egress.Refused{Address: host, Why: why}
}

// count counts a request. first tells that it is the one for the page itself,
// which has been answered before the browser was started.
func (v *visit) count(req *http.Request) (first bool, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.served && req.Method == http.MethodGet && requested(req.URL.String()) == requested(v.address()) {
		v.served = true
		return true, nil
	}
	if v.fault != nil {
		return false, v.fault
	}
	if v.asked++; v.asked > askedLimit {
		v.fault = &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonLimit, Detail: fmt.Sprintf("the page asked for more than %d things", askedLimit)}
		return false, v.fault
	}
	return false, nil
}

// page answers with what was fetched already.
func (v *visit) page() (*http.Response, error) {
	h := http.Header{}
	for _, f := range v.main.Header {
		h.Add(f[0], f[1])
	}
	if v.j.jar != nil { // of redirects on the way
		if u, err := url.Parse(v.address()); err == nil {
			for _, c := range v.j.jar.Cookies(u) {
				h.Add("Set-Cookie", (&http.Cookie{Name: c.Name, Value: c.Value, Path: "/"}).String())
			}
		}
	}
	return answer(v.main, h)
}

// answer is a fetched answer for the browser, unpacked as it is kept.
func answer(r *snapshot.Response, h http.Header) (*http.Response, error) {
	b, err := r.Body.Bytes()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"Content-Encoding", "Content-Length", "Content-Disposition", "Alt-Svc"} {
		h.Del(name)
	}
	return &http.Response{StatusCode: r.Status, Header: h, ContentLength: int64(len(b)), Body: io.NopCloser(bytes.NewReader(b))}, nil
}

// navigate fetches a document that a page went on to, or shows in a frame. It
// follows nothing: the browser does.
func (v *visit) navigate(req *http.Request, transport *egress.Transport) (*http.Response, error) {
	v.document.Lock()
	defer v.document.Unlock()
	if v.ctx.Err() != nil { // the visit is over, and the capture no longer its own
		return nil, context.Cause(v.ctx)
	}
	r := &snapshot.Response{Request: snapshot.Request{URL: req.URL.String()}, Attempt: 1, Started: time.Now().UTC(), RequestHeader: egress.Fields(req.Header), Raw: true}
	h, err := v.fetch(req, transport, r)
	r.Finished = time.Now().UTC()
	if err != nil {
		r.Fault = v.failed(err).At(r.Request)
	}
	v.capture.Responses = append(v.capture.Responses, r)
	if err != nil {
		return nil, err
	}
	return answer(r, h)
}

// failed is the fault of an error, of which our own side's ends the visit.
func (v *visit) failed(err error) *snapshot.Fault {
	if disk, ok := errors.AsType[*spoolError](err); ok {
		v.mu.Lock()
		v.err = disk
		v.mu.Unlock()
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStorage, Detail: disk.Error(), Err: disk}
	}
	return fault(err)
}

// fetch makes the request for a document under the host's turn.
func (v *visit) fetch(req *http.Request, transport *egress.Transport, r *snapshot.Response) (http.Header, error) {
	h, err := v.j.c.take(req.Context(), snapshot.Host(req.URL))
	if err != nil {
		return nil, err
	}
	defer h.release()
	j := *v.j
	j.transport = transport // for robots.txt too
	if err := j.allowed(req, h); err != nil {
		return nil, err
	}
	if err := h.wait(req.Context(), j.source.Access.Delay); err != nil {
		return nil, err
	}
	w := newWatch(req.Context(), cmp.Or(j.source.Access.Timeout, DefaultTimeout))
	defer w.stop()
	resp, wire, err := transport.Exchange(req.WithContext(w.ctx))
	if err != nil {
		return nil, w.explain(err)
	}
	defer resp.Body.Close()
	note(r, resp, wire)
	f, err := j.read(resp, r, w)
	if err != nil {
		return nil, err
	}
	if !redirected(resp) {
		f = cmp.Or(statusFault(resp, h), f)
	}
	if f != nil {
		r.Fault = f.At(r.Request)
	}
	v.spend(r.WireSize)
	return resp.Header, nil
}

// resource makes any other request. It is read whole before the browser gets
// it, so that a browser that reads slowly keeps no host's turn.
func (v *visit) resource(req *http.Request, transport *egress.Transport) (*http.Response, error) {
	h, err := v.j.c.take(req.Context(), snapshot.Host(req.URL))
	if err != nil {
		return nil, err
	}
	defer h.release()
	if err := h.wait(req.Context(), 0); err != nil {
		return nil, err
	}
	w := newWatch(req.Context(), cmp.Or(v.j.source.Access.Timeout, DefaultTimeout))
	defer w.stop()
	resp, _, err := transport.Exchange(req.WithContext(w.ctx))
	if err != nil {
		if refused, ok := errors.AsType[*egress.Refused](err); ok {
			return nil, v.refuse(req.URL.Host, refused.Why)
		}
		return nil, w.explain(err)
	}
	defer resp.Body.Close()
	statusFault(resp, h) // who asks us to wait is left alone
	b, err := io.ReadAll(&counted{resp.Body, w, v})
	if err != nil {
		return nil, w.explain(err)
	}
	resp.Header.Del("Alt-Svc")
	return &http.Response{StatusCode: resp.StatusCode, Header: resp.Header, ContentLength: int64(len(b)), Body: io.NopCloser(bytes.NewReader(b))}, nil
}

// counted is a body that is paid for as it comes: many at once, from as many
// hosts, take no more together than one may.
type counted struct {
	r io.Reader
	w *watch
	v *visit
}

// Read implements io.Reader.
func (r *counted) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.w.saw(n)
	if spent := r.v.spend(int64(n)); spent != nil {
		err = spent
	}
	return n, err
}

// spend counts what came; behind too much nothing more is asked for.
func (v *visit) spend(n int64) error {
	limit := cmp.Or(v.j.source.Access.WireLimit, WireLimit)
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.bytes += n; v.bytes <= limit {
		return nil
	}
	v.fault = limitFault("bytes over the wire for all that the page asks for", limit, "wire")
	return v.fault
}
