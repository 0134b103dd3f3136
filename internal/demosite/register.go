package demosite

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// indexes are the six lists that together are the register, with the number of
// operators each holds at round 0. An empty one is normal.
var indexes = [...]struct {
	name  string
	count int
}{
	{biggest, 206},
	{localSuspended, 12},
	{localRevoked, 22},
	{"ASING_TERDAFTAR", 72},
	{"ASING_DIHENTIKAN_SEMENTARA", 8},
	{"ASING_DICABUT", 0},
}

const (
	biggest        = "LOKAL_TERDAFTAR"
	localSuspended = "LOKAL_DIHENTIKAN_SEMENTARA"
	localRevoked   = "LOKAL_DICABUT"
)

const firstKey = 10001

// operator is one row of the register.
type operator struct {
	Key     int
	Index   string
	System  string
	Company string
	Website string
	Sector  string
	Issued  string // year-month-day
	rank    uint64 // place among the rows of one day
}

// registers makes the register of every round; each follows from the one before.
func registers(seed uint64) [][]operator {
	out := [][]operator{firstRegister(seed)}
	for round := 1; round < len(story); round++ {
		next := slices.Clone(out[round-1])
		out = append(out, step(next, round, seed))
	}
	for round, rows := range out {
		newestFirst(rows, rand.New(rand.NewPCG(seed, uint64(round))))
	}
	return out
}

// step does to the rows what Rounds says of a round.
func step(rows []operator, round int, seed uint64) []operator {
	switch round {
	case 1:
		for n := range rows {
			if rows[n].Key%9 == 0 && rows[n].Website != "-" && !strings.Contains(rows[n].Website, ",") {
				rows[n].Website = "https://www." + rows[n].Website + "/"
			}
			if rows[n].Key%11 == 0 {
				rows[n].System = strings.ToUpper(rows[n].System)
			}
		}
	case 2:
		r := rand.New(rand.NewPCG(seed, 1<<32))
		for n, index := range []string{biggest, biggest, "ASING_TERDAFTAR"} {
			o := invented(r, firstKey+len(rows), index)
			o.Issued = firstDay.AddDate(0, 0, round-n%2).Format("2006-01-02")
			rows = append(rows, o)
		}
	case 3:
		find(rows, OwnOperator).Index = localSuspended
		find(rows, VendorOperator).Website = "awan-teduh.example, status.awan-teduh.example"
	case 6:
		find(rows, OwnOperator).Index = biggest
		find(rows, CompetitorOperator).Index = localRevoked
		rows = slices.DeleteFunc(rows, func(o operator) bool { return o.Key == GoneOperator })
	}
	return rows
}

// find points to the row of a key that the story knows to be there.
func find(rows []operator, key int) *operator {
	return &rows[slices.IndexFunc(rows, func(o operator) bool { return o.Key == key })]
}

func firstRegister(seed uint64) []operator {
	r := rand.New(rand.NewPCG(seed, 1<<33))
	var rows []operator
	for _, index := range indexes {
		for range index.count {
			rows = append(rows, invented(r, firstKey+len(rows), index.name))
		}
	}
	tell := func(key int, index, system, company, website string) {
		o := find(rows, key)
		o.Index, o.System, o.Company, o.Website = index, system, company, website
	}
	tell(OwnOperator, biggest, "Warung Senja", "SENJA RAYA TEKNOLOGI", "warungsenja.example")
	tell(VendorOperator, "ASING_TERDAFTAR", "Awan Teduh", "AWAN TEDUH PTE. LTD.", "awanteduh.example")
	tell(CompetitorOperator, biggest, "Kedai Fajar", "PT FAJAR NIAGA CONTOH", "kedaifajar.example, m.kedaifajar.example")
	tell(GoneOperator, biggest, "Lumbung Padi Daring", "LUMBUNG PADI CONTOH", "lumbungpadi.example")
	return rows
}

// The words that invented names are put together from.
var (
	firstWords  = [...]string{"Sekar", "Lintas", "Rimba", "Cahaya", "Tirta", "Kirana", "Nusa", "Bumi", "Surya", "Gerai", "Pustaka", "Langit", "Mitra", "Jejak", "Pelita", "Kampung"}
	secondWords = [...]string{"Dagang", "Kilat", "Pintar", "Sehat", "Belajar", "Kirim", "Bayar", "Wisata", "Tani", "Sewa", "Kabar", "Musik", "Rumah", "Kerja", "Kopi", "Batik"}
	companyEnds = [...]string{"TEKNOLOGI", "DIGITAL INDO CONTOH", "NUSA MEDIA", "SOLUSI CONTOH", "KARYA BERSAMA", "LTD.", "PTE. LTD.", "ABADI"}
	sectors     = [...]string{"Sektor Perdagangan", "Sektor Teknologi Informasi dan Komunikasi", "Sektor Keuangan", "Sektor Kesehatan", "Sektor Pendidikan", "Sektor Perdagangan, Sektor Perdagangan", "Sektor Lainnya", "Sektor Transportasi"}
)

// invented makes one operator up. Like the real ones, some have no website,
// some have two, and few are called PT.
func invented(r *rand.Rand, key int, index string) operator {
	a, b := firstWords[r.IntN(len(firstWords))], secondWords[r.IntN(len(secondWords))]
	site := strings.ToLower(a+b) + strconv.Itoa(key%1000) + ".example"
	switch r.IntN(8) {
	case 0, 1:
		site = "-"
	case 2:
		site += ", app." + site
	}
	return operator{
		Key:     key,
		Index:   index,
		System:  fmt.Sprintf("%s %s %d", a, b, key%1000),
		Company: strings.ToUpper(a) + " " + companyEnds[r.IntN(len(companyEnds))],
		Website: site,
		Sector:  sectors[r.IntN(len(sectors))],
		Issued:  firstDay.AddDate(0, 0, -1-r.IntN(90)*7).Format("2006-01-02"),
	}
}

// newestFirst is the order of the register: by day, and within a day none that
// anybody could rely on.
func newestFirst(rows []operator, r *rand.Rand) {
	for n := range rows {
		rows[n].rank = r.Uint64()
	}
	slices.SortFunc(rows, func(a, b operator) int {
		return cmp.Or(strings.Compare(b.Issued, a.Issued), cmp.Compare(a.rank, b.rank))
	})
}

// in is the rows of one index at a round.
func (s *Site) in(round int, index string) []operator {
	var rows []operator
	for _, o := range s.registers[round] {
		if o.Index == index {
			rows = append(rows, o)
		}
	}
	return rows
}

// listing is one page of the register as the API answers it.
type listing struct {
	Hits       []hit  `json:"hits"`
	Millis     int    `json:"processingTimeMs"`
	Query      string `json:"query"`
	TotalHits  int    `json:"totalHits"`
	PerPage    int    `json:"hitsPerPage"`
	Page       int    `json:"page"`
	TotalPages int    `json:"totalPages"`
}

type hit struct {
	ID      string `json:"id"`
	Company string `json:"nama_pse"`
	System  string `json:"nama_se"`
	Sector  string `json:"sektor"`
	Issued  string `json:"tanggal_terbit"`
	Detail  string `json:"url_tdpse_detail"`
	Website string `json:"website"`
}

// api answers /api-public/tdpse?index=&page=&hit_per_page=, pages from 1.
func (s *Site) api(w http.ResponseWriter, r *http.Request, v visit) {
	q := r.URL.Query()
	index := q.Get("index")
	rows := s.in(v.round, index)
	page, per := max(1, number(q.Get("page"), 1)), min(max(1, number(q.Get("hit_per_page"), 10)), 100)
	l := listing{
		Hits:       []hit{},
		Millis:     3 + v.hit*7%140,
		TotalHits:  len(rows),
		PerPage:    per,
		Page:       page,
		TotalPages: (len(rows) + per - 1) / per,
	}
	from := min((page-1)*per, len(rows))
	for _, o := range rows[from:min(from+per, len(rows))] {
		l.Hits = append(l.Hits, hit{
			ID:      fmt.Sprintf("%08x-0000-4000-a000-%012d", uint32(o.Key)*2654435761, o.Key),
			Company: o.Company,
			System:  o.System,
			Sector:  o.Sector,
			Issued:  o.Issued,
			Detail:  "http://" + r.Host + "/tdpse-detail/" + strconv.Itoa(o.Key),
			Website: o.Website,
		})
	}
	body, err := json.MarshalIndent(l, "", "    ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if v.round == cutRound && index == biggest && page == cutPage {
		body = cut(body)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

// cut breaks a page off in the middle of its last record but one.
func cut(body []byte) []byte {
	field := []byte(`"nama_se"`)
	last := bytes.LastIndex(body, field)
	if last < 0 {
		return body[:len(body)/2]
	}
	if before := bytes.LastIndex(body[:last], field); before >= 0 {
		last = before
	}
	return body[:last+len(field)+4]
}

func number(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return otherwise
	}
	return n
}
