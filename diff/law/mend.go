package law

import "regexp"

var (
	openBracket = regexp.MustCompile(`(^|\s)[(lI|{\[](\d{1,2}[a-z]?)[)1lItT|}\]!\\](\s|[,.;]|$)`)
	ayatBracket = regexp.MustCompile(`([Aa]ya[tl])\s+[(lI|{\[](\d{1,2}[a-z]?|[lI])[)1lItT|}\]!\\]`)
	mixedNumber = regexp.MustCompile(`\b\d[\dOoIl]*[OoIl][\dOoIl]*\b`)
)

// mend reads what a scanner does to numbers in running text: "ayat (21" for
// "ayat (2)", "2OO8" for 2008. The result has the length of the text, so that
// places stay; the text itself is kept as it was written.
func mend(s string) string {
	b := []byte(s)
	for _, re := range []*regexp.Regexp{ayatBracket, openBracket} {
		for _, m := range re.FindAllSubmatchIndex(b, -1) {
			number := m[4:6]
			b[number[0]-1], b[number[1]] = '(', ')'
			for i := number[0]; i < number[1]; i++ {
				if b[i] == 'l' || b[i] == 'I' {
					b[i] = '1'
				}
			}
		}
	}
	for _, m := range mixedNumber.FindAllIndex(b, -1) {
		for i := m[0]; i < m[1]; i++ {
			switch b[i] {
			case 'O', 'o':
				b[i] = '0'
			case 'I', 'l':
				b[i] = '1'
			}
		}
	}
	return string(b)
}
