package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// invented is a page of a regulator that does not exist: what it says, and the
// noise around and in it.
type invented struct {
	indonesian bool
	chrome     int // how the parts around the content are marked up
	title      string
	status     string
	articles   []article
	intro      string // of the items
	items      []string
	head       []string
	rows       [][]string
	files      []file
	contact    string

	noise noise
}

type article struct{ name, text string }

type file struct{ words, target string }

// noise is what differs at every look and says nothing.
type noise struct {
	views, visitors, minute, year, age int
	token, state, build, tracking      string
	session                            string
	mailKey                            byte
	news                               []string
	order                              []int // of the items
	typographic, latin, spaced, ticks  bool
}

var (
	subjects = map[bool][]string{
		true:  {"Penyelenggara sistem elektronik", "Bank umum", "Pelaku usaha", "Penyedia jasa pembayaran", "Perusahaan asuransi", "Pengelola data pribadi"},
		false: {"A payment institution", "A data controller", "An insurer", "A platform operator", "A telecommunications licensee", "An issuer"},
	}
	duties = map[bool][]string{
		true:  {"wajib menyampaikan laporan kepada otoritas paling lambat %d hari kerja sejak %s", "dilarang memungut biaya lebih dari Rp%d.000.000,00 terhitung sejak %s", "tidak dikenai sanksi sebelum %[2]s apabila memenuhi %[1]d persyaratan", "dapat mengajukan keberatan dalam %d hari setelah %s"},
		false: {"must report to the Authority within %d business days from %s", "must not charge more than USD %d,000 after %s", "is not liable before %[2]s if it meets %[1]d conditions", "may object within %d days after %s"},
	}
	things = map[bool][]string{
		true:  {"surat permohonan", "salinan akta pendirian", "bukti kepemilikan sistem", "rencana pemulihan bencana", "kebijakan perlindungan data", "daftar pejabat penghubung", "laporan audit terakhir"},
		false: {"a letter of application", "a copy of the articles", "proof of ownership", "a recovery plan", "a data protection policy", "a list of contacts", "the latest audit report"},
	}
	companies = []string{"PT Cahaya Digital", "PT Nusa Kirim", "PT Ruang Baca", "PT Sehat Selalu", "PT Pasar Kita", "PT Jalan Terus", "PT Layar Lebar", "PT Kebun Data"}
	headlines = map[bool][]string{
		true:  {"Menteri membuka rapat koordinasi", "Sosialisasi aturan di Surabaya", "Jadwal layanan selama libur", "Kunjungan kerja ke Makassar", "Seminar literasi digital", "Penghargaan layanan publik", "Pelatihan pegawai angkatan kelima"},
		false: {"Chair opens the annual meeting", "Workshop on digital literacy", "Opening hours over the holidays", "Visit to the regional office", "Award for public service", "New head of communications", "Trainees welcomed"},
	}
	months = map[bool][]string{
		true:  {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
		false: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	}
)

// invent makes the page of a seed.
func invent(seed uint64) *invented {
	r := rand.New(rand.NewPCG(seed, 7))
	p := &invented{indonesian: r.IntN(3) > 0, chrome: r.IntN(4)}
	date := func() string {
		return fmt.Sprintf("%d %s %d", 1+r.IntN(28), months[p.indonesian][r.IntN(12)], 2015+r.IntN(10))
	}
	p.title = p.say("Peraturan Otoritas Nomor %d Tahun %d", "Rule %d of %d of the Authority", 1+r.IntN(90), 2015+r.IntN(10))
	p.status = p.say("Status: Berlaku sejak %s", "Status: in force since %s", date())
	for i := range 3 + r.IntN(6) {
		subject, duty := subjects[p.indonesian][r.IntN(6)], duties[p.indonesian][r.IntN(4)]
		p.articles = append(p.articles, article{p.say("Pasal %d", "Article %d", i+1), fmt.Sprintf("(1) %s "+duty+".", subject, 2+r.IntN(60), date())})
	}
	p.intro = p.say("Permohonan dilampiri:", "An application holds:")
	for _, i := range r.Perm(7)[:3+r.IntN(4)] {
		p.items = append(p.items, things[p.indonesian][i])
	}
	p.head = []string{p.say("Penyelenggara", "Operator"), p.say("Tanda daftar", "Number"), p.say("Berlaku sampai", "Valid until")}
	for _, i := range r.Perm(8)[:3+r.IntN(5)] {
		p.rows = append(p.rows, []string{companies[i], fmt.Sprintf("%05d.01/DJAI", r.IntN(99999)), date()})
	}
	for i := range 1 + r.IntN(3) {
		p.files = append(p.files, file{p.say("Unduh naskah %d", "Download part %d", i+1), fmt.Sprintf("/files/naskah-%d-%d.pdf", r.IntN(9000), i)})
	}
	p.contact = "layanan@otoritas.example.id"
	p.noise = noise{views: 1000 + r.IntN(9000), visitors: r.IntN(500), minute: r.IntN(60), year: 2025, age: 2 + r.IntN(5), token: token(r), state: token(r), build: token(r)[:12],
		tracking: token(r)[:8], session: strings.ToUpper(token(r)), mailKey: byte(1 + r.IntN(250)), news: shuffled(r, headlines[p.indonesian])[:4], order: identity(len(p.items))}
	return p
}

func token(r *rand.Rand) string { return fmt.Sprintf("%016x%016x", r.Uint64()|1<<60, r.Uint64()|1<<60) }

func shuffled[T any](r *rand.Rand, list []T) []T {
	list = slices.Clone(list)
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

func identity(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// say formats in the language of the page.
func (p *invented) say(indonesian, english string, args ...any) string {
	if !p.indonesian {
		indonesian = english
	}
	return fmt.Sprintf(indonesian, args...)
}

// chromes wrap a part around the content in the markup of four kinds of sites:
// landmarks, class names, roles, and nothing that says what it is.
var chromes = map[string][4]string{
	"head": {`<header>%s</header>`, `<div class="site-header">%s</div>`, `<div role="banner">%s</div>`, `<div class="x1">%s</div>`},
	"menu": {`<nav>%s</nav>`, `<div id="main-menu">%s</div>`, `<div role="navigation">%s</div>`, `<div class="x2">%s</div>`},
	"side": {`<aside>%s</aside>`, `<div class="sidebar">%s</div>`, `<div role="complementary">%s</div>`, `<div class="x3">%s</div>`},
	"foot": {`<footer>%s</footer>`, `<div class="footer">%s</div>`, `<div role="contentinfo">%s</div>`, `<div class="x4">%s</div>`},
	"main": {`<main>%s</main>`, `<div id="content">%s</div>`, `<div role="main">%s</div>`, `<div class="x5">%s</div>`},
}

func (p *invented) part(name, inner string) string {
	return fmt.Sprintf(chromes[name][p.chrome], inner)
}

// html is the page as its server sends it.
func (p *invented) html() []byte {
	n := &p.noise
	var b strings.Builder
	charset := "utf-8"
	if n.latin {
		charset = "windows-1252"
	}
	fmt.Fprintf(&b, `<!doctype html><html><head><meta charset="%s"><title>%s</title><script src="/app.%s.js" nonce="%s"></script><meta name="csrf-token" content="%[4]s"></head><body>`, charset, p.title, n.build, n.token)
	fmt.Fprintf(&b, `<form action="/cari;jsessionid=%s"><input type="hidden" name="__VIEWSTATE" value="%s"></form>`, n.session, n.state)
	b.WriteString(p.part("head", `<a href="/">`+p.say("Otoritas Contoh", "Authority of Example")+`</a>`))
	b.WriteString(p.part("menu", links([]string{p.say("Beranda", "Home"), p.say("Peraturan", "Rules"), p.say("Layanan", "Services"), p.say("Kontak", "Contact")}, "/menu/", "?utm_source="+n.tracking)))
	b.WriteString(p.part("main", p.content()))
	b.WriteString(p.part("side", `<h3>`+p.say("Berita Terbaru", "Latest news")+`</h3>`+links(n.news, "/berita/", "?utm_campaign="+n.tracking)))
	b.WriteString(p.part("foot", fmt.Sprintf(`<p>%s</p><p>%s</p><p>© %d %s</p>`,
		p.say("Pengunjung hari ini: %d", "Visitors today: %d", n.visitors), p.say("Waktu server: 24 November 2026 19:%02d:07 WIB", "Server time: 24 November 2026 19:%02d:07", n.minute), n.year, p.say("Otoritas Contoh", "Authority of Example"))))
	b.WriteString(`</body></html>`)
	return []byte(n.encoded(b.String()))
}

func links(words []string, base, query string) string {
	var b strings.Builder
	b.WriteString("<ul>")
	for i, w := range words {
		fmt.Fprintf(&b, `<li><a href="%s%d%s">%s</a></li>`, base, i, query, w)
	}
	return b.String() + "</ul>"
}

// content is the watched text with the noise that stands within it.
func (p *invented) content() string {
	n := &p.noise
	var b strings.Builder
	fmt.Fprintf(&b, "<h1>%s</h1><p>%s</p><p>%s</p>", p.title, p.status, p.say("Dilihat %d kali | Diperbarui %d jam yang lalu", "Viewed %d times | Updated %d hours ago", n.views, n.age))
	for _, a := range p.articles {
		fmt.Fprintf(&b, "<h3>%s</h3><p>%s</p>", a.name, a.text)
	}
	fmt.Fprintf(&b, "<p>%s</p><ul>", p.intro)
	for _, i := range n.order {
		fmt.Fprintf(&b, "<li>%s</li>", p.items[i])
	}
	b.WriteString("</ul><table><tr><th>" + strings.Join(p.head, "</th><th>") + "</th></tr>")
	for _, r := range p.rows {
		b.WriteString("<tr><td>" + strings.Join(r, "</td><td>") + "</td></tr>")
	}
	b.WriteString("</table>")
	for _, f := range p.files {
		fmt.Fprintf(&b, `<p><a href="%s?utm_source=%s&amp;PHPSESSID=%s">%s</a></p>`, f.target, n.tracking, n.session, f.words)
	}
	hidden := fmt.Sprintf("%02x", n.mailKey)
	for i := range len(p.contact) {
		hidden += fmt.Sprintf("%02x", p.contact[i]^n.mailKey)
	}
	fmt.Fprintf(&b, `<p>%s <a href="/cdn-cgi/l/email-protection#%s"><span class="__cf_email__" data-cfemail="%[2]s">[email&#160;protected]</span></a></p>`, p.say("Pertanyaan kepada", "Questions to"), hidden)
	if n.ticks {
		fmt.Fprintf(&b, "<p>Request ID: %s</p>", n.token)
	}
	return b.String()
}

// encoded writes the same words in other characters.
func (n *noise) encoded(s string) string {
	if n.spaced {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "</p>", "\n\t </p>\n"), " sejak ", "&nbsp;\nsejak ")
	}
	if n.typographic {
		s = strings.NewReplacer(" fi", " ﬁ", "kepada", "ke\u200bpada", "(1)", "(1)\u2060", "within ", "within\u00a0").Replace(s)
	}
	if n.latin {
		if out, err := charmap.Windows1252.NewEncoder().String(s); err == nil {
			return out
		}
	}
	return s
}
