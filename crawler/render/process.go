package render

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chromedp/chromedp"
)

// options are how Chromium is started. Nothing of our environment, which may
// hold secrets, is handed to it.
func (v *view) options(path string, at *profile, said *tail, group *process) []chromedp.ExecAllocatorOption {
	list := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.NoInheritEnv, chromedp.CombinedOutput(said),
		chromedp.Env("PATH=/usr/local/bin:/usr/bin:/bin", "HOME="+at.folder, "TMPDIR="+at.folder, "LANG=C.UTF-8", zone(v.page.Timezone)),
		chromedp.ModifyCmdFunc(group.own), chromedp.UserDataDir(at.folder)}
	for name, value := range map[string]any{
		// The one way out.
		"proxy-server":                           "http://" + v.gateway.Address(),
		"proxy-bypass-list":                      "<-loopback>",
		"host-resolver-rules":                    "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
		"ignore-certificate-errors-spki-list":    v.gateway.Pin(),
		"dns-prefetch-disable":                   true,
		"no-pings":                               true,
		"disable-quic":                           true,
		"force-webrtc-ip-handling-policy":        "disable_non_proxied_udp",
		"webrtc-ip-handling-policy":              "disable_non_proxied_udp",
		"disable-background-networking":          true,
		"disable-component-update":               true,
		"disable-domain-reliability":             true,
		"disable-sync":                           true,
		"disable-extensions":                     true,
		"disable-features":                       "Translate,MediaRouter,DialMediaRouteProvider,OptimizationHints,InterestFeedContentSuggestions,AutofillServerCommunication,CertificateTransparencyComponentUpdater,WebTransport,WebRtcHideLocalIpsWithMdns,Prerender2,NetworkTimeServiceQuerying,AimServerEligibilityEnabled,SpeculationRulesPrefetchProxy",
		"safebrowsing-disable-auto-update":       true,
		"disable-client-side-phishing-detection": true,
		"metrics-recording-only":                 true,

		// What a page needs to be read, and no more.
		"headless":                 true,
		"disable-gpu":              true,
		"hide-scrollbars":          true,
		"mute-audio":               true,
		"disable-remote-fonts":     true,
		"blink-settings":           "imagesEnabled=false",
		"window-size":              "1280,1024",
		"lang":                     "id",
		"accept-lang":              "id,en",
		"no-first-run":             true,
		"no-default-browser-check": true,
		"disable-default-apps":     true,
		"disable-breakpad":         true,
		"disable-crash-reporter":   true,
		"disable-dev-shm-usage":    true,
		"disk-cache-size":          "1",
		"password-store":           "basic",
		"disable-notifications":    true,
		"js-flags":                 "--max-old-space-size=512",
		"no-sandbox":               v.b.Unboxed(),
	} {
		list = append(list, chromedp.Flag(name, value))
	}
	if v.page.Agent != "" {
		list = append(list, chromedp.UserAgent(v.page.Agent))
	}
	return list
}

// process is the browser's, with all it starts, in a group of its own.
type process struct {
	mu  sync.Mutex
	cmd *exec.Cmd
}

func (p *process) own(cmd *exec.Cmd) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cmd.SysProcAttr = attributes()
	p.cmd = cmd
}

// id is the group's; 0: there is none.
func (p *process) id() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil || p.cmd.Process == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// kill ends every process of the group.
func (p *process) kill() {
	if id := p.id(); id > 0 {
		syscall.Kill(-id, syscall.SIGKILL)
	}
}

// measureEvery is how often the memory of a browser is looked at.
const measureEvery = 250 * time.Millisecond

// watch measures the group until over is closed, and gives the most memory it
// had; what is over the limit is told once.
func (p *process) watch(over <-chan struct{}, limit int64, tell func()) (peak int64) {
	tick := time.NewTicker(measureEvery)
	defer tick.Stop()
	for {
		if id := p.id(); id > 0 {
			peak = max(peak, memoryOf(id))
		}
		if peak > limit {
			tell()
			return peak
		}
		select {
		case <-tick.C:
		case <-over:
			return peak
		}
	}
}

// profile is a browser's folder. Its owner holds a lock on it, which ends with
// the owner's process, so that what a killed one left behind can be told from
// what is in use.
type profile struct {
	folder string
	lock   *os.File
}

const profiles = "pantau-chromium-"

// longest is how long the path of a profile may be: Chromium dies of a socket in
// it whose path does not fit in an address (108 bytes, unix(7)), without a word.
const longest = 108 - len("/org.chromium.Chromium.XXXXXX/SingletonSocket") - 1

// profile makes an empty one, and once removes those of the dead.
func (b *Browsers) profile() (*profile, error) {
	if b.swept.CompareAndSwap(false, true) {
		b.sweep()
	}
	folder, err := os.MkdirTemp(b.opt.Folder, profiles)
	if err != nil {
		return nil, err
	}
	if len(folder) > longest {
		return nil, errors.Join(fmt.Errorf("the path %s is longer than %d bytes; set TMPDIR to a shorter one", folder, longest), os.RemoveAll(folder))
	}
	lock, err := take(folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &profile{folder, lock}, nil
}

// take locks a folder.
func take(folder string) (*os.File, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock on %s: %w", folder, err)
	}
	return f, nil
}

// remove takes the profile away; a process of the browser that is still dying
// may write meanwhile.
func (p *profile) remove() {
	for range 20 {
		if os.RemoveAll(p.folder) == nil {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.lock.Close()
}

// sweep removes the profiles whose owners are dead.
func (b *Browsers) sweep() {
	left, err := filepath.Glob(filepath.Join(b.opt.Folder, profiles+"*"))
	if err != nil {
		return // the pattern is ours; a folder with [ in its name is swept by hand
	}
	for _, folder := range left {
		if info, err := os.Lstat(folder); err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
			continue // it may be about to be locked
		}
		if lock, err := take(folder); err == nil {
			(&profile{folder, lock}).remove()
			b.opt.Log.Info("the profile of a browser whose owner died is removed", "folder", folder)
		}
	}
}

// tail keeps the end of what the browser prints.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailKept = 4 << 10

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	t.buf = t.buf[max(0, len(t.buf)-tailKept):]
	return len(b), nil
}

// advice says what to do about a browser that does not start.
func (t *tail) advice(unboxed bool) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !unboxed && bytes.Contains(bytes.ToLower(t.buf), []byte("sandbox")) {
		return "; it cannot make its sandbox here: let this user make user namespaces, or accept the risk with `browser: {sandbox: false}`"
	}
	line := strings.TrimSpace(string(t.buf))
	if line == "" {
		return ""
	}
	return "; it said: " + line[strings.LastIndexByte(line, '\n')+1:]
}
