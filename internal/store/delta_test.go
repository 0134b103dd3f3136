package store

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pantau/internal/monitor"
	"pantau/internal/schedule"
	"pantau/internal/snapshot"
	"pgregory.net/rapid"
)

// TestDelta: whatever body is packed against whatever keyframe, the same bytes
// come back.
func TestDelta(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		key := bodyText(t, "key")
		b := edit(t, key)
		if rapid.Bool().Draw(t, "another") {
			b = bodyText(t, "body")
		}
		if got, err := patch(delta(b, key), key, int64(len(b))); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%v: %q became %q", err, b, got)
		}
		packed, err := c.packDelta(b, key)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.unpackDelta(packed, key, int64(len(b))); err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%v: %q became %q", err, b, got)
		}
	})
}

// bodyText is lines, few of them different, some long or without an end.
func bodyText(t *rapid.T, label string) []byte {
	lines := rapid.SliceOfN(rapid.SampledFrom([]string{"<p>Pasal 7 ayat (1)</p>\n", "<p>Pasal 8</p>\r\n", "\n", "x", "\x00\xff\n",
		strings.Repeat("panjang ", 1000), "<li><a href=\"/a\">Berita hari ini</a></li>\n", "Dilihat 1000 kali\n"}), 0, 40).Draw(t, label)
	return []byte(strings.Join(lines, ""))
}

// edit is a body with some pieces replaced, inserted, taken out or moved.
func edit(t *rapid.T, b []byte) []byte {
	for range rapid.IntRange(0, 5).Draw(t, "edits") {
		from := rapid.IntRange(0, len(b)).Draw(t, "from")
		to := rapid.IntRange(from, min(len(b), from+200)).Draw(t, "to")
		piece := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "piece")
		moved := []byte{}
		if rapid.Bool().Draw(t, "move") {
			moved = b[from:to]
		}
		b = bytes.Join([][]byte{b[:from], piece, b[to:], moved}, nil)
	}
	return b
}

// TestDeltaOfNoise: what a clock, a counter and a token cost.
func TestDeltaOfNoise(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	page := func(n int) []byte {
		var b strings.Builder
		for i := range 1500 {
			fmt.Fprintf(&b, "<li>Pasal %d tentang hal ke-%d</li>\n", i, i*i)
			if i == 700 {
				fmt.Fprintf(&b, "<p>Dilihat %d kali, pukul 07:%02d:%02d, %016x</p>\n", 1000+n, n%60, n%7, n*0x9E3779B97F4A7C1)
			}
		}
		return []byte(b.String())
	}
	packed, err := c.packDelta(page(2), page(1))
	if err != nil || len(packed) > 60 || packed[0] != linesPlain {
		t.Errorf("%d bytes, %v", len(packed), err)
	}
}

// TestOldDelta: a delta as it was written before, by dictionary, is read.
func TestOldDelta(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	key, b := []byte(strings.Repeat(`{"id":1,"nama":"a"},`, 400)), []byte(strings.Repeat(`{"id":2,"nama":"b"},`, 400))
	packed, err := packByDictionary(b, key)
	if err != nil || packed[0] == linesPacked {
		t.Fatalf("%v, %x", err, packed[:1])
	}
	if got, err := c.unpackDelta(packed, key, int64(len(b))); err != nil || !bytes.Equal(got, b) {
		t.Errorf("%v", err)
	}
}

// FuzzPatch: a damaged delta is refused, or gives what was asked for; it never
// asks for more memory than that.
func FuzzPatch(f *testing.F) {
	key := []byte("<p>Pasal 7 ayat (1)</p>\n<p>Pasal 8 ayat (2)</p>\n")
	f.Add(delta([]byte("<p>Pasal 8 ayat (2)</p>\nx\n<p>Pasal 7 ayat (1)</p>\n"), key), int64(50))
	f.Fuzz(func(t *testing.T, d []byte, size int64) {
		b, err := patch(d, key, size)
		if err == nil && int64(len(b)) != size {
			t.Errorf("%d bytes, not %d", len(b), size)
		}
	})
}

func BenchmarkPackDelta(b *testing.B) {
	c, err := newCodec()
	if err != nil {
		b.Fatal(err)
	}
	key := []byte(strings.Repeat("<li class=\"t\"><b>Pasal 7</b> <p>penyelenggara wajib melakukan pendaftaran</p></li>\n", 700))
	body := bytes.Replace(key, []byte("Pasal 7"), []byte("Pasal 8"), 1)
	for b.Loop() {
		if _, err := c.packDelta(body, key); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDictionary: pages of one host share a dictionary, made of the first of
// them; every body comes back, also in a store that is opened anew.
func TestDictionary(t *testing.T) {
	onEach(t, func(t *testing.T, db database) {
		f := db.open(t, Options{})
		first := f.source
		var sources []snapshot.Source
		for n := range 4 {
			s := first
			s.ID, s.URL = fmt.Sprintf("page-%d", n), fmt.Sprintf("https://jdih.example.id/%d", n)
			sources = append(sources, s)
		}
		if err := f.Configure(t.Context(), Configuration{Digest: "conf", Body: []byte(`{}`), Sources: sources}, f.now, schedule.First); err != nil {
			t.Fatal(err)
		}
		bodies := map[string]string{}
		for n, s := range sources {
			f.source = s
			var b strings.Builder
			for i := range 300 {
				fmt.Fprintf(&b, "<li class=\"nav-item\"><a href=\"/menu/%d\">Layanan %x</a></li>\n", i, i*7919)
			}
			fmt.Fprintf(&b, "<p>Pasal %d</p>", n)
			bodies[snapshot.Digest([]byte(b.String()))] = b.String()
			f.commit(f.check(b.String(), monitor.Baseline))
		}
		var packed, dictionaries int
		if err := f.read.QueryRowContext(t.Context(), `SELECT (SELECT max(length(data)) FROM blob WHERE sha256 <> d.sha256), (SELECT count(*) FROM dictionary) FROM dictionary d`).Scan(&packed, &dictionaries); err != nil {
			t.Fatal(err)
		}
		if dictionaries != 1 || packed > 300 {
			t.Errorf("%d dictionaries, a body of %d bytes", dictionaries, packed)
		}
		again, err := Open(t.Context(), db.dsn, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		for sha, want := range bodies {
			if got, err := again.body(t.Context(), again.read, sha); err != nil || string(got) != want {
				t.Errorf("%s: %v", sha, err)
			}
		}
	})
}
