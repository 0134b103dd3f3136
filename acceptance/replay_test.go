package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// replay is a running replay server: the recorded register, its faults and the
// sinks for what Pantau sends.
type replay struct {
	url      string
	port     int
	smtpPort int
	process  *process
}

// servers keeps replay servers that no test uses, since reading the recordings
// takes seconds; slots bounds how many run at once.
type servers struct {
	mu    sync.Mutex
	free  []*replay
	slots chan struct{}
}

var idle = &servers{slots: make(chan struct{}, together)}

func (s *servers) take() *replay {
	s.slots <- struct{}{}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) == 0 {
		return nil
	}
	r := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	return r
}

// put keeps r for the next test; nil gives back the slot alone.
func (s *servers) put(r *replay) {
	if r != nil {
		s.mu.Lock()
		s.free = append(s.free, r)
		s.mu.Unlock()
	}
	<-s.slots
}

func (s *servers) stop() {
	for _, r := range s.free {
		r.process.kill()
	}
}

// newReplay gives a server at state 0 without faults and with empty sinks.
// Servers with flags of their own are not shared.
func newReplay(t *testing.T, flags ...string) *replay {
	t.Helper()
	program, data := recorded(t)
	var r *replay
	if len(flags) == 0 {
		r = idle.take()
		t.Cleanup(func() { idle.put(r) })
		if r != nil && r.process.ended() {
			t.Fatalf("a replay server died:\n%s", r.process.out.String())
		}
	}
	if r == nil {
		r = startReplay(t, program, append([]string{"-data", data}, flags...))
		if len(flags) > 0 {
			t.Cleanup(r.process.kill)
		}
	}
	r.calm(t)
	r.delete(t, "/hooks")
	r.delete(t, "/mails")
	r.show(t, 0)
	return r
}

// startReplay tries a few ports, since another process may take a free one.
func startReplay(t *testing.T, program string, args []string) *replay {
	t.Helper()
	for range 5 {
		r := &replay{port: freePort(t), smtpPort: freePort(t)}
		r.url = fmt.Sprintf("http://127.0.0.1:%d", r.port)
		p, err := start(exec.Command(program, append(args, "-port", strconv.Itoa(r.port), "-smtp-port", strconv.Itoa(r.smtpPort))...))
		if err != nil {
			t.Fatal(err)
		}
		r.process = p
		for end := time.Now().Add(2 * time.Minute); !p.ended() && time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if _, err := r.ask(http.MethodGet, "/state", nil); err == nil {
				return r
			}
		}
		p.kill()
		if !strings.Contains(p.out.String(), "address already in use") {
			t.Fatalf("the replay server does not come up:\n%s", p.out.String())
		}
	}
	t.Fatal("no free port for the replay server")
	return nil
}

// ask makes one request to the controls.
func (r *replay) ask(method, path string, body any) ([]byte, error) {
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, method, r.url+path, &b)
	if err != nil {
		return nil, err
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, a.Status, text)
	}
	return text, err
}

func (r *replay) get(t *testing.T, path string, into any) {
	t.Helper()
	b, err := r.ask(http.MethodGet, path, nil)
	if err == nil {
		err = json.Unmarshal(b, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (r *replay) post(t *testing.T, path string, body any) {
	t.Helper()
	if _, err := r.ask(http.MethodPost, path, body); err != nil {
		t.Fatal(err)
	}
}

func (r *replay) delete(t *testing.T, path string) {
	t.Helper()
	if _, err := r.ask(http.MethodDelete, path, nil); err != nil {
		t.Fatal(err)
	}
}

// show switches the register to a recorded state, without any inserted row.
func (r *replay) show(t *testing.T, state int) {
	t.Helper()
	r.post(t, fmt.Sprintf("/state/%d", state), nil)
}

// move switches to a state and tells what truly changes by that, seen from
// what is served before.
func (r *replay) move(t *testing.T, state int) []event {
	t.Helper()
	truth := r.truth(t, "live", strconv.Itoa(state))
	r.show(t, state)
	return truth
}

// truth is what truly changed between two states; "live" is what is served now.
func (r *replay) truth(t *testing.T, from, to string) []event {
	t.Helper()
	var out []event
	r.get(t, "/truth?from="+from+"&to="+to, &out)
	return out
}

// counts are the rows of each index at present.
func (r *replay) counts(t *testing.T) map[string]int {
	t.Helper()
	var s struct{ Counts map[string]int }
	r.get(t, "/state", &s)
	return s.Counts
}

// fault is what the server is told to do wrong; see its README.
type fault struct {
	Shape string `json:"shape,omitempty"`
	Index string `json:"index,omitempty"`
	Page  int    `json:"page,omitempty"`
	Kind  string `json:"kind"`
	Times int    `json:"times,omitempty"`
	N     int    `json:"n,omitempty"`
}

func (r *replay) spoil(t *testing.T, f fault) { t.Helper(); r.post(t, "/fault", f) }

// mend ends the faults of the register and lets go of requests that hang.
func (r *replay) mend(t *testing.T) { t.Helper(); r.delete(t, "/fault") }

// calm ends every fault, of the sinks too.
func (r *replay) calm(t *testing.T) {
	t.Helper()
	r.mend(t)
	r.delete(t, "/hookfault")
	r.delete(t, "/smtpfault")
}

// operator is one row of the register as shape C shows it.
type operator struct {
	Key     int
	System  string `json:"nama_se"`
	Company string `json:"nama_pse"`
	Website string `json:"website"`
	Detail  string `json:"url_tdpse_detail"`
}

// page reads a page of an index as a browser would.
func (r *replay) page(t *testing.T, index string, n int) []operator {
	t.Helper()
	var p struct{ Hits []operator }
	r.get(t, fmt.Sprintf("/api-public/tdpse?index=%s&page=%d&hit_per_page=%d", index, n, perPage), &p)
	for i, o := range p.Hits {
		k, err := strconv.Atoi(o.Detail[strings.LastIndexByte(o.Detail, '/')+1:])
		if err != nil {
			t.Fatal(err)
		}
		p.Hits[i].Key = k
	}
	return p.Hits
}

// perPage is what the preset pse-api-public asks for.
const perPage = 50

func (r *replay) pages(t *testing.T, index string) int {
	t.Helper()
	return (r.counts(t)[index] + perPage - 1) / perPage
}

func TestReplayMovesAndSpoils(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	if wrong := compare(r.move(t, 1), r.truth(t, "0", "1")); len(wrong) > 0 {
		t.Errorf("the truth of a move: %q", wrong)
	}
	if rest := r.truth(t, "live", "1"); len(rest) > 0 {
		t.Errorf("state 1 is not served: %v", rest)
	}
	last := r.pages(t, "LOKAL_TERDAFTAR")
	if rows, want := len(r.page(t, "LOKAL_TERDAFTAR", last)), r.counts(t)["LOKAL_TERDAFTAR"]-(last-1)*perPage; rows != want {
		t.Errorf("the last page, %d, has %d rows, want %d", last, rows, want)
	}
	r.spoil(t, fault{Index: "LOKAL_TERDAFTAR", Page: 1, Kind: "500", Times: 1})
	path := "/api-public/tdpse?index=LOKAL_TERDAFTAR&page=1"
	if _, err := r.ask(http.MethodGet, path, nil); err == nil {
		t.Error("a spoilt page is answered well")
	}
	if _, err := r.ask(http.MethodGet, path, nil); err != nil {
		t.Errorf("the fault does not end: %v", err)
	}
	if _, err := r.ask(http.MethodPost, "/fault", fault{Kind: "nonsense"}); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an unknown fault is not refused: %v", err)
	}
}
