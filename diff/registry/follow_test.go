package registry

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pantau/internal/snapshot"
)

// operators are rows given as "KEY INDEX name | company | website".
func operators(lines ...string) (out []Row) {
	for _, line := range lines {
		head, values, _ := strings.Cut(line, "  ")
		key, index, _ := strings.Cut(head, " ")
		v := strings.Split(values, " | ")
		out = append(out, Row{Key: Key(key), Index: index, Life: 1, Fields: snapshot.FieldsOf(
			snapshot.Field{Name: "nama", Value: v[0]}, snapshot.Field{Name: "nama_perusahaan", Value: v[1]}, snapshot.Field{Name: "website", Value: v[2]})})
	}
	return out
}

func TestPropose(t *testing.T) {
	rows := operators(
		"22722 LT  Toko Contoh | CONTOH JAYA MAKMUR | toko.contoh.co.id",
		"22723 LS  Contoh Pay | PT. Contoh Jaya Makmur, Tbk | https://www.contoh.co.id/pay; pay.id",
		"22723 LT  Contoh Pay | PT. Contoh Jaya Makmur, Tbk | https://www.contoh.co.id/pay; pay.id",
		"300 LT  𝐂𝐨𝐧𝐭𝐨𝐡 | Makmur Contoh Jaya | -",
		"301 LT  Berita 22722 | P.T. Kabar Baik (Persero) | blogku.blogspot.com",
		"302 AT  Lain | Other Co., Ltd. | contoh.com",
		"303 AT  Lain Lagi | Lain Jaya | lain.blogspot.com",
	)
	for query, want := range map[string]string{
		"22722":                      "22722:its number is 22722 301:its system Berita 22722 contains the name",
		"contoh jaya makmur":         "22722:its company is CONTOH JAYA MAKMUR 22723:its company is PT. Contoh Jaya Makmur, Tbk 300:its names contain the words",
		"PT Contoh Jaya Makmur Tbk.": "22722:its company is CONTOH JAYA MAKMUR 22723:its company is PT. Contoh Jaya Makmur, Tbk 300:its names contain the words",
		"contoh.co.id":               "22723:its website is contoh.co.id/pay 22722:its website toko.contoh.co.id belongs to contoh.co.id",
		"https://app.contoh.co.id/x": "22722:its website toko.contoh.co.id belongs to contoh.co.id 22723:its website contoh.co.id/pay belongs to contoh.co.id",
		"blogku.blogspot.com":        "301:its website is blogku.blogspot.com",
		"Kabar Baik":                 "301:its company is P.T. Kabar Baik (Persero)",
		"𝗰𝗼𝗻𝘁𝗼𝗵":                     "300:its system is 𝐂𝐨𝐧𝐭𝐨𝐡 22722:its company CONTOH JAYA MAKMUR contains the name 22723:its company PT. Contoh Jaya Makmur, Tbk contains the name",
		"other":                      "302:its company is Other Co., Ltd.",
		"jay":                        "300:its names contain the words 303:its names contain the words 22722:its names contain the words 22723:its names contain the words",
		"co.id":                      "",
		"PT":                         "",
		"":                           "",
		"tidak ada":                  "",
	} {
		var got []string
		for _, p := range Propose(rows, invented(), query) {
			got = append(got, string(p.Key)+":"+p.Why)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q proposes\n%s\nwant\n%s", query, s, want)
		}
	}
	p := Propose(rows, invented(), "22723")
	if len(p) != 1 || p[0].Index != "LT+LS" || p[0].Name != "Contoh Pay" || !strings.Contains(p[0].Website, "pay.id") {
		t.Errorf("%+v", p)
	}
}

func TestSightings(t *testing.T) {
	l := invented()
	st := NewState(operators("1 LT  Satu | PT A | -", "2 LS  Dua | PT B | -", "3 LT  Tiga | PT C | -"), l)
	doc := &snapshot.Document{Records: []snapshot.Record{
		{Key: "1", Index: "LS", Page: 4, Fields: snapshot.FieldsOf(snapshot.Field{Name: "nama", Value: "Satu"}, snapshot.Field{Name: "nama_perusahaan", Value: "PT A"})},
		{Key: "1", Index: "LS", Page: 5}, // pages that overlap
		{Key: "2", Index: "LS", Page: 4}, // known to stand there
		{Key: "3", Index: "LC", Page: 1}, // nobody follows it
		{Key: "4", Index: "AT", Page: 1}, // registered is no news by itself
		{Key: "4", Index: "LC", Page: 1}, // not known at all
	}}
	got := Sightings(st, doc, l, map[Key]bool{"1": true, "2": true, "4": true})
	want := []Sighting{
		{Key: "1", Index: "LS", Status: snapshot.Suspended, Name: "Satu", Company: "PT A", Known: "LT", Page: 4},
		{Key: "4", Index: "LC", Status: snapshot.Revoked, Page: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got := Sightings(NewState(nil, l), doc, l, map[Key]bool{"2": true}); len(got) != 1 || got[0].Known != "" {
		t.Errorf("before the first good look: %+v", got)
	}
	text, err := json.Marshal(want[0])
	if err != nil || string(text) != `{"key":1,"index":"LS","status":"suspended","name":"Satu","company":"PT A","known":"LT","page":4}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestLosses(t *testing.T) {
	l := invented()
	rows := operators("1 LT  a | b | -", "2 LT  a | b | -", "3 LT  a | b | -", "3 LS  a | b | -", "4 LS  a | b | -", "5 LS  a | b | -")
	rows[5].MissingSince = firstDay // passed the gate before
	doc := &snapshot.Document{Records: []snapshot.Record{{Key: "1", Index: "LT"}, {Key: "2", Index: "LC"}, {Key: "3", Index: "LT"}, {Key: "9", Index: "LT"}, {Index: "LT"}}}
	got := fmt.Sprintf("%+v", *Losses(NewState(rows, l), Arrange(doc, l)))
	if want := "{Known:4 Missing:1 Parts:map[LS:{Rows:2 Lost:2 Moved:1} LT:{Rows:3 Lost:1 Moved:1}]}"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestKeyJSON(t *testing.T) {
	for text, want := range map[string]string{`22722`: `22722`, `"22722"`: `22722`, `"007"`: `"007"`, `"CVE-1"`: `"CVE-1"`, `"+5"`: `"+5"`} {
		var k Key
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, err := json.Marshal(k); err != nil || string(got) != want {
			t.Errorf("%s becomes %s, %v", text, got, err)
		}
	}
}

// BenchmarkCompare compares two states of 25,000 records, of which one in a
// hundred is edited and one in five is spelt anew; the baseline puts the same
// two lists side by side in a map and looks for rows that are not equal.
func BenchmarkCompare(b *testing.B) {
	l := invented()
	before, after := many(25000, 0), many(25000, 1)
	st := NewState(values(before, l), l)
	b.Run("map", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m := make(map[string]*snapshot.Record, len(before.Records))
			for i := range before.Records {
				m[before.Records[i].Key] = &before.Records[i]
			}
			n := 0
			for i := range after.Records {
				r := &after.Records[i]
				if x := m[r.Key]; x == nil || x.Index != r.Index || !x.Fields.Equal(r.Fields) {
					n++
				}
			}
			if n != 5250 {
				b.Fatal(n)
			}
		}
	})
	b.Run("compare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if events, _ := Compare(st, Arrange(after, l), lookOn(2)); len(events) != 250 {
				b.Fatal(len(events))
			}
		}
	})
	b.Run("state+compare", func(b *testing.B) {
		b.ReportAllocs()
		rows := values(before, l)
		for b.Loop() {
			st := NewState(rows, l)
			now := Arrange(after, l)
			Losses(st, now)
			if events, _ := Compare(st, now, lookOn(2)); len(events) != 250 {
				b.Fatal(len(events))
			}
		}
	})
}

// BenchmarkCompareMillion does all that a look at a million records does with
// what was stored: order, losses, comparison. A thousand are edited, and the
// list came in another order. Processor time is that of the whole process, the
// collector's too; live-MB is what the comparison holds beside its two sides.
func BenchmarkCompareMillion(b *testing.B) {
	const n = 1_000_000
	l := &snapshot.Listing{Indexes: []snapshot.Part{{Name: "list"}}}
	list := func(round int) *snapshot.Document {
		d := &snapshot.Document{Records: make([]snapshot.Record, 0, n)}
		var p snapshot.Packer
		for i := range n {
			k := (i + round*n/2) % n
			name := fmt.Sprintf("Sistem Elektronik %d", k)
			if round > 0 && k%1000 == 7 {
				name += " Baru"
			}
			d.Records = append(d.Records, snapshot.Record{Key: fmt.Sprint(k), Index: "list", Fields: p.Pack([]snapshot.Field{
				{Name: "nama", Value: name}, {Name: "nama_perusahaan", Value: fmt.Sprintf("PT Perusahaan Nomor %d", k/3)}, {Name: "sektor", Value: "Perdagangan"},
				{Name: "tanggal_daftar", Value: "2024-01-02"}, {Name: "website", Value: fmt.Sprintf("https://sistem-%d.example.co.id", k)}})})
		}
		return d
	}
	before, after := list(0), list(1)
	rows := values(before, l)
	cpu := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	b.ReportAllocs()
	bare := live()
	begun := cpu()
	held := uint64(0)
	for b.Loop() {
		st := NewState(rows, l)
		now := Arrange(after, l)
		Losses(st, now)
		events, delta := Compare(st, now, lookOn(2))
		if len(events) != 1000 || len(delta.Upsert) != 1000 {
			b.Fatal(len(events), len(delta.Upsert))
		}
		b.StopTimer()
		held = max(held, live()-bare)
		runtime.KeepAlive(now)
		b.StartTimer()
	}
	b.ReportMetric((cpu()-begun).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(held)/1e6, "live-MB")
}

func many(n, version int) *snapshot.Document {
	d := &snapshot.Document{}
	for k := range n {
		site, name := fmt.Sprintf("toko%d.id", k), fmt.Sprintf("Toko %d", k)
		if version > 0 && k%5 == 0 {
			site = "https://www." + site + "/"
		}
		if version > 0 && k%100 == 1 {
			name += " Baru"
		}
		d.Records = append(d.Records, snapshot.Record{Key: fmt.Sprint(10000 + k*7%n), Index: "LT", Fields: snapshot.FieldsOf(
			snapshot.Field{Name: "nama", Value: name}, snapshot.Field{Name: "nama_perusahaan", Value: "PT " + name}, snapshot.Field{Name: "tanggal_daftar", Value: "2024-01-02"},
			snapshot.Field{Name: "website", Value: site}, snapshot.Field{Name: "sektor", Value: "Perdagangan"})})
	}
	return d
}

func values(d *snapshot.Document, l *snapshot.Listing) []Row {
	return Baseline(Arrange(d, l), lookOn(1)).Upsert
}
