package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pantau/crawler/extract"
	"pantau/diff"
	"pantau/diff/registry"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
)

// Archived is one look of the past, as its row has it.
type Archived struct {
	Look     int64
	At       time.Time // when what it holds was seen
	Outcome  Outcome
	Reason   string
	Capture  int64  // 0: none
	Bodies   bool   // the answers themselves are kept
	Decision string // of a person on a held one: accepted, rejected
	Change   string // id of what was told then
}

// Archive is what a replay reads. It writes nothing.
type Archive interface {
	// Archived lists the looks at a source, oldest first.
	Archived(ctx context.Context, source string) ([]Archived, error)
	// CaptureByID reads a capture; bodies are read when they are asked for.
	CaptureByID(ctx context.Context, id int64) (*snapshot.Capture, error)
	// SourceOf is the source as it was configured when a capture was read.
	SourceOf(ctx context.Context, capture int64) (snapshot.Source, error)
	// Change reads what was told.
	Change(ctx context.Context, id string) (diff.Change, error)
}

// Verdict is what an edit would have made of a look.
type Verdict string

// The verdicts.
const (
	Kept       Verdict = "kept"       // the same was told
	Altered    Verdict = "altered"    // a change was told, with other passages or events
	Reweighed  Verdict = "reweighed"  // the same, with another severity or other topics
	Hidden     Verdict = "hidden"     // a change was told, and would not have been
	Appeared   Verdict = "added"      // nothing was told, and a change would have been
	Withheld   Verdict = "held"       // the look was good, and would have been held or failed
	Released   Verdict = "released"   // the look was held, and would not have been
	Unreadable Verdict = "unreadable" // it cannot be replayed
	nothing    Verdict = ""           // nothing was told, and nothing would have been
)

// Replayed is one look under an edited configuration.
type Replayed struct {
	Source  string       `json:"source"`
	Look    int64        `json:"look"`
	At      time.Time    `json:"at"`
	Verdict Verdict      `json:"verdict"`
	Why     string       `json:"why,omitempty"` // of held, released and unreadable
	Was     *diff.Change `json:"was,omitempty"` // as it was told
	Now     *diff.Change `json:"now,omitempty"` // as it would have been
	Lost    Told         `json:"lost,omitzero"` // what would not have been told of it any more
	Gained  Told         `json:"gained,omitzero"`

	Anyway      bool `json:"anyway,omitempty"`      // this version of Pantau reads the two so without the edit too
	Unconfirmed bool `json:"unconfirmed,omitempty"` // the page was not fetched a second time then
}

// Told is a part of a change.
type Told struct {
	Hunks  []diff.Hunk      `json:"hunks,omitempty"`
	Events []registry.Event `json:"events,omitempty"`
}

func (t Told) size() int { return len(t.Hunks) + len(t.Events) }

// IsZero tells whether there is nothing.
func (t Told) IsZero() bool { return t.size() == 0 }

// Replay reads the looks of the past under an edited configuration, in order
// and one at a time, and says what would have been told.
//
// It compares as a check does, with what the look before left. What a check can
// ask for again is not there: a page that was fetched once is taken as it came,
// and said to be unconfirmed.
type Replay struct {
	Archive Archive
	Topics  *topic.Dictionary // of the edited configuration
	Reader  extract.Reader
}

// replay is that of one source.
type replay struct {
	*Replay
	src   snapshot.Source
	since time.Time
	got   func(Replayed) error
	read  func(*snapshot.Capture, snapshot.Source) (*snapshot.Document, *snapshot.Fault, error)
	page  pageReplay
	rows  rowReplay
}

// Source replays the looks at a source, and gives those that were told or would
// have been, are held or would be, or cannot be replayed, from since on. src is
// the source as it is edited.
func (r *Replay) Source(ctx context.Context, src snapshot.Source, since time.Time, got func(Replayed) error) (looks int, err error) {
	list, err := r.Archive.Archived(ctx, src.ID)
	if err != nil {
		return 0, fmt.Errorf("looks at %s: %w", src.ID, err)
	}
	p := &replay{Replay: r, src: src, since: since, got: got}
	p.read = func(c *snapshot.Capture, s snapshot.Source) (*snapshot.Document, *snapshot.Fault, error) {
		return readPage(ctx, r.Reader, c, s)
	}
	for _, a := range list[beginning(list, since):] {
		if ctx.Err() != nil {
			return looks, ctx.Err()
		}
		one, err := p.look(ctx, a)
		if err != nil {
			return looks, fmt.Errorf("look %d at %s: %w", a.Look, src.ID, err)
		}
		if a.At.Before(since) {
			continue
		}
		looks++
		if one.Verdict != nothing {
			one.Source, one.Look, one.At = src.ID, a.Look, a.At
			if err := got(one); err != nil {
				return looks, err
			}
		}
	}
	return looks, nil
}

// lead is how many good looks before the first that is asked for are read: one
// to compare with, and one that may have missed what it missed too.
const lead = 2

// beginning is the first look that has to be read.
func beginning(list []Archived, since time.Time) int {
	first := slices.IndexFunc(list, func(a Archived) bool { return !a.At.Before(since) })
	if first < 0 {
		return len(list)
	}
	for n := lead; first > 0 && n > 0; {
		first--
		if list[first].Outcome.Good() && list[first].Bodies {
			n--
		}
	}
	return first
}

// look replays one look.
func (p *replay) look(ctx context.Context, a Archived) (Replayed, error) {
	switch {
	case a.Outcome.Good():
	case a.Capture == 0 || !a.Bodies || a.Decision != "": // nothing came, or a person has decided
		return Replayed{}, nil
	}
	var was *diff.Change
	if a.Change != "" {
		ch, err := p.Archive.Change(ctx, a.Change)
		if err != nil {
			return Replayed{}, err
		}
		was = &ch
	}
	c, own, why, err := p.evidence(ctx, a)
	if err != nil {
		return Replayed{}, err
	}
	if why != "" {
		if was == nil && !a.Outcome.Good() {
			return Replayed{}, nil
		}
		return Replayed{Verdict: Unreadable, Why: why, Was: was}, nil
	}
	if c.NotModified {
		p.page.spots = nil
		return Replayed{}, nil
	}
	var s sight
	if p.src.Listing != nil {
		s, err = p.lookRows(c, a, was)
	} else {
		s, err = p.lookPage(c, a)
	}
	if err != nil {
		return Replayed{}, err
	}
	return p.verdict(a, own, was, s), nil
}

// evidence reads the capture of a look. why says that it cannot be replayed.
func (p *replay) evidence(ctx context.Context, a Archived) (c *snapshot.Capture, own snapshot.Source, why string, err error) {
	if a.Capture == 0 {
		return nil, own, "the look kept nothing", nil
	}
	if c, err = p.Archive.CaptureByID(ctx, a.Capture); err != nil {
		return nil, own, "", err
	}
	if own, err = p.Archive.SourceOf(ctx, a.Capture); err != nil {
		return nil, own, "", err
	}
	switch {
	case c.NotModified:
	case p.src.Type == snapshot.Index:
		why = "a list of documents is read only as far as something is new"
	case (own.Listing != nil) != (p.src.Listing != nil):
		why = fmt.Sprintf("the source was a %s then", own.Type)
	case p.src.Listing == nil && own.URL != p.src.URL:
		why = "it was read at another address then: " + own.URL
	case p.src.Listing != nil && own.Listing.URL != p.src.Listing.URL:
		why = "it was read at another address then: " + own.Listing.URL
	case !a.Bodies && !p.page.known(c):
		why = "its answers are not kept any more (`retention`)"
	}
	return c, own, why, nil
}

// sight is what a look would have come to.
type sight struct {
	fault       *snapshot.Fault
	now         *diff.Change // nil: nothing would have been told
	unconfirmed bool
	answer      int                         // the one that was taken, of a page
	anyway      func(*snapshot.Source) bool // it is read so by other rules too
}

// verdict holds what would have been told against what was.
func (p *replay) verdict(a Archived, own snapshot.Source, was *diff.Change, s sight) Replayed {
	one := Replayed{Was: was, Now: s.now, Unconfirmed: s.unconfirmed && s.now != nil}
	if s.fault != nil {
		if !a.Outcome.Good() {
			return Replayed{}
		}
		one.Verdict, one.Why = Withheld, s.fault.Error()
		return one
	}
	if was != nil && slices.Contains(was.Marks, diff.NotComparable) {
		was = nil // that nothing could be compared is no change
	}
	switch {
	case !a.Outcome.Good():
		one.Verdict, one.Why = Released, a.Reason
	case was == nil && s.now == nil:
		return Replayed{}
	case was == nil:
		one.Verdict = Appeared
		one.Gained = Told{s.now.Hunks, s.now.Events}
	case s.now == nil:
		one.Verdict = Hidden
		one.Lost = Told{was.Hunks, was.Events}
	default:
		one.Lost = Told{lacking(was.Hunks, s.now.Hunks, hunkKey), lacking(was.Events, s.now.Events, eventKey)}
		one.Gained = Told{lacking(s.now.Hunks, was.Hunks, hunkKey), lacking(s.now.Events, was.Events, eventKey)}
		one.Verdict = Kept
		switch {
		case one.Lost.size()+one.Gained.size() > 0:
			one.Verdict = Altered
		case was.Severity != s.now.Severity, was.Words != "" && !slices.Equal(was.Topics, s.now.Topics):
			one.Verdict = Reweighed
		}
	}
	if one.Verdict == Altered || one.Verdict == Hidden || one.Verdict == Appeared {
		one.Anyway = s.anyway != nil && s.anyway(&own)
	}
	return one
}

// lacking are the parts of one change that another does not have.
func lacking[T any](list, other []T, key func(T) string) []T {
	left := map[string]int{}
	for _, o := range other {
		left[key(o)]++
	}
	var out []T
	for _, one := range list {
		if left[key(one)]--; left[key(one)] < 0 {
			out = append(out, one)
		}
	}
	return out
}

// hunkKey is what two tellings of one passage have in common.
func hunkKey(h diff.Hunk) string { return string(h.Op) + "\x00" + h.Before + "\x00" + h.After }

// tell makes a change of what would have been told, tagged by the edited
// dictionary.
func (p *replay) tell(ch *diff.Change, from, to time.Time) *diff.Change {
	ch.Source, ch.From.At, ch.To.At = p.src.ID, from, to
	tag(ch, p.src, p.Topics)
	if ch.Summary == "" {
		ch.Summary = topic.Summary(*ch)
	}
	return ch
}

// faulty parts the fault of a capture from an error of ours.
func faulty(err error) (*snapshot.Fault, error) {
	var f *snapshot.Fault
	if errors.As(err, &f) {
		return f, nil
	}
	return nil, err
}
