package extract

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pantau/internal/snapshot"
)

// landmark is the role that HTML and ARIA give an element.
func landmark(n *html.Node) snapshot.Role {
	switch attr(n, "role") {
	case "navigation", "menubar", "menu":
		return snapshot.Navigation
	case "banner":
		return snapshot.Banner
	case "contentinfo":
		return snapshot.Footer
	case "complementary":
		return snapshot.Sidebar
	case "search":
		return snapshot.Search
	case "dialog", "alertdialog":
		return snapshot.Dialog
	}
	switch n.DataAtom {
	case atom.Nav:
		return snapshot.Navigation
	case atom.Aside:
		return snapshot.Sidebar
	case atom.Search:
		return snapshot.Search
	case atom.Header:
		if !sectioned(n) {
			return snapshot.Banner
		}
	case atom.Footer:
		if !sectioned(n) {
			return snapshot.Footer
		}
	case atom.Dialog:
		return snapshot.Dialog
	case atom.Marquee:
		return snapshot.Banner
	}
	return ""
}

// vendor knows the boxes of the common programs that ask for consent.
func vendor(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key != "id" && a.Key != "class" {
			continue
		}
		for name := range strings.FieldsSeq(a.Val) {
			if len(name) < 5 {
				continue
			}
			name = strings.ToLower(name)
			for _, prefix := range [...]string{
				"onetrust", "optanon", "didomi", "cybotcookiebot", "cookiebot", "axeptio", "tarteaucitron", "cookie-law-info", "cky-", "cmplz-",
				"usercentrics", "iubenda-cs", "termly-", "osano-cm", "cc-window", "qc-cmp", "sp_message_container", "truste", "hs-eu-cookie",
				"moove_gdpr", "borlabs", "klaro", "orejime", "fc-consent", "cookieconsent", "cookie-consent", "cookie-banner", "cookiebanner",
				"cookie-notice", "cookienotice", "cookie-bar", "cookie-popup", "cookie-modal", "gdpr-", "evidon", "transcend-", "cmpbox", "cookiefirst",
			} {
				if strings.HasPrefix(name, prefix) {
					return true
				}
			}
		}
	}
	return false
}

// named is the role that the id or the classes of an element call it by.
func named(n *html.Node) snapshot.Role {
	for _, a := range n.Attr {
		if a.Key != "id" && a.Key != "class" {
			continue
		}
		for name := range strings.FieldsSeq(a.Val) {
			if role := nameRole(name); role != "" {
				return role
			}
		}
	}
	return ""
}

// nameRole reads one class name: its words, which hyphens or capitals part. A
// name that puts the word to something else says nothing of the element:
// has-sidebar, entry-header.
func nameRole(name string) snapshot.Role {
	if len(name) > 60 || strings.ContainsAny(name, ":[") {
		return ""
	}
	var role snapshot.Role
	for start := 0; start < len(name); {
		end := start + 1
		for end < len(name) && !partsWords(name[end-1], name[end]) {
			end++
		}
		word := strings.ToLower(strings.Trim(name[start:end], "-_"))
		start = end
		switch word {
		case "has", "with", "without", "no", "not", "is", "entry", "page", "post", "article", "card", "table", "panel", "accordion", "section", "content", "title", "main", "document", "doc", "tab", "item", "wrapper", "body":
			if word == "main" || word == "page" || word == "section" || word == "item" || word == "wrapper" || word == "content" || word == "is" {
				continue
			}
			return ""
		}
		if r := wordRole(word); r != "" && role == "" {
			role = r
		}
	}
	return role
}

func partsWords(a, b byte) bool {
	return b == '-' || b == '_' || 'a' <= a && a <= 'z' && 'A' <= b && b <= 'Z'
}

func wordRole(w string) snapshot.Role {
	switch w {
	case "nav", "navbar", "navigation", "menu", "menus", "submenu", "megamenu", "breadcrumb", "breadcrumbs", "sidenav", "topnav", "navi", "pagination", "hamburger", "skiplink":
		return snapshot.Navigation
	case "footer", "subfooter", "colophon", "copyright":
		return snapshot.Footer
	case "header", "masthead", "topbar", "announcement", "promo", "hellobar", "ticker", "carousel", "slider", "swiper", "slick", "marquee":
		return snapshot.Banner
	case "sidebar", "aside":
		return snapshot.Sidebar
	case "cookie", "cookies", "consent", "gdpr", "ccpa", "lgpd":
		return snapshot.Consent
	case "share", "sharing", "social", "socials", "addtoany", "sharethis", "addthis", "sharedaddy", "medsos", "bagikan":
		return snapshot.Share
	case "related", "recommended", "recommendations", "similar", "terkait", "popular", "populer", "trending", "latest", "terbaru", "recent", "news", "berita":
		return snapshot.Related
	case "search", "searchbox", "searchbar", "searchform", "pencarian":
		return snapshot.Search
	case "modal", "popup", "lightbox", "toast", "snackbar", "overlay":
		return snapshot.Dialog
	case "newsletter", "subscribe", "signup", "login", "comments", "disqus":
		return snapshot.Prompt
	case "visitor", "visitors", "pengunjung", "counter", "hits":
		return snapshot.Counter
	}
	return ""
}

// titleRole is the role of the box below a heading, which is in lower case.
func titleRole(text string) snapshot.Role {
	text = strings.Trim(text, " :.…?!")
	switch text {
	case "table of contents", "contents", "on this page", "in this article", "in this section", "daftar isi", "di halaman ini", "sommaire",
		"table des matières", "sur cette page", "inhalt", "inhaltsverzeichnis":
		return snapshot.Contents
	case "berita terbaru", "berita terkini", "berita lainnya", "berita terkait", "berita populer", "artikel terkait", "artikel terbaru", "artikel lainnya",
		"artikel populer", "baca juga", "lihat juga", "terpopuler", "terkini", "paling banyak dibaca", "peraturan terbaru", "peraturan terpopuler",
		"dokumen terbaru", "dokumen populer", "pengumuman terbaru", "pengumuman lainnya", "siaran pers terbaru", "siaran pers lainnya", "kabar terbaru", "info terkini",
		"informasi terkini", "agenda terdekat", "tautan terkait", "link terkait", "galeri terbaru", "video terbaru", "postingan terbaru",
		"latest news", "recent news", "related news", "more news", "news", "recent posts", "latest posts", "related posts", "related articles", "more articles",
		"related content", "related pages", "related links", "related topics", "popular articles", "popular posts", "most read", "most viewed",
		"berita", "trending", "you may also like", "you might also like", "recommended", "recommended for you", "read more", "read next", "further reading", "latest updates",
		"recent articles", "upcoming events", "quick links",
		"articles connexes", "articles liés", "articles similaires", "articles récents", "à lire aussi", "à lire également", "verwandte artikel", "ähnliche artikel", "artículos relacionados":
		return snapshot.Related
	case "was this helpful", "was this page helpful", "was this article helpful", "did you find this helpful", "rate this page", "is this page useful", "was this information helpful",
		"ces informations vous ont-elles été utiles", "cet article vous a-t-il été utile", "cette page vous a-t-elle été utile", "cet article vous a-t-il aidé",
		"apakah halaman ini membantu", "apakah informasi ini membantu", "apakah artikel ini membantu", "beri nilai halaman ini", "berikan penilaian":
		return snapshot.Feedback
	case "share", "share this", "share this page", "share this article", "share on", "bagikan", "bagikan artikel", "bagikan halaman ini", "partager", "teilen", "follow us", "ikuti kami", "suivez-nous":
		return snapshot.Share
	case "statistik pengunjung", "pengunjung", "jumlah pengunjung", "visitor counter", "visitors", "statistik kunjungan", "visitor statistics", "statistik website":
		return snapshot.Counter
	}
	for _, start := range [...]string{"was this ", "did you find this", "thank you for your feedback", "terima kasih atas masukan", "apakah halaman ini", "apakah artikel ini", "apakah informasi ini"} {
		if strings.HasPrefix(text, start) {
			return snapshot.Feedback
		}
	}
	return ""
}

// agrees tells whether a button's words, in lower case, are an answer to a
// request for consent.
func agrees(text string) bool {
	text = strings.Trim(text, " .!✓")
	for _, start := range [...]string{"accept", "reject all", "decline", "allow all", "allow cookies", "allow selection", "agree", "i agree", "got it", "manage cookies", "cookie settings",
		"tout accepter", "tout refuser", "accepter", "refuser", "autoriser", "paramétrer", "personnaliser", "terima semua", "tolak semua", "setuju", "saya setuju", "saya mengerti", "terima",
		"alle akzeptieren", "akzeptieren", "ablehnen", "aceptar", "rechazar", "accetta", "rifiuta", "aceitar"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return text == "ok"
}
