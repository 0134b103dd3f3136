package demosite

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed templates/*.html regulations/*.html
var files embed.FS

// paper is a regulation.
type paper struct {
	ID      string // in its address
	body    string // file of its text
	Form    string // of regulation
	Number  int
	Year    int
	About   string
	Enacted string
}

// AmendedRegulation is the address of the regulation that round 2 amends, and
// QuietRegulation one that never changes.
const (
	AmendedRegulation = "/produk-hukum/view/id/301"
	QuietRegulation   = "/produk-hukum/view/id/302"
)

var papers = [...]paper{
	{"305", "edaran.html", "Surat Edaran Menteri Contoh", 2, 2025, "Masa Peralihan Pendaftaran Penyelenggara Sistem Elektronik", "2 Juni 2025"},
	{"304", "tarif.html", "Keputusan Menteri Contoh", 45, 2025, "Tarif Layanan Sertifikasi", "20 Januari 2025"},
	{"306", "insiden.html", "Peraturan Direktur Jenderal Contoh", 1, 2024, "Tata Cara Pelaporan Insiden Siber", "9 September 2024"},
	{"301", "pse.html", "Peraturan Menteri Contoh", 7, 2024, "Pendaftaran dan Pengawasan Penyelenggara Sistem Elektronik", "4 Maret 2024"},
	{"302", "data.html", "Peraturan Menteri Contoh", 3, 2023, "Pelindungan Data Pelanggan Layanan Digital", "17 Mei 2023"},
	{"303", "konten.html", "Peraturan Menteri Contoh", 11, 2022, "Tata Kelola Pemutusan Akses Muatan", "14 April 2022"},
}

// Title is the regulation's full name.
func (p paper) Title() string {
	return fmt.Sprintf("%s Nomor %d Tahun %d tentang %s", p.Form, p.Number, p.Year, p.About)
}

// Path is its address on the site.
func (p paper) Path() string { return "/produk-hukum/view/id/" + p.ID }

func (s *Site) home(w http.ResponseWriter, _ *http.Request, v visit) {
	s.page(w, v, http.StatusOK, "Beranda", "home.html", nil)
}

func (s *Site) robots(w http.ResponseWriter, _ *http.Request, _ visit) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "User-agent: *\nDisallow: /cari\n")
}

func (s *Site) missing(w http.ResponseWriter, _ *http.Request, v visit) {
	s.page(w, v, http.StatusNotFound, "Halaman tidak ditemukan", "home.html", nil)
}

// row is a regulation in the list.
type row struct {
	paper
	Views string
}

func (s *Site) list(w http.ResponseWriter, _ *http.Request, v visit) {
	var rows []row
	for n, p := range papers {
		rows = append(rows, row{p, thousands(1234 + 517*n + v.hit)})
	}
	s.page(w, v, http.StatusOK, "Produk Hukum", "list.html", struct{ Rows []row }{rows})
}

func (s *Site) regulation(w http.ResponseWriter, r *http.Request, v visit) {
	n := slices.IndexFunc(papers[:], func(p paper) bool { return p.ID == r.PathValue("id") })
	if n < 0 {
		s.missing(w, r, v)
		return
	}
	p := papers[n]
	var body bytes.Buffer
	if err := s.bodies.ExecuteTemplate(&body, p.body, struct{ Amended bool }{v.round >= 2}); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.page(w, v, http.StatusOK, p.Title(), "regulation.html", struct {
		paper
		Views, Downloads string
		Body             template.HTML
	}{p, thousands(1233 + 517*n + v.views), thousands(87 + v.views/2), template.HTML(body.String())})
}

// tally is an index of the register and how many stand in it.
type tally struct {
	Name  string
	Count int
}

func (s *Site) register(w http.ResponseWriter, _ *http.Request, v visit) {
	var counts []tally
	for _, index := range indexes {
		counts = append(counts, tally{index.name, len(s.in(v.round, index.name))})
	}
	s.page(w, v, http.StatusOK, "Daftar PSE", "register.html", counts)
}

func (s *Site) operator(w http.ResponseWriter, r *http.Request, v visit) {
	rows := s.registers[v.round]
	n := slices.IndexFunc(rows, func(o operator) bool { return strconv.Itoa(o.Key) == r.PathValue("key") })
	if n < 0 {
		s.missing(w, r, v)
		return
	}
	s.page(w, v, http.StatusOK, rows[n].System, "operator.html", rows[n])
}

// blocked is what a firewall answers: a page that says no with status 200.
func (s *Site) blocked(w http.ResponseWriter, v visit) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "+
		"Please consult with your administrator.<br><br>Your support ID is: %d<br><br>"+
		"<a href='javascript:history.back();'>[Go Back]</a></body></html>", mix(s.seed, v.hit))
}

// headline is a line of news: decoration.
type headline struct {
	Number int
	Title  string
	Age    int // minutes
}

// The decoration that turns with every request.
var (
	banners = [...]string{
		"Waspada penipuan yang mengatasnamakan Kementerian Contoh.",
		"Layanan tatap muka tutup pada hari libur nasional.",
		"Ikuti survei kepuasan masyarakat tahun ini.",
	}
	headlines = [...]string{
		"Menteri Contoh membuka pekan literasi digital",
		"Pelatihan daring untuk usaha kecil dimulai bulan depan",
		"Kementerian Contoh meraih penghargaan keterbukaan informasi",
		"Rapat kerja tahunan membahas jaringan daerah terpencil",
		"Layanan pengaduan kini tersedia melalui aplikasi",
		"Lomba video pendek bertema keamanan siber",
	}
)

// page puts a body into the site's frame, with everything around it that
// changes at each request and means nothing.
func (s *Site) page(w http.ResponseWriter, v visit, status int, title, name string, data any) {
	var main, whole bytes.Buffer
	err := s.pages.ExecuteTemplate(&main, name, data)
	if err == nil {
		err = s.pages.ExecuteTemplate(&whole, "layout.html", s.frame(v, title, template.HTML(main.String())))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(whole.Bytes())
}

// frame is what stands around a page.
type frame struct {
	Title, Token, Clock, Banner, Visitors string
	Year, Millis, Node                    int
	News                                  []headline
	Main                                  template.HTML
}

func (s *Site) frame(v visit, title string, main template.HTML) frame {
	f := frame{
		Title:    title,
		Token:    fmt.Sprintf("%016x%016x", mix(s.seed, v.hit), mix(s.seed+1, v.hit)),
		Clock:    clock(v.at()),
		Banner:   banners[v.hit%len(banners)],
		Visitors: thousands(4100*(v.round+1) + v.hit*3),
		Year:     v.at().Year(),
		Millis:   11 + v.hit*13%90,
		Node:     1 + v.hit%3,
		Main:     main,
	}
	for n := range 3 {
		k := (v.hit + n) % len(headlines)
		f.News = append(f.News, headline{700 + k, headlines[k], 2 + (v.hit*5+n*17)%50})
	}
	return f
}

// mix is a number that looks random and follows from its arguments
// (the finaliser of SplitMix64).
func mix(seed uint64, n int) uint64 {
	z := seed + uint64(n)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// clock is an instant as Indonesian sites print it.
func clock(t time.Time) string {
	days := [...]string{"Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"}
	months := [...]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}
	return fmt.Sprintf("%s, %d %s %d %s", days[t.Weekday()], t.Day(), months[t.Month()-1], t.Year(), t.Format("15:04:05 MST"))
}

// thousands is a number with dots, as Indonesians write it: 1.234.
func thousands(n int) string {
	s := strconv.Itoa(n)
	var parts []string
	for len(s) > 3 {
		parts = append([]string{s[len(s)-3:]}, parts...)
		s = s[:len(s)-3]
	}
	return strings.Join(append([]string{s}, parts...), ".")
}
