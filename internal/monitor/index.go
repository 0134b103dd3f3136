package monitor

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"pantau/crawler/extract"
	"pantau/diff/registry"
	"pantau/diff/thread"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// The reasons of good looks at an index that say more than their outcome.
const (
	reasonPartly = "incomplete" // what is new was seen, though not every page could be
	reasonJoined = "joined"     // what is new here was new on another site before
)

// walk is the crawl of a listing. A look at an index ends where everything is
// known, unless it is time to read all of it, or something waits to be confirmed
// missing.
func (m *Monitor) walk(ctx context.Context, c *Check, before State) (*extract.Walk, error) {
	w := extract.NewWalk(c.Source.Listing)
	if c.Source.Type != snapshot.Index || before.Seq == 0 || before.Pending > 0 || before.Rules != rules(c.Source) ||
		before.Full.IsZero() || time.Since(before.Full) >= c.Source.Children.Full {
		return w, nil
	}
	rows, err := m.Store.Rows(ctx, c.Source.ID)
	if err != nil {
		return nil, fmt.Errorf("rows of the index: %w", err)
	}
	known := make(map[string]bool, len(rows))
	for _, r := range rows {
		known[string(r.Key)] = true
	}
	w.Until(func(key string) bool { return known[key] }, before.Total)
	return w, nil
}

// some makes an incomplete look at an index one that tells what is new on the
// pages that could be read: seeing something needs no completeness. Where
// nothing is, the look has failed.
func (m *Monitor) some(ctx context.Context, c *Check, before State, doc *snapshot.Document, f *snapshot.Fault) (bool, error) {
	if c.Source.Type != snapshot.Index || before.Seq == 0 || len(doc.Records) == 0 || before.Rules != rules(c.Source) {
		return false, nil
	}
	rows, err := m.Store.Rows(ctx, c.Source.ID)
	if err != nil {
		return false, fmt.Errorf("rows of the index: %w", err)
	}
	known := make(map[string]bool, len(rows))
	for _, r := range rows {
		known[string(r.Key)] = true
	}
	if !slices.ContainsFunc(doc.Records, func(r snapshot.Record) bool { return r.Key != "" && !known[r.Key] }) {
		return false, nil
	}
	doc.Partial = true
	if err := m.compareRegister(ctx, c, before, doc, false); err != nil || !c.Outcome.Good() {
		return true, err
	}
	c.State.Full = time.Time{} // what is known from now on must not end the next look before the pages that failed
	if c.Reason == "" {
		c.Reason, c.Detail = reasonPartly, "what is new was seen, but not every page could be read: "+f.Error()
	}
	return true, nil
}

// naming tells who follows a name that it stands in a document which has only
// just appeared: the first look at it raises no change.
func (m *Monitor) naming(ctx context.Context, c *Check, doc *snapshot.Document) error {
	if !c.Source.Fresh {
		return nil
	}
	in, _, err := m.Store.Interests(ctx)
	if err != nil {
		return err
	}
	for _, sub := range in.Subscriptions {
		if msg, ok := notify.ComposeNaming(doc, in, sub, c.Source, m.wording(c)); ok {
			c.send(sub.ID, sub.Channels, msg)
		}
	}
	return nil
}

// whole notes how many documents an index announced, and that every page of it was
// read.
func (c *Check) whole(doc *snapshot.Document) {
	if c.Source.Type == snapshot.Index && len(doc.Parts) == 1 {
		c.State.Total = doc.Parts[0].Total
	}
	if c.Source.Type == snapshot.Index && !doc.Partial {
		c.State.Full = c.seen()
	}
}

// news gives what of the events of a look is to be told, and what a look at an
// index tells besides.
func (m *Monitor) news(ctx context.Context, c *Check, doc *snapshot.Document, rows []registry.Row, delta *registry.Delta, events []registry.Event) ([]registry.Event, error) {
	events, err := m.documents(ctx, c, doc, rows, delta, events)
	if err != nil {
		return nil, err
	}
	more, err := m.differing(ctx, c)
	return append(events, more...), err
}

// documents makes of the rows of an index what they are: documents that are
// watched from now on, and regulations that another site may have listed before.
// rows are those that were known before. It gives the events that are news.
func (m *Monitor) documents(ctx context.Context, c *Check, doc *snapshot.Document, rows []registry.Row, delta *registry.Delta, events []registry.Event) ([]registry.Event, error) {
	if c.Source.Type != snapshot.Index {
		return events, nil
	}
	papers := shelve(c.Source, doc, rows)
	members, err := m.join(ctx, c, delta, papers, c.Seq > 0)
	if err != nil {
		return nil, err
	}
	var news []registry.Event
	joined := 0
	for _, e := range events {
		p := papers.paper(string(e.Key)) // of one that has gone what was known
		e.Document, e.Thread = &p.Entry, p.thread
		if e.Type == registry.Added && p.thread != "" && elsewhere(members[p.thread], c.Source.ID, string(e.Key)) {
			joined++
			continue
		}
		news = append(news, e)
	}
	if joined > 0 {
		c.Reason, c.Detail = reasonJoined, fmt.Sprintf("listed here now, and known from another site before: %d", joined)
	}
	return news, m.enrol(ctx, c, papers, events)
}

// paper is a document with the thread that it belongs to.
type paper struct {
	snapshot.Entry
	thread string
}

// shelf is what is known of the documents of an index, in the order of the list;
// each is read when somebody asks for it.
type shelf struct {
	source snapshot.Source
	order  []string
	fields map[string]snapshot.Fields
}

func shelve(src snapshot.Source, doc *snapshot.Document, rows []registry.Row) *shelf {
	s := &shelf{source: src, fields: make(map[string]snapshot.Fields, len(rows))}
	add := func(key string, fields snapshot.Fields) {
		if _, twice := s.fields[key]; !twice {
			s.fields[key] = fields
			s.order = append(s.order, key)
		}
	}
	for i := range doc.Records {
		add(doc.Records[i].Key, doc.Records[i].Fields)
	}
	for _, r := range rows {
		add(string(r.Key), r.Fields)
	}
	return s
}

func (s *shelf) paper(key string) paper { return paperOf(s.source, s.fields[key]) }

// paperOf reads a row of an index. Its links are made whole by the address of the
// list.
func paperOf(src snapshot.Source, fields snapshot.Fields) paper {
	var p paper
	p.Entry, p.thread = thread.Read(fields, src.Children.Issuer)
	p.Link, p.File = absolute(src.Address(), p.Link), absolute(src.Address(), p.File)
	return p
}

func absolute(base, link string) string {
	if link == "" {
		return ""
	}
	b, err := url.Parse(base)
	if err != nil {
		return link
	}
	u, err := b.Parse(link)
	if err != nil {
		return link
	}
	return u.String()
}

// join puts the documents that are new in this index into their threads, and
// gives those threads as they were before.
func (m *Monitor) join(ctx context.Context, c *Check, delta *registry.Delta, papers *shelf, fresh bool) (map[string][]Member, error) {
	var threads []string
	for _, b := range delta.Open {
		p := papers.paper(string(b.Key))
		if p.thread == "" || slices.ContainsFunc(c.Joined, func(m Member) bool { return m.Key == string(b.Key) }) {
			continue
		}
		threads = append(threads, p.thread)
		c.Joined = append(c.Joined, Member{Thread: p.thread, Index: c.Source.ID, Key: string(b.Key), Title: p.Title, Fresh: fresh, Seen: c.seen()})
	}
	if threads == nil {
		return nil, nil
	}
	members, err := m.Store.Members(ctx, threads)
	if err != nil {
		return nil, fmt.Errorf("threads: %w", err)
	}
	for i := range c.Joined {
		c.Joined[i].Known = len(members[c.Joined[i].Thread])
	}
	return members, nil
}

// elsewhere tells whether a thread has another document than this one.
func elsewhere(members []Member, index, key string) bool {
	return slices.ContainsFunc(members, func(m Member) bool { return m.Index != index || m.Key != key })
}

// enrol takes up documents that are not watched yet: what is new first, then in
// the order of the list, and no more at a look than the source says. What is new
// and has to wait is still new when its turn comes.
func (m *Monitor) enrol(ctx context.Context, c *Check, papers *shelf, events []registry.Event) error {
	if c.Source.Children.Most == 0 {
		return nil
	}
	enrolled, err := m.Store.Enrolled(ctx, c.Source.ID)
	if err != nil {
		return fmt.Errorf("documents of the index: %w", err)
	}
	take := func(key string, fresh bool) (later bool) {
		if key == "" || enrolled[key] {
			return false
		}
		if len(c.Enrolled) >= c.Source.Children.Most {
			return true
		}
		p := papers.paper(key)
		address := cmp.Or(p.Link, p.File)
		if address == "" {
			return false
		}
		enrolled[key] = true
		child := c.Source.Child(key, address, p.Title)
		child.Fresh = fresh
		c.Enrolled = append(c.Enrolled, Enrolment{Source: child, Key: key, Fresh: fresh})
		return false
	}
	fresh := slices.Clone(c.State.Waiting) // the state before is not ours to change
	for _, e := range events {
		if e.Type == registry.Added {
			fresh = append(fresh, string(e.Key))
		}
	}
	c.State.Waiting = nil
	for _, key := range fresh {
		if take(key, true) {
			c.State.Waiting = append(c.State.Waiting, key)
		}
	}
	for _, key := range papers.order {
		take(key, false)
	}
	return nil
}
