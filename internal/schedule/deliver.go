package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"pantau/internal/monitor"
	"pantau/notify"
)

// sendLimit ends an attempt that hangs: its outcome is uncertain then.
const sendLimit = 60 * time.Second

// lookahead is how many waiting messages of a lane are considered at once.
const lookahead = 200

// Courier delivers what waits in lanes.
type Courier struct {
	Store   Store
	Senders map[string]notify.Sender // by channel name: "slack"
	Pace    map[string]time.Duration // least time between two messages of one lane
	Owner   string
	Log     *slog.Logger
	Timeout time.Duration // of one attempt; 0: 60 s
	// Administrators are told of parked channels and dead letters.
	Administrators notify.Subscription
	Words          notify.WordingOptions
}

// Lane drains a lane until nothing in it is due, and returns when something
// will be; zero: nothing waits, or the lane is parked or in other hands.
func (c *Courier) Lane(ctx context.Context, lane string) (next time.Time, err error) {
	err = hold(ctx, c.Store, c.Log, "lane:"+lane, c.Owner, nil, func(ctx context.Context, l monitor.Lease) error {
		next, err = c.drain(ctx, lane, l)
		return err
	})
	var taken *Taken
	if errors.As(err, &taken) {
		return time.Time{}, nil
	}
	return next, err
}

func (c *Courier) drain(ctx context.Context, lane string, l monitor.Lease) (time.Time, error) {
	for {
		if ctx.Err() != nil {
			return time.Time{}, context.Cause(ctx)
		}
		waiting, parked, err := c.Store.Queue(ctx, lane, lookahead)
		if err != nil || parked != "" || len(waiting) == 0 {
			return time.Time{}, err
		}
		now := time.Now()
		place, outOfOrder := notify.Pick(waiting, now)
		if place < 0 {
			return notify.Wake(waiting, now), nil
		}
		if err := c.send(ctx, waiting[place].ID, l, outOfOrder); err != nil {
			return time.Time{}, err
		}
		if pace := c.Pace[channelName(lane[strings.IndexByte(lane, '|')+1:])]; pace > 0 && len(waiting) > 1 {
			select {
			case <-time.After(pace):
			case <-ctx.Done():
			}
		}
	}
}

func channelName(channel string) string {
	name, _, _ := strings.Cut(channel, ":")
	return name
}

// send makes one attempt at one message and stores what became of it. Once the
// attempt has begun its end is stored even when the program is stopping.
func (c *Courier) send(ctx context.Context, id string, l monitor.Lease, outOfOrder bool) error {
	a, err := c.Store.BeginAttempt(ctx, id, l, time.Now(), outOfOrder, c.layout)
	if err != nil {
		return fmt.Errorf("message %s: %w", id, err)
	}
	r := c.attempt(ctx, a)
	now := time.Now()
	if err := c.Store.EndAttempt(context.WithoutCancel(ctx), a, r, now, c.trouble(a, r, now)); err != nil {
		return fmt.Errorf("outcome of message %s: %w", id, err)
	}
	c.Log.Info("message sent", "message", id, "lane", a.Lane, "attempt", a.Envelope.Attempt, "outcome", r.Outcome, "detail", r.Detail)
	return nil
}

func (c *Courier) layout(channel string, m notify.Message) (notify.Payload, error) {
	s, ok := c.Senders[channelName(channel)]
	if !ok {
		return nil, nil // attempt says what is wrong; nothing is frozen
	}
	_, target, _ := strings.Cut(channel, ":")
	return s.Render(m, target)
}

func (c *Courier) attempt(ctx context.Context, a *Attempt) Result {
	if a.Unfit != nil {
		return Result{Outcome: notify.Rejected, Detail: "the message cannot be laid out for the channel: " + a.Unfit.Error()}
	}
	s, ok := c.Senders[channelName(a.Channel)]
	if !ok {
		return Result{Outcome: notify.Parked, Park: true, Detail: fmt.Sprintf("channel %q is not in the configuration any more", channelName(a.Channel))}
	}
	limit := c.Timeout
	if limit == 0 {
		limit = sendLimit
	}
	sending, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	receipt, err := s.Send(sending, a.Envelope)
	if err == nil {
		return Result{Outcome: notify.Accepted, Receipt: receipt.ID}
	}
	var refusal *notify.Refusal
	if !errors.As(err, &refusal) {
		refusal = &notify.Refusal{Outcome: notify.Uncertain, Detail: err.Error(), Err: err}
	}
	r := Result{Outcome: refusal.Outcome, Detail: refusal.Detail}
	if refusal.Outcome == notify.Parked {
		r.Park = true
		return r
	}
	next, giveUp := notify.NextAttempt(a.First, time.Now(), a.Failed+1, refusal, rand.Float64())
	if !giveUp {
		r.Next = next
	}
	return r
}

// trouble words a parked channel or a dead letter for the administrators. They
// are told on every channel of theirs but the one that has the trouble.
func (c *Courier) trouble(a *Attempt, r Result, now time.Time) []monitor.Outgoing {
	kind := notify.ChannelParked
	switch {
	case r.Park:
	case r.Outcome != notify.Accepted && r.Next.IsZero():
		kind = notify.DeadLetter
	default:
		return nil
	}
	h := notify.Health{Kind: kind, At: now, Channel: a.Channel, Message: a.Envelope.Message.ID, Detail: r.Detail}
	words := c.Words
	words.Now = now
	var out []monitor.Outgoing
	for _, ch := range c.Administrators.Channels {
		if channelName(ch) != channelName(a.Channel) || kind == notify.DeadLetter && ch != a.Channel {
			out = append(out, monitor.Addressed(c.Administrators.ID, ch, notify.ComposeHealth(h, c.Administrators, words)))
		}
	}
	return out
}
