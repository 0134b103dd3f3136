package extract

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pantau/internal/snapshot"
)

func newSite() *site {
	return &site{per: 10, rows: map[string][]row{"REG": rowsOf(100, 135), "SUS": rowsOf(200, 212), "REV": nil}}
}

// insert puts a new row on top of an index when request n comes.
func (s *site) insert(n int, index string, r row) {
	s.before = func(m int, _ string, _ int) {
		if m == n {
			s.rows[index] = append([]row{r}, s.rows[index]...)
		}
	}
}

func TestWalkAsksInOrderOfImportance(t *testing.T) {
	s := newSite()
	d, err := s.crawl(t, register("REG", "SUS", "REV"))
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, d, s.rows)
	want := "SUS/1 SUS/2 REV/1 REG/1 REG/2 REG/3 REG/4 SUS/1 REV/1 REG/1"
	if got := strings.Join(s.asked, " "); got != want {
		t.Errorf("asked %s\nwant  %s", got, want)
	}
	parts := []snapshot.PartCount{
		{Name: "REG", Total: 35, Seen: 35, Pages: 4, Turns: 1}, {Name: "SUS", Total: 12, Seen: 12, Pages: 2, Turns: 1}, {Name: "REV", Pages: 1, Turns: 1},
	}
	if !slices.Equal(d.Parts, parts) {
		t.Errorf("parts %+v\nwant  %+v", d.Parts, parts)
	}
	if r := d.Records[0]; r.Index != "REG" || r.Page != 1 || r.Key != "100" {
		t.Errorf("first record %+v: the order of the description does not hold", r)
	}
	if r := s.capture.Responses[0].Request; r.URL != "http://register.invalid/list?index=SUS&page=1&per=10" {
		t.Errorf("asked for %s", r.URL)
	}
}

func TestWalkTurnsAreDistinct(t *testing.T) {
	s := newSite()
	s.insert(5, "REG", row{"900", "Baru"})
	if _, err := s.crawl(t, register("REG", "SUS", "REV")); err != nil {
		t.Fatal(err)
	}
	seen := map[snapshot.Request]bool{}
	for _, r := range s.capture.Responses {
		if seen[r.Request] {
			t.Errorf("%+v was asked for twice; a stored capture could not tell the answers apart", r.Request)
		}
		seen[r.Request] = true
	}
}

// TestWalkWhileRowsCome inserts a row before every request a crawl makes, in
// every index: what is called complete has it.
func TestWalkWhileRowsCome(t *testing.T) {
	for i, index := range []string{"SUS", "REV", "REG"} {
		for n := range 10 {
			s := newSite()
			s.insert(n, index, row{"900", "Baru"})
			d, err := s.crawl(t, register("REG", "SUS", "REV"))
			if err != nil {
				t.Errorf("%s at %d: %v", index, n, err)
				continue
			}
			// What comes behind the last request to its index is for the next look.
			if lastRequest := 7 + i; holdsRow(d, "900") != (n <= lastRequest) {
				t.Errorf("%s at %d: the new row is there: %v; asked %v", index, n, holdsRow(d, "900"), s.asked)
			}
		}
	}
}

func holdsRow(d *snapshot.Document, key string) bool {
	return slices.ContainsFunc(d.Records, func(r snapshot.Record) bool { return r.Key == key })
}

// TestWalkMoves moves a row before every request: the document is the state
// before or the one after, never a mixture that has the row twice or not at all.
func TestWalkMoves(t *testing.T) {
	for n := range 10 {
		for _, k := range []int{0, 17, 34} {
			for _, to := range []int{0, 7, 11} {
				s := newSite()
				s.before = func(m int, _ string, _ int) {
					if m == n {
						r := s.rows["REG"][k]
						s.rows["REG"] = slices.Delete(slices.Clone(s.rows["REG"]), k, k+1)
						s.rows["SUS"] = slices.Insert(slices.Clone(s.rows["SUS"]), to, r)
					}
				}
				d, err := s.crawl(t, register("REG", "SUS", "REV"))
				if err != nil {
					t.Errorf("row %d at %d: %v", k, n, err)
					continue
				}
				if got, before, after := names(d), held(s.history[0]), held(s.rows); !reflect.DeepEqual(got, after) && !reflect.DeepEqual(got, before) {
					t.Errorf("row %d moved to %d at %d: the document is neither the state before nor after; asked %v", k, to, n, s.asked)
				}
			}
		}
	}
}

// TestWalkExchange moves one row each way at once, so that no total moves.
func TestWalkExchange(t *testing.T) {
	s := newSite()
	s.before = func(n int, _ string, _ int) {
		if n == 3 { // SUS was read, REG was not
			s.rows["REG"], s.rows["SUS"] = slices.Clone(s.rows["REG"]), slices.Clone(s.rows["SUS"])
			s.rows["REG"][20], s.rows["SUS"][11] = s.rows["SUS"][11], s.rows["REG"][20]
		}
	}
	d, err := s.crawl(t, register("REG", "SUS", "REV"))
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, d, s.rows)
}

func TestWalkTwoIndexesAtOnce(t *testing.T) {
	s := newSite()
	s.rows["SUS"] = append(s.rows["SUS"], row{"120", "Sistem 120"})
	d, err := s.crawl(t, register("REG", "SUS", "REV"))
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, d, s.rows)
	if got := strings.Join(s.asked[7:], " "); got != "SUS/1 REV/1 REG/1 SUS/2" {
		t.Errorf("asked again for %s: the page that was read earlier must show the row once more", got)
	}
}

func TestWalkUnstableOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		s := newSite()
		s.order = func(rows []row) []row { // days of seven rows
			for day := range slices.Chunk(rows, 7) {
				r.Shuffle(len(day), func(i, j int) { day[i], day[j] = day[j], day[i] })
			}
			return rows
		}
		d, err := s.crawl(t, register("REG", "SUS", "REV"))
		if err != nil {
			if f := fault(t, err); f.Reason != snapshot.ReasonUnstable {
				t.Fatal(err)
			}
			t.Error(err) // 16 readings are enough for runs of seven
			continue
		}
		mustShow(t, d, s.rows)
	}
}

func TestWalkDuplicates(t *testing.T) {
	for _, at := range []int{101, 105, 134} { // on one page, and on two
		s := newSite()
		s.rows["REG"] = slices.Insert(s.rows["REG"], 1, row{fmt.Sprint(at), "Kembar"})
		d, err := s.crawl(t, register("REG", "SUS", "REV"))
		if err != nil {
			t.Fatal(err)
		}
		mustShow(t, d, s.rows)
		if want := []string{fmt.Sprint(at)}; !slices.Equal(d.Quality.Duplicates, want) {
			t.Errorf("duplicates %v, want %v", d.Quality.Duplicates, want)
		}
		if p := d.Parts[0]; p.Seen != p.Total {
			t.Errorf("%d rows seen of %d: a register with a doubled key is complete all the same", p.Seen, p.Total)
		}
	}
}

func TestWalkKeyless(t *testing.T) {
	s := newSite()
	s.rows["REG"][3].Key = ""
	d, err := s.crawl(t, register("REG", "SUS", "REV"))
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, d, s.rows)
	if d.Quality.Keyless != 1 {
		t.Errorf("%d rows without a key, want 1", d.Quality.Keyless)
	}
	for i := range s.rows["REG"] {
		s.rows["REG"][i].Key = ""
	}
	_, err = s.crawl(t, register("REG", "SUS", "REV"))
	if f := fault(t, err); f.Reason != snapshot.ReasonMalformed {
		t.Errorf("a register that has lost its keys: %v", f)
	}
}

func TestWalkEdited(t *testing.T) {
	s := newSite()
	s.before = func(n int, _ string, _ int) {
		if n == 8 { // the last but one request
			s.rows["REG"] = slices.Clone(s.rows["REG"])
			s.rows["REG"][4].Name = "Nama Baru"
		}
	}
	d, err := s.crawl(t, register("REG", "SUS", "REV"))
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, d, s.rows)
}

func TestWalkRestlessRegister(t *testing.T) {
	s := newSite()
	s.before = func(n int, index string, _ int) {
		s.rows[index] = append([]row{{fmt.Sprint(900 + n), "Baru"}}, s.rows[index]...)
	}
	_, err := s.crawl(t, register("REG", "SUS", "REV"))
	if f := fault(t, err); f.Class != snapshot.Failed || f.Reason != snapshot.ReasonUnstable || !strings.Contains(f.Detail, "SUS") {
		t.Errorf("a register that never stands still: %+v", f)
	}
	if len(s.asked) > 40 {
		t.Errorf("%d requests for a register of 7 pages", len(s.asked))
	}
}

func spoiling(index string, page int, times int, spoilt func(body []byte) ([]byte, *snapshot.Fault)) func(string, int, []byte) ([]byte, *snapshot.Fault) {
	n := 0
	return func(i string, p int, body []byte) ([]byte, *snapshot.Fault) {
		if i != index || p != page {
			return body, nil
		}
		if n++; times > 0 && n > times {
			return body, nil
		}
		return spoilt(body)
	}
}

var spoils = map[string]struct {
	body   func([]byte) ([]byte, *snapshot.Fault)
	class  snapshot.Class
	reason string
	detail string
}{
	"web page": {func([]byte) ([]byte, *snapshot.Fault) {
		return []byte("<html><head><title>Request Rejected</title></head><body>Your support ID is: 7712098431</body></html>"), nil
	}, snapshot.Held, snapshot.ReasonHTMLForJSON, `titled "Request Rejected", support ID 7712098431`},
	"cut": {func(b []byte) ([]byte, *snapshot.Fault) {
		return b[:len(b)/2], nil
	}, snapshot.Failed, snapshot.ReasonMalformed, "cut in the middle of a record?"},
	"no rows": {func(b []byte) ([]byte, *snapshot.Fault) {
		return []byte(`{"hits":[],` + string(b[bytes.Index(b, []byte(`"pages"`)):])), nil
	}, snapshot.Failed, snapshot.ReasonPageRows, "rows"},
	"another shape": {func(b []byte) ([]byte, *snapshot.Fault) {
		return []byte(`{"message":"gone"}`), nil
	}, snapshot.Failed, snapshot.ReasonMalformed, `{\"message\":\"gone\"}`},
	"refused": {func(b []byte) ([]byte, *snapshot.Fault) {
		return nil, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonStatus, Detail: "403 Forbidden"}
	}, snapshot.Failed, snapshot.ReasonStatus, "403"},
}

func TestWalkSpoiltPage(t *testing.T) {
	for name, sp := range spoils {
		for _, page := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s/%d", name, page), func(t *testing.T) {
				s := newSite()
				s.spoil = spoiling("REG", page, 2, sp.body)
				d, err := s.crawl(t, register("REG", "SUS", "REV"))
				if err != nil {
					t.Fatalf("twice: %v", err)
				}
				mustShow(t, d, s.rows)

				s = newSite()
				s.spoil = spoiling("REG", page, 0, sp.body)
				d, err = s.crawl(t, register("REG", "SUS", "REV"))
				f := fault(t, err)
				if f.Class != sp.class || f.Reason != sp.reason || f.Part != "REG" || f.Page != page || !strings.Contains(f.Detail, sp.detail) {
					t.Errorf("for good: %+v", f)
				}
				if got, want := names(d)["SUS"], held(s.rows)["SUS"]; !slices.Equal(got, want) {
					t.Errorf("of the suspended ones %v were seen", got)
				}
				if n := len(s.asked); n > 3+page+attempts-1 {
					t.Errorf("%d requests: behind a page that fails no registered one is news", n)
				}
			})
		}
	}
}

func TestWalkGoesOnForSightings(t *testing.T) {
	s := newSite()
	s.rows["REV"] = rowsOf(300, 325)
	s.spoil = spoiling("SUS", 1, 0, spoils["refused"].body)
	l := register("REG", "SUS", "REV")
	d, err := s.crawl(t, l)
	if f := fault(t, err); f.Part != "SUS" || f.Page != 1 {
		t.Errorf("%+v", f)
	}
	if got, want := names(d)["REV"], held(s.rows)["REV"]; !slices.Equal(got, want) {
		t.Errorf("of the revoked ones %v were seen, want all", got)
	}
	s.spoil = spoiling("REV", 2, 0, spoils["refused"].body)
	d, _ = s.crawl(t, l)
	if got := len(names(d)["REV"]); got != 15 {
		t.Errorf("%d revoked ones were seen on the other two pages, want 15", got)
	}
}

func TestWalkGivesUp(t *testing.T) {
	for reason, failing := range map[string]int{
		snapshot.ReasonGuard: 1, snapshot.ReasonRobots: 1,
		snapshot.ReasonTimeout: 2, snapshot.ReasonConnect: 2, snapshot.ReasonThrottled: 2,
		snapshot.ReasonStatus: 3, snapshot.ReasonLimit: 3,
	} {
		s := newSite()
		s.rows["SUS"] = rowsOf(200, 290)
		s.spoil = func(_ string, page int, body []byte) ([]byte, *snapshot.Fault) {
			if page == 1 {
				return body, nil
			}
			return nil, &snapshot.Fault{Class: snapshot.Failed, Reason: reason, Detail: "no"}
		}
		_, err := s.crawl(t, register("REG", "SUS", "REV"))
		if f := fault(t, err); f.Reason != reason || f.Page != 2 {
			t.Errorf("%s: %+v", reason, f)
		}
		if got, want := len(s.asked), 1+failing*attempts; got != want {
			t.Errorf("%s: %d requests, want %d", reason, got, want)
		}
	}
}

// TestWalkWholeAnswers reads a generation in which an index is one answer of
// arrays, without a total.
func TestWalkWholeAnswers(t *testing.T) {
	l := &snapshot.Listing{URL: "http://register.invalid/all/{index}", Records: "data", Indexes: []snapshot.Part{{Name: "A B"}, {Name: "C"}},
		Key: snapshot.Key{Path: "2", Pattern: `/detail/(\d+)$`}, Fields: []snapshot.Column{{Name: "nama", Path: "1", As: snapshot.Text}}}
	bodies := map[string]string{
		"http://register.invalid/all/A%20B": `{"data":[[1,"Satu","https:\/\/r\/detail\/7"],[2,"Dua","https:\/\/r\/detail\/8"]]}`,
		"http://register.invalid/all/C":     `{"data":[]}`,
	}
	for name, change := range map[string]func(n int){
		"still": func(int) {},
		"moving": func(n int) {
			if n == 2 {
				bodies["http://register.invalid/all/C"] = `{"data":[[1,"Tiga","/detail/9"]]}`
			}
		},
		"shrinking": func(n int) {
			if n == 2 {
				bodies["http://register.invalid/all/C"] = `{"data":[]}`
			}
		},
	} {
		w, n := NewWalk(l), 0
		var prev *snapshot.Response
		for {
			req, more, err := w.Next(prev)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				break
			}
			change(n)
			n++
			prev = &snapshot.Response{Request: req, Body: snapshot.BodyOf([]byte(bodies[req.URL]))}
		}
		d, err := w.Document()
		if err != nil {
			t.Fatal(err)
		}
		want := 2 + strings.Count(bodies["http://register.invalid/all/C"], "detail")
		if len(d.Records) != want || d.Records[0].Key != "7" || d.Records[0].Index != "A B" {
			t.Errorf("%s: %+v, want %d records", name, d.Records, want)
		}
	}
}

// TestWalkOneAnswer: a single answer is one moment and is not asked for again.
func TestWalkOneAnswer(t *testing.T) {
	s := &site{per: 10, rows: map[string][]row{"ALL": rowsOf(1, 8)}}
	d, err := s.crawl(t, register("ALL"))
	if err != nil || len(d.Records) != 7 || len(s.asked) != 1 {
		t.Errorf("%d records after %v: %v", len(d.Records), s.asked, err)
	}
}

func TestWalkStopped(t *testing.T) {
	w := NewWalk(register("REG"))
	if _, more, err := w.Next(nil); !more || err != nil {
		t.Fatal(more, err)
	}
	_, err := w.Document()
	if f := fault(t, err); f.Reason != snapshot.ReasonIncomplete {
		t.Error(f)
	}
}

func TestWalkBrokenDescription(t *testing.T) {
	l := register("REG")
	l.Key.Pattern = "("
	w := NewWalk(l)
	var f *snapshot.Fault
	if _, more, err := w.Next(nil); more || err == nil || errors.As(err, &f) {
		t.Errorf("more %v, error %v: a pattern that does not compile is not the page's fault", more, err)
	}
	if _, err := w.Document(); err == nil {
		t.Error("a document without a description")
	}
}

func TestReplay(t *testing.T) {
	for name, prepare := range map[string]func(*site){
		"still":   func(*site) {},
		"moving":  func(s *site) { s.insert(4, "REG", row{"900", "Baru"}) },
		"retried": func(s *site) { s.spoil = spoiling("REG", 2, 2, spoils["cut"].body) },
		"failed":  func(s *site) { s.spoil = spoiling("REG", 2, 0, spoils["web page"].body) },
	} {
		s := newSite()
		prepare(s)
		l := register("REG", "SUS", "REV")
		d, err := s.crawl(t, l)
		again, err2 := Replay(&s.capture, l)
		if !reflect.DeepEqual(d, again) || fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Errorf("%s: the stored capture reads %+v, %v\nthe crawl read %+v, %v", name, again.Parts, err2, d.Parts, err)
		}
	}
	s := newSite()
	if _, err := s.crawl(t, register("REG", "SUS")); err != nil {
		t.Fatal(err)
	}
	_, err := Replay(&s.capture, register("REG", "SUS", "REV"))
	if f := fault(t, err); f.Reason != snapshot.ReasonIncomplete || f.Part != "REV" {
		t.Errorf("a description that wants more than was captured: %+v", f)
	}
	l := register("REG", "SUS")
	l.Records = "rows"
	_, err = Replay(&s.capture, l)
	if f := fault(t, err); f.Reason != snapshot.ReasonMalformed {
		t.Errorf("a description that does not fit the capture: %+v", f)
	}
}
