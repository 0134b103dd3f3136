package gate

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"pantau/internal/snapshot"
)

// A page that speaks of errors is no error page. What tells them apart is
// where the words stand and how little stands beside them: these bounds, in
// runes, are generous to notices with a site's menus around them and far below
// any regulation.
const (
	shortPage  = 700  // whole text of a notice
	fewBlocks  = 12   // of a notice
	longBlock  = 120  // from here a block is prose and not a label
	muchProse  = 1200 // runes in such blocks that make a page an article
	titleProse = 2500 // with which even a page titled like an error is one
)

// signature is one kind of page that stands in for the real one.
type signature struct {
	what    string         // for people
	heading *regexp.Regexp // of a title or heading, from its start
	body    *regexp.Regexp // anywhere in a short page
}

func pattern(list ...string) *regexp.Regexp { return regexp.MustCompile(strings.Join(list, "|")) }

// heading matches the whole of a title, or its first or last part where a site
// puts its name beside it.
func heading(list ...string) *regexp.Regexp {
	words := strings.Join(list, "|")
	const bar = `\s*[|:·»/–—-]\s+`
	return regexp.MustCompile(`^(?:` + words + `)[.!…]*(?:$|` + bar + `)|` + bar + `(?:` + words + `)[.!…]*$`)
}

// signatures are tried in order. Titles and text are in lower case.
var signatures = []signature{
	{
		"a firewall refuses the request",
		heading(`request rejected`, `access denied`, `access to this page has been denied`, `attention required`, `you have been blocked`,
			`pardon our interruption`, `(?:error )?403(?: -)?(?: forbidden| error)?`, `forbidden`, `akses ditolak`, `blocked`, `error 10\d\d`),
		pattern(`requested url was rejected`, `your support id is`, `incapsula incident id`, `you don't have permission to access`,
			`you do not have permission to access`, `the request could not be satisfied`, `sorry, you have been blocked`,
			`akses anda (?:ditolak|diblokir)`, `permintaan anda (?:ditolak|diblokir)`, `reference #\d+\.[0-9a-f.]+`, `access denied`),
	},
	{
		"a challenge asks whether we are human",
		heading(`just a moment`, `robot check`, `security (?:check|verification)`, `human verification`, `are you (?:a )?(?:human|robot)`,
			`verify(?:ing)? (?:that )?you are (?:a )?human`, `captcha`, `one more step`, `checking your browser.*`, `ddos-guard`, `client challenge`),
		pattern(`checking your browser`, `checking if the site connection is secure`, `enable javascript and cookies to continue`,
			`verify(?:ing)? (?:that )?you are (?:a )?(?:human|not a robot)`, `complete the security check`, `i'm not a robot`, `saya bukan robot`,
			`unusual traffic from your`, `unusual activity from your`, `masukkan (?:kode )?captcha`, `performing security verification`),
	},
	{
		"the site is under maintenance or broken",
		heading(`(?:site|website|situs|under|scheduled|system|server|we(?:'re| are)) (?:is )?(?:down for |under |dalam )?(?:maintenance|pemeliharaan|perbaikan)`,
			`maintenance(?: mode)?`, `pemeliharaan(?: sistem)?`, `sedang (?:dalam )?(?:pemeliharaan|perbaikan)`, `under construction`,
			`(?:error )?(?:500|502|503|504)(?: -)?(?:[: ]+(?:internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|error))?`,
			`internal server error`, `bad gateway`, `service (?:temporarily )?unavailable`, `gateway time-?out`, `server error(?: \(\d+\))?`,
			`application error`, `database error`, `(?:error )?429`, `too many requests`),
		pattern(`(?:sedang|masih|saat ini) (?:dalam )?(?:tahap |proses |masa )?(?:pemeliharaan|perbaikan|maintenance)`, `under (?:scheduled )?maintenance`,
			`down for (?:scheduled )?maintenance`, `undergoing (?:scheduled )?maintenance`, `internal server error`, `bad gateway`,
			`service (?:is )?(?:temporarily )?unavailable`, `gateway time-?out`, `error establishing a database connection`,
			`a client-side exception has occurred`, `application error`, `we'll be back (?:soon|shortly)`, `kami akan segera kembali`,
			`something went wrong`, `terjadi kesalahan`, `too many requests`),
	},
	{
		"the page was not found, though the server says 200",
		heading(`(?:error |http )?404(?: -)?(?:[: ]+(?:page )?(?:not found|error|tidak ditemukan))?`, `(?:404[:,]? )?(?:this |the )?page (?:could )?(?:not (?:be )?found|cannot be found)`,
			`(?:404[:,]? )?(?:file )?not found`, `(?:oops[!,.]* )?(?:that )?page (?:can't|can’t|could not) be found`, `halaman (?:yang .{0,40})?tidak (?:dapat )?(?:di)?temukan`,
			`tidak ditemukan`, `seite nicht gefunden`, `page (?:non|introuvable).{0,20}`, `page (?:does not|doesn't|no longer) exists?`),
		pattern(`page (?:could not|cannot|can't|can’t) be found`, `page not found`, `page was not found`, `halaman (?:yang .{0,60})?tidak (?:dapat )?(?:di)?temukan`,
			`(?:page|url|link) (?:you|that you).{0,60}(?:not found|(?:does not|doesn't|doesn’t|no longer) exist|cannot be found|could not be found|has been (?:moved|removed))`,
			`requested (?:url|page|resource).{0,60}not found`, `(?:n'avons|n’avons) pas trouvé la page`, `page introuvable`, `seite (?:wurde )?nicht gefunden`, `tidak menemukan halaman`, `(?:^|\n)(?:error |http )?404(?:\n|$)`),
	},
	{
		"the domain is parked or the server is bare",
		heading(`.{0,40}domain (?:is )?(?:for sale|parked|name parking)`, `parked domain`, `apache2 .{0,20}default page.*`, `welcome to nginx`, `index of /.*`,
			`iis windows(?: server)?`, `(?:this )?account (?:has been )?suspended`, `domain (?:expired|suspended)`, `test page for .*`),
		pattern(`(?:this )?domain (?:name )?(?:may be |is )(?:for sale|parked)`, `buy this domain`, `this account has been suspended`, `domain (?:has )?expired`,
			`if you see this page, the nginx web server`),
	},
	{
		"a log-in form stands in place of the content",
		heading(`log ?-?in`, `sign ?-?in`, `masuk`, `(?:silakan|silahkan) (?:login|masuk|log in)`, `(?:please )?(?:log|sign) in to .*`, `masuk ke .*`, `halaman login`),
		pattern(`(?:silakan|silahkan|harap) (?:login|masuk|log in)`, `please (?:log|sign) in`, `you must (?:be logged|log|sign) in`, `session (?:has )?expired`, `sesi anda (?:telah )?(?:berakhir|habis)`),
	},
	{
		"only the frame of a program came, a browser would fill it by script",
		nil,
		pattern(`you need to enable javascript to run this app`, `(?:please )?(?:enable|turn on) javascript`, `javascript is (?:required|disabled)`,
			`(?:aktifkan|mengaktifkan) javascript`, `^loading\W*$`, `^memuat\W*$`),
	},
}

// blocked holds pages that stand in for the real one. What is like the last
// good page is that page, though it may speak of errors: a person accepted it.
func blocked(l look) (reason, detail string) {
	if detail = standIn(l.d); detail == "" || l.familiar() {
		return "", ""
	}
	return snapshot.ReasonBlockPage, detail
}

// standIn says by which signature a document is known; "" if by none.
func standIn(d *snapshot.Document) string {
	prose := 0
	for i := range d.Blocks {
		if n := size(&d.Blocks[i]); n >= longBlock {
			prose += n
		}
	}
	if prose >= titleProse {
		return ""
	}
	title, heads, text := strings.ToLower(d.Title), []string(nil), ""
	if prose < muchProse {
		heads = headings(d)
	}
	if d.Quality.Runes <= shortPage && len(d.Blocks) <= fewBlocks {
		text = wording(d)
	}
	for _, s := range signatures {
		if text != "" && s.body.MatchString(text) {
			return fmt.Sprintf("%s: the page says %q", s.what, strings.TrimSpace(s.body.FindString(text)))
		}
		if s.heading == nil {
			continue
		}
		if s.heading.MatchString(title) {
			return fmt.Sprintf("%s: the title is %q", s.what, d.Title)
		}
		for _, h := range heads {
			if s.heading.MatchString(h) {
				return fmt.Sprintf("%s: a heading is %q", s.what, h)
			}
		}
	}
	return ""
}

// headings are the first headings of the document in lower case: that of a
// notice is among them.
func headings(d *snapshot.Document) []string {
	var list []string
	for i := range d.Blocks {
		if b := &d.Blocks[i]; b.Kind == snapshot.Heading && len(list) < 3 {
			list = append(list, strings.ToLower(b.Text))
		}
	}
	return list
}

// wording is the document's text in lower case, a block a line.
func wording(d *snapshot.Document) string {
	var s strings.Builder
	for i := range d.Blocks {
		s.WriteString(strings.ToLower(d.Blocks[i].Line()))
		s.WriteString("\n")
	}
	return strings.TrimSpace(s.String())
}

// size is the length of a block in runes.
func size(b *snapshot.Block) int {
	n := utf8.RuneCountInString(b.Text)
	for _, c := range b.Cells {
		n += utf8.RuneCountInString(c)
	}
	return n
}
