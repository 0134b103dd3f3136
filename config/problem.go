package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong with a configuration file.
type Problem struct {
	File    string
	Line    int    // from 1; 0: the file as a whole
	Column  int    // from 1, in characters
	Text    string // the line, secrets blotted out
	Message string // what is wrong, and what was expected
}

// width is how much of a line is shown.
const width = 100

// String is the place and the message, and under them the line with a caret.
func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	head := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if strings.TrimSpace(p.Text) == "" {
		return head
	}
	line, at := []rune(p.Text), p.Column-1
	if over := at - width*3/4; len(line) > width && over > 0 {
		line, at = append([]rune("..."), line[min(over+3, len(line)):]...), at-over
	}
	if len(line) > width {
		line = append(line[:width], []rune("...")...)
	}
	number := fmt.Sprintf("%5d | ", p.Line)
	return fmt.Sprintf("%s\n%s%s\n%s%s^", head, number, string(line),
		strings.Repeat(" ", len(number)-2)+"| ", blanks(line, at))
}

// blanks is as wide as the first n characters of line; tabs stay tabs.
func blanks(line []rune, n int) string {
	var b strings.Builder
	for i := range max(n, 0) {
		if i < len(line) && line[i] == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// Problems is the error of a configuration that cannot be used: everything
// that is wrong with it, in the order of the file. It never holds a secret.
type Problems struct {
	List []Problem
}

func (p *Problems) Error() string {
	var b strings.Builder
	for _, one := range p.List {
		b.WriteString(one.String())
		b.WriteByte('\n')
	}
	if len(p.List) == 1 {
		b.WriteString("1 problem")
	} else {
		fmt.Fprintf(&b, "%d problems", len(p.List))
	}
	return b.String()
}

// reporter collects the problems of one file.
type reporter struct {
	file   string
	lines  []string // as they may be shown; blots keep the length
	hidden []string // values of secrets, which no message may hold
	list   []Problem
}

// report notes a problem at a line and column; places outside the file, which
// the YAML parser can give for its end, are brought inside.
func (r *reporter) report(line, column int, format string, args ...any) {
	p := Problem{File: r.file, Line: min(max(line, 1), max(len(r.lines), 1)), Message: fmt.Sprintf(format, args...)}
	p.Column = min(max(column, 1), utf8.RuneCountInString(r.line(p.Line))+1)
	for _, secret := range r.hidden {
		p.Message = strings.ReplaceAll(p.Message, secret, "***")
	}
	if !slices.Contains(r.list, p) {
		r.list = append(r.list, p)
	}
}

func (r *reporter) line(n int) string {
	if n > len(r.lines) {
		return ""
	}
	return r.lines[n-1]
}

// err is nil if nothing was reported.
func (r *reporter) err() error {
	if len(r.list) == 0 {
		return nil
	}
	own := func(p Problem) int {
		if p.File == r.file {
			return 0
		}
		return 1
	}
	for i := range r.list {
		if own(r.list[i]) == 0 {
			r.list[i].Text = r.line(r.list[i].Line)
		}
	}
	slices.SortStableFunc(r.list, func(a, b Problem) int {
		return cmp.Or(own(a)-own(b), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Problems{List: r.list}
}

// suggest ends the sentence about a name that nobody knows: the nearest known
// one if it is near, else all of them.
func suggest(name string, known []string) string {
	if k := nearest(name, known); k != "" {
		return fmt.Sprintf("did you mean `%s`?", k)
	}
	if len(known) == 0 {
		return "there is none"
	}
	return "known are " + strings.Join(known, ", ")
}

// nearest is the known name that a misspelt one may have been meant for, "" if
// none is near: at most one character in three may differ.
func nearest(name string, known []string) string {
	best, least := "", (utf8.RuneCountInString(name)+2)/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete, replace or swap with
// their neighbour that make a into b (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(s)][len(t)]
}
