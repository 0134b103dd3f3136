package acceptance

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
)

// vast is a made-up list of records, a thousand a page. In its second round a
// thousandth of them is edited, a hundred have come and a hundred have gone.
type vast struct {
	*httptest.Server
	size  int
	round atomic.Int64
}

func newVast(t *testing.T, size int) *vast {
	v := &vast{size: size}
	v.Server = httptest.NewServer(http.HandlerFunc(v.serve))
	t.Cleanup(v.Close)
	return v
}

const vastPage = 1000

func (v *vast) serve(w http.ResponseWriter, r *http.Request) {
	page, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	shift := int(v.round.Load()) * 100 // what has gone is at the beginning, what has come at the end
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"total":%d,"took":%d,"rows":[`, v.size, page)
	for n := (page - 1) * vastPage; n < min(v.size, page*vastPage); n++ {
		k := n + shift
		site := "sistem"
		if shift > 0 && k%1000 == 500 {
			site = "baru"
		}
		if n%vastPage > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"nama":"Sistem Elektronik %d","nama_perusahaan":"PT Perusahaan Nomor %d","website":"https://%s-%d.example.co.id","sektor":"Sektor Perdagangan","tanggal_daftar":"20%02d-%02d-%02d"}`,
			k, k, k/3, site, k, 10+k%16, 1+k%12, 1+k%28)
	}
	b.WriteString("]}")
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(b.Bytes()); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// TestMillionRecords looks at a list of a million records, each field of which
// counts: a baseline, nothing new, and a thousand edits among it. CPU, wall and
// memory are logged for doc/measurements.md.
func TestMillionRecords(t *testing.T) {
	size := pick(50_000, 1_000_000)
	v := newVast(t, size)
	p := bare(t, fmt.Sprintf(`  - {id: list, type: listing, url: "%s/?page={page}", key: id, total: total, volatile: [took], paging: {size: %d}}`, v.URL, vastPage))
	for _, step := range []struct {
		name, outcome          string
		round                  int64
		added, edited, removed int
	}{
		{"baseline", "baseline", 0, 0, 0, 0},
		{"unchanged", "unchanged", 0, 0, 0, 0},
		{"a thousandth edited", "changed", 1, 100, size / 1000, 0},
		{"what went, confirmed", "changed", 1, 0, 0, 100},
		{"unchanged again", "unchanged", 1, 0, 0, 0},
	} {
		v.round.Store(step.round)
		u := p.measure(t, "check", "list", "--json")
		l := lines[struct {
			Outcome string
			Change  *struct{ Stats map[string]int }
		}](t, u.result)
		if len(l) != 1 || l[0].Outcome != step.outcome {
			t.Fatalf("%s: %v", step.name, u.result)
		}
		if c := l[0].Change; c != nil && (c.Stats["added"] != step.added || c.Stats["edited"] != step.edited || c.Stats["removed"] != step.removed) {
			t.Errorf("%s: %v, want %d added, %d edited, %d removed", step.name, c.Stats, step.added, step.edited, step.removed)
		}
		t.Logf("%s of %d: CPU %.1f s, wall %.1f s, peak memory %.0f MB", step.name, size, u.cpu.Seconds(), u.wall.Seconds(), float64(u.peak)/1e6)
	}
	p.fsck(t)
}
