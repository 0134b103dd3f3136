package diff

// SpanOp says on which side a span of text stands.
type SpanOp string

// The sides of a span.
const (
	SpanEqual   SpanOp = "equal"
	SpanRemoved SpanOp = "removed"
	SpanAdded   SpanOp = "added"
)

// Span is a run of text in a word by word comparison.
type Span struct {
	Op   SpanOp `json:"op"`
	Text string `json:"text"`
}

// Words compares two wordings of one passage, for rendering. The equal and
// removed spans together are exactly before, the equal and added ones exactly
// after; amounts and dates are never cut; a removed span stands before the
// added one that replaces it.
func Words(before, after string) []Span {
	var spans []Span
	add := func(op SpanOp, text string) {
		if text != "" {
			spans = append(spans, Span{op, text})
		}
	}
	at := 0
	for _, e := range edits(before, after) {
		add(SpanEqual, before[at:e.before[0]])
		add(SpanRemoved, before[e.before[0]:e.before[1]])
		add(SpanAdded, after[e.after[0]:e.after[1]])
		at = e.before[1]
	}
	add(SpanEqual, before[at:])
	return spans
}

// edit replaces a range of bytes of one text by a range of another.
type edit struct{ before, after [2]int }

// edits are the differences of two texts in order. Two with only a blank
// between are one, so that a rewritten sentence is not a chain of words.
func edits(before, after string) []edit {
	x, y := tokenize(before), tokenize(after)
	start := func(tokens []token, n int, text string) int {
		if n < len(tokens) {
			return tokens[n].from
		}
		return len(text)
	}
	var list []edit
	i, j := 0, 0
	for _, p := range append(align(texts(before, x), texts(after, y)), [2]int{len(x), len(y)}) {
		if p[0] > i || p[1] > j {
			e := edit{
				before: [2]int{start(x, i, before), start(x, p[0], before)},
				after:  [2]int{start(y, j, after), start(y, p[1], after)},
			}
			if n := len(list) - 1; n >= 0 && i > 0 && x[i-1].kind == blankToken && list[n].before[1] == x[i-1].from {
				list[n].before[1], list[n].after[1] = e.before[1], e.after[1]
			} else {
				list = append(list, e)
			}
		}
		i, j = p[0]+1, p[1]+1
	}
	return list
}

func texts(text string, tokens []token) []string {
	list := make([]string, len(tokens))
	for i, t := range tokens {
		list[i] = t.in(text)
	}
	return list
}
