package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// event is a difference of the register, as the replay server's truth and
// Pantau's changes both write it.
type event struct {
	Type   string               `json:"type"`
	Key    int                  `json:"key"`
	From   string               `json:"from_index"`
	To     string               `json:"to_index"`
	Fields map[string][2]string `json:"fields"`

	// Identity is "reassigned" where the number is now another company's. The
	// truth does not say so, and it is not compared.
	Identity string `json:"identity,omitempty"`
}

func (e event) String() string {
	b, _ := json.Marshal(e)
	return string(b)
}

// merged puts the events of one or many checks in a form that compares: one an
// operator. A change of status and an edit of the same operator told apart are
// one event, since the truth counts them so; anything else that comes twice is
// named in double.
func merged(events []event) (one map[int]event, double []string) {
	one = map[int]event{}
	for _, e := range events {
		e.Identity = ""
		old, again := one[e.Key]
		switch {
		case !again:
		case old.Type == "status" && e.Type == "edited":
			e.Type, e.From, e.To = old.Type, old.From, old.To
		case old.Type == "edited" && e.Type == "status":
		default:
			double = append(double, fmt.Sprintf("%v and %v", old, e))
			continue
		}
		fields := maps.Clone(old.Fields)
		if fields == nil {
			fields = map[string][2]string{}
		}
		for name, v := range e.Fields {
			if _, ok := fields[name]; ok {
				double = append(double, fmt.Sprintf("%s of %d is told twice", name, e.Key))
			}
			fields[name] = v
		}
		e.Fields = fields
		one[e.Key] = e
	}
	return one, double
}

// compare lists what the truth has and was not told, and what was told and is
// not true.
func compare(told, truth []event) []string {
	got, wrong := merged(told)
	want, _ := merged(truth)
	for _, k := range slices.Sorted(maps.Keys(want)) {
		g, ok := got[k]
		switch {
		case !ok:
			wrong = append(wrong, fmt.Sprintf("missed: %v", want[k]))
		case g.String() != want[k].String(): // JSON sorts the fields
			wrong = append(wrong, fmt.Sprintf("told %v\n  but it is %v", g, want[k]))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[k]; !ok {
			wrong = append(wrong, fmt.Sprintf("false: %v", got[k]))
		}
	}
	return wrong
}

// mustEqual fails unless the events are exactly the truth.
func mustEqual(t *testing.T, what string, told, truth []event) {
	t.Helper()
	if wrong := compare(told, truth); len(wrong) > 0 {
		t.Errorf("%s: %d of %d events are wrong:\n%s", what, len(wrong), len(truth), strings.Join(wrong[:min(12, len(wrong))], "\n"))
	}
}

// count is how many events of one type there are.
func count(events []event, kind string) int {
	n := 0
	for _, e := range events {
		if e.Type == kind {
			n++
		}
	}
	return n
}

// loses tells whether an operator only left an index: that is told, as a
// removal is, at the second look that lacks it.
func (e event) loses() bool {
	if e.Type == "removed" {
		return true
	}
	before := strings.Split(e.From, "+")
	return e.Type == "status" && !slices.ContainsFunc(strings.Split(e.To, "+"), func(i string) bool {
		return !slices.Contains(before, i)
	})
}

func TestCompareFindsEveryDifference(t *testing.T) {
	truth := []event{
		{Type: "added", Key: 1, To: "LOKAL_TERDAFTAR", Fields: map[string][2]string{"nama": {"", "Toko"}}},
		{Type: "status", Key: 2, From: "LOKAL_TERDAFTAR", To: "LOKAL_DICABUT", Fields: map[string][2]string{"website": {"a.id", "b.id"}}},
		{Type: "removed", Key: 3, From: "ASING_TERDAFTAR", Fields: map[string][2]string{"nama": {"Shop", ""}}},
		{Type: "edited", Key: 4, From: "LOKAL_TERDAFTAR", To: "LOKAL_TERDAFTAR", Fields: map[string][2]string{"sektor": {"A", "B"}}},
	}
	edit := event{Type: "edited", Key: 2, From: "LOKAL_DICABUT", To: "LOKAL_DICABUT", Fields: truth[1].Fields}
	bare := event{Type: "status", Key: 2, From: truth[1].From, To: truth[1].To}
	with := func(change func(*event), n int) []event {
		c := slices.Clone(truth)
		change(&c[n])
		return c
	}
	for name, tt := range map[string]struct {
		told  []event
		wrong int
	}{
		"exact":                   {truth, 0},
		"another order":           {[]event{truth[3], truth[0], truth[2], truth[1]}, 0},
		"an edit told apart":      {[]event{truth[0], bare, edit, truth[2], truth[3]}, 0},
		"an edit told before":     {[]event{edit, truth[0], truth[2], truth[3], bare}, 0},
		"nothing":                 {nil, 4},
		"one missed":              {truth[1:], 1},
		"one twice":               {append(slices.Clone(truth), truth[2]), 1},
		"one more":                {append(slices.Clone(truth), event{Type: "added", Key: 9}), 1},
		"the edit of it lost":     {with(func(e *event) { e.Fields = nil }, 1), 1},
		"another type":            {with(func(e *event) { e.Type = "edited" }, 1), 1},
		"another index":           {with(func(e *event) { e.To = "LOKAL_TERDAFTAR" }, 1), 1},
		"another value":           {with(func(e *event) { e.Fields = map[string][2]string{"sektor": {"A", "C"}} }, 3), 1},
		"an edit beside an added": {append(slices.Clone(truth), event{Type: "edited", Key: 1}), 1},
		"the edit told twice":     {append(slices.Clone(truth), edit), 1},
	} {
		if wrong := compare(tt.told, truth); len(wrong) != tt.wrong {
			t.Errorf("%s: %d differences, want %d: %q", name, len(wrong), tt.wrong, wrong)
		}
	}
}

func TestLoses(t *testing.T) {
	for _, tt := range []struct {
		kind, from, to string
		want           bool
	}{
		{"removed", "A", "", true},
		{"status", "A+B", "A", true},
		{"status", "A+B", "B", true},
		{"status", "A", "B", false},
		{"status", "A", "A+B", false},
		{"status", "A+B", "B+C", false},
		{"added", "", "A", false},
		{"edited", "A", "A", false},
	} {
		if got := (event{Type: tt.kind, From: tt.from, To: tt.to}).loses(); got != tt.want {
			t.Errorf("%s %q -> %q: loses %v, want %v", tt.kind, tt.from, tt.to, got, tt.want)
		}
	}
}
