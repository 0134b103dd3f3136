package acceptance

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// proposal is a line of `pantau follow --json` while nothing is picked.
type proposal struct {
	Key int `json:"key"`
}

// followed is a line of `pantau follows --json`, and of `pantau follow --json`
// when something was picked: with its present state.
type followed struct {
	Operator string   `json:"operator"`
	As       string   `json:"as"`
	Indexes  []string `json:"indexes"`
	State    string   `json:"state"` // in words
}

func (f followed) in(key int, index, as string) bool {
	return f.Operator == strconv.Itoa(key) && slices.Equal(f.Indexes, []string{index}) && f.As == as && f.State != ""
}

func (p *pantau) follows(t *testing.T) []followed {
	t.Helper()
	return lines[followed](t, p.must(t, "follows", "--json"))
}

// TestFollow proposes registrations for a name and a domain, stores only what a
// person picks, and answers with the present state.
func TestFollow(t *testing.T) {
	t.Parallel()
	r := newReplay(t)
	p := install(t, r, setup{})
	p.baseline(t)
	var some operator
	for _, o := range r.page(t, biggest, 1) {
		if o.Website != "" && !strings.ContainsAny(o.Website, ",;/ ") {
			some = o
			break
		}
	}
	if some.Key == 0 {
		t.Fatal("no operator with one plain website on the first page")
	}
	key := strconv.Itoa(some.Key)
	for _, query := range []string{some.System, some.Company, some.Website} {
		proposed := false
		for _, x := range lines[proposal](t, p.must(t, "follow", query, "--json")) {
			proposed = proposed || x.Key == some.Key
		}
		if !proposed {
			t.Errorf("follow %q does not propose %s", query, key)
		}
	}
	if got := p.follows(t); len(got) != 0 {
		t.Errorf("a proposal alone is followed: %v", got)
	}
	picked := lines[followed](t, p.must(t, "follow", some.System, "--as", "own", "--pick", key, "--json"))
	if len(picked) != 1 || !picked[0].in(some.Key, biggest, "own") {
		t.Errorf("following %s answers %+v, want its present state %s", key, picked, biggest)
	}

	bad := r.page(t, suspendedIndex, 1)[0]
	byNumber := lines[followed](t, p.must(t, "follow", strconv.Itoa(bad.Key), "--as", "vendor", "--json"))
	if len(byNumber) != 1 || !byNumber[0].in(bad.Key, suspendedIndex, "vendor") {
		t.Errorf("following the suspended %d answers %+v", bad.Key, byNumber)
	}
	got := p.follows(t)
	slices.SortFunc(got, func(a, b followed) int { return strings.Compare(a.As, b.As) })
	if len(got) != 2 || !got[0].in(some.Key, biggest, "own") || !got[1].in(bad.Key, suspendedIndex, "vendor") {
		t.Errorf("follows: %+v", got)
	}
	if x := p.run(t, "follow", "999999999", "--as", "own", "--json"); x.code == 0 || !strings.Contains(x.stderr, "999999999") {
		t.Errorf("a number that nobody has: %v", x)
	}
	if x := p.run(t, "follow", key, "--as", "friend"); x.code != 2 {
		t.Errorf("an unknown relation: %v", x)
	}
}

// TestFollowedFirst sends the suspension of our own operator as urgent to who
// asked for our own, with the times of both looks, and the same to a reader of
// everything as a part of the whole.
func TestFollowedFirst(t *testing.T) {
	t.Parallel()
	const before = 63 // its next state suspends many
	r := newReplay(t)
	ours := suspensions(t, r, before)[0]
	p := install(t, r, setup{subscribers: []string{
		`{id: legal, channels: ["slack:#regulatory"], match: {relation: [own], severity: urgent}}`, toMail,
	}})
	r.show(t, before)
	p.baseline(t)
	p.must(t, "follow", strconv.Itoa(ours), "--as", "own")
	r.move(t, before+1)
	l := p.check(t)
	if l.Change == nil {
		t.Fatalf("the step is %s", l.Outcome)
	}
	all := r.arrivals(t)
	own := attempts(t, all, slackSink, l.Change.ID)
	if len(own) != 1 {
		t.Fatalf("our own suspension came %d times", len(own))
	}
	for _, want := range []string{strconv.Itoa(ours), "urgent", "suspended", "no look between", "WIB"} {
		if !strings.Contains(strings.ToLower(own[0].Text), strings.ToLower(want)) {
			t.Errorf("the message lacks %q:\n%s", want, own[0].Text)
		}
	}
	if strings.Contains(own[0].Text, "ministry suspended") {
		t.Errorf("the message says who suspended, which was not seen:\n%s", own[0].Text)
	}
	whole := attempts(t, all, mailSink, l.Change.ID)
	if len(whole) != 1 {
		t.Fatalf("the whole change came %d times", len(whole))
	}
	if at := strings.Index(whole[0].Text, strconv.Itoa(ours)); at < 0 || !strings.Contains(whole[0].Text, "pantau show "+l.Change.ID) {
		t.Errorf("the whole change does not name ours, or not where the rest stands:\n%s", whole[0].Text)
	}
}
