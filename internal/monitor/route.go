package monitor

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"pantau/diff"
	"pantau/diff/topic"
	"pantau/internal/snapshot"
	"pantau/notify"
)

// Administrators is the subscriber that health messages are for.
const administrators = "administrators"

// route completes the check's change and makes its alerts and messages. from is
// the last look at which what is compared was seen as it was before.
func (m *Monitor) route(ctx context.Context, c *Check, before State, from time.Time) error {
	ch := c.Change
	ch.Source = c.Source.ID
	ch.From = diff.Look{Snapshot: before.Seq, At: from}
	ch.To = diff.Look{Snapshot: c.State.Seq, At: c.seen().Truncate(time.Microsecond)}
	ch.To.Manual = c.Manual
	if from.Equal(before.LastGood) {
		ch.From.Manual = before.Manual
	}
	if ch.From.Manual != nil || ch.To.Manual != nil {
		ch.Evidence = snapshot.EvidenceManual
	}
	ch.ID = "c" + snapshot.Digest(fmt.Appendf(nil, "%s %d %s %d", ch.Source, c.State.Seq, c.State.Digest, c.Run.ID))[:12]
	tag(ch, c.Source, m.Topics)
	ch.Summary = cmp.Or(ch.Summary, topic.Summary(*ch))
	in, version, err := m.Store.Interests(ctx)
	if err != nil {
		return err
	}
	c.Interests = version
	c.Alerts = notify.Route(*ch, c.Source, in)
	subs := map[string]notify.Subscription{}
	for _, s := range in.Subscriptions {
		subs[s.ID] = s
	}
	follows := in.Followed(c.Source.ID)
	for _, a := range c.Alerts {
		sub := subs[a.Subscription]
		msg := notify.Compose(a, *ch, sub, c.Source, m.wording(c))
		if c.Delta != nil && c.Outcome == Baseline { // of a register that nothing before can be compared with
			msg = msg.WithPresent(sub, follows, c.Delta.Upsert, c.Source, c.seen())
		}
		c.send(sub.ID, sub.Channels, msg)
	}
	return nil
}

// tag says what a change is about and how much it weighs, each with its reason
// and with the version of the dictionary that says so.
func tag(ch *diff.Change, src snapshot.Source, d *topic.Dictionary) {
	ch.Tags, ch.Words, ch.Topics = d.Tag(*ch, src), d.Version(), []string{}
	for _, t := range ch.Tags {
		ch.Topics = append(ch.Topics, t.Topic)
	}
	ch.Severity, ch.Reasons = topic.Severity(*ch, src.Listing)
	ch.Why, ch.Weight = topic.Why(ch.Reasons, "en"), topic.Words(ch.Reasons)
}

// send puts a message into every lane of a subscriber. Each lane's has an id of
// its own, so that one channel's repeat is never another's first.
func (c *Check) send(subscriber string, channels []string, msg notify.Message) {
	for _, ch := range channels {
		c.Messages = append(c.Messages, Addressed(subscriber, ch, msg))
	}
}

// Addressed is a message for one lane, under an id that follows from what it
// says and for whom.
func Addressed(subscriber, channel string, msg notify.Message) Outgoing {
	msg.ID = notify.MessageID(msg, subscriber, channel)
	return Outgoing{Subscriber: subscriber, Channel: channel, Message: msg}
}

func (m *Monitor) wording(c *Check) notify.WordingOptions {
	return notify.WordingOptions{Program: m.Program, BaseURL: m.Words.BaseURL, Now: c.Finished}
}

// Administrators is the subscription that health messages are worded for.
func (m *Monitor) Administrators() notify.Subscription {
	return notify.Subscription{ID: administrators, Language: m.Words.Language, Timezone: m.Words.Timezone.String(), Channels: m.Words.Administrators}
}

// health tells the administrators when a source goes blind, at once, and when
// it is seen again; and of every capture that waits for a person.
func (m *Monitor) health(c *Check, before State) {
	if c.Manual != nil { // a hand's look is not one of ours
		return
	}
	blind := before.BlindWhy != ""
	switch {
	case !c.Outcome.Good():
		c.State.BlindWhy = c.Detail
		if !blind {
			c.State.BlindSince, c.State.Blindness = before.LastGood, Blindness{SinceBy: before.Manual}
		}
		c.State.Blindness.count(c)
		if !blind || c.Outcome == Held && before.BlindReason != c.Reason {
			m.tell(c, notify.Health{Kind: notify.Blind, Since: before.LastGood, SinceBy: before.Manual})
		}
		c.State.BlindReason = c.Reason
	case blind:
		m.tell(c, notify.Health{Kind: notify.Recovered, Since: before.BlindSince, Failed: before.Blindness.Failed, Kept: before.Blindness.Held,
			Compared: before.LastGood, SinceBy: before.Manual, Change: c.Change, Pending: c.State.Pending})
	}
	if c.Outcome.Good() {
		c.State.BlindReason, c.State.Blindness = "", Blindness{}
	}
}

// count adds a look that was not good.
func (b *Blindness) count(c *Check) {
	if b.From.IsZero() {
		b.From = c.Finished.Truncate(time.Microsecond)
	}
	b.Last, b.Kept = c.Finished.Truncate(time.Microsecond), c.Outcome == Held
	if c.Outcome == Held {
		b.Held++
	} else {
		b.Failed++
	}
}

func (m *Monitor) tell(c *Check, h notify.Health) {
	h.Source, h.At, h.Held, h.Reason, h.Detail, h.Run = c.Source, c.seen(), c.Outcome == Held, c.Reason, c.Detail, c.Run.ID
	c.send(administrators, m.Words.Administrators, notify.ComposeHealth(h, m.Administrators(), m.wording(c)))
}
