package diff

import (
	"path"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

// crossed tells which lines are on the other side too, but as content here and
// beside the content there, or the other way round. A page that is read in
// another way has not changed.
func crossed(lines []line, content, asides map[string]int) func(line) bool {
	left := make(map[string]int, len(asides))
	for key, n := range asides {
		left[key] = n
	}
	own := tally(lines)
	return func(l line) bool {
		if left[l.key] == 0 || own[l.key] <= content[l.key] {
			return false
		}
		left[l.key]--
		own[l.key]--
		return true
	}
}

func tally(lines []line) map[string]int {
	m := make(map[string]int, len(lines))
	for i := range lines {
		m[lines[i].key]++
	}
	return m
}

// asideLines are the asides of a document, ready to be compared.
func asideLines(d *snapshot.Document, masks []Mask) []line {
	shown := make([]snapshot.Block, len(d.Asides))
	for i := range d.Asides {
		shown[i] = d.Asides[i].Block
	}
	masked := slices.Clone(shown)
	mask(masked, masks)
	lines := linesOf(&snapshot.Document{Blocks: shown}, &snapshot.Document{Blocks: masked})
	for i := range lines {
		lines[i].role = d.Asides[i].Role
		lines[i].path = "beside the content: " + string(d.Asides[i].Role)
	}
	return lines
}

// lacking are the lines of x that y has neither as content nor beside it, in
// any order.
func lacking(x []line, y ...map[string]int) []line {
	var list []line
	used := map[string]int{}
	for _, l := range x {
		have := 0
		for _, m := range y {
			have += m[l.key]
		}
		if used[l.key]++; used[l.key] > have {
			list = append(list, l)
		}
	}
	return list
}

// substance tells whether a passage beside the content is one that nobody may
// miss: a document to download, or a date, an amount or a number beside a word
// of law. Menus, consent and the news of the site change every day and are
// never that.
func substance(role snapshot.Role, b *snapshot.Block) bool {
	switch role {
	case snapshot.Banner, snapshot.Sidebar, snapshot.Dialog, snapshot.Outside:
	default:
		return false
	}
	linked := 0
	for _, k := range b.Links {
		if IsDocument(k.Target) {
			return true
		}
		linked += len(k.Text)
	}
	text := b.Line()
	return 2*linked < len(text) && figures(text) && lawful(text)
}

// IsDocument tells whether a target is a document of its own, or hands one out.
func IsDocument(target string) bool {
	file, _, _ := strings.Cut(target, "?")
	switch strings.ToLower(path.Ext(file)) {
	case ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".rtf", ".odt", ".zip":
		return true
	}
	for _, word := range [...]string{"download", "unduh", "lampiran", "attachment"} {
		if _, which, ok := strings.Cut(strings.ToLower(target), word); ok && strings.ContainsAny(which, "0123456789=") {
			return true
		}
	}
	return false
}

func figures(text string) bool {
	for _, t := range tokenize(text) {
		if t.kind == numberToken || t.kind == dateToken {
			return true
		}
	}
	return false
}

// lawful tells whether a word of law, duty or status stands in a text.
func lawful(text string) bool {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !('a' <= r && r <= 'z') }) {
		switch w {
		case "wajib", "dilarang", "sanksi", "denda", "dicabut", "tenggat", "lambat", "berlaku", "deadline", "penalty", "shall",
			"pasal", "peraturan", "keputusan", "edaran", "ketentuan", "kewajiban", "izin", "pencabutan", "mencabut", "pendaftaran", "diwajibkan", "sementara", "diblokir",
			"ditetapkan", "diundangkan", "berakhir", "ditutup", "article", "regulation", "decree", "circular", "effective", "license", "licence", "registration", "revoked",
			"suspended", "repealed", "sanction", "sanctions", "obligation", "closes":
			return true
		}
	}
	return false
}
