package notify

import "time"

// The bounds of the retries of one message.
const (
	firstWait  = 5 * time.Second
	longest    = 12 * time.Hour
	patience   = 5 * 24 * time.Hour // from the first attempt
	longestAsk = 24 * time.Hour     // a channel that asks for more is not believed
)

// HeadOfLine is how long a message that cannot be delivered holds up those
// behind it.
const HeadOfLine = 15 * time.Minute

// NextAttempt says when to try again after attempt number n (from 1) has
// failed with r: 5 s to 12 h, doubling, lengthened by up to a quarter by
// jitter (0 to 1) so that lanes do not march in step, never sooner than r asks
// for. giveUp says that it is over: r is Rejected, or the next attempt would
// lie more than five days behind the first. A Parked channel has no next
// attempt of its own: the lane waits for a person, and the message with it.
func NextAttempt(first, now time.Time, attempt int, r *Refusal, jitter float64) (next time.Time, giveUp bool) {
	if r == nil {
		r = &Refusal{Outcome: Retry}
	}
	switch r.Outcome {
	case Rejected:
		return time.Time{}, true
	case Parked:
		return now, false
	}
	wait := longest
	if n := attempt - 1; n < 14 { // 5 s doubled 14 times is past the longest
		wait = min(longest, firstWait<<max(n, 0))
	}
	jitter = max(0, min(jitter, 1))
	wait = min(longest, wait+time.Duration(jitter*float64(wait)/4))
	wait = max(wait, r.Least, min(r.After, longestAsk))
	next = now.Add(wait)
	if next.After(first.Add(patience)) {
		return time.Time{}, true
	}
	return next, false
}

// Queued is a message that waits in a lane.
type Queued struct {
	ID      string
	Urgent  bool
	Created time.Time
	Due     time.Time // when it may be tried; a failed attempt moves it on
}

// Pick says which message of a lane goes next; the queue is in order of
// creation. First in, first out: one that waits for its next attempt holds up
// those behind it until it is 15 minutes old, then they pass. Urgent ones
// always pass. outOfOrder says that older ones were passed and must be
// recorded; the index is -1 where nothing may go now.
func Pick(queue []Queued, now time.Time) (index int, outOfOrder bool) {
	for i, q := range queue {
		if q.Urgent && !q.Due.After(now) {
			return i, i > 0
		}
	}
	for i, q := range queue {
		if !q.Due.After(now) {
			return i, i > 0
		}
		if now.Sub(q.Created) < HeadOfLine {
			return -1, false
		}
	}
	return -1, false
}

// Wake is when Pick may next say something else of a lane in which nothing may
// go now: an attempt comes due, or a message has held up the others for long
// enough. It lies behind now; zero where nothing waits.
func Wake(queue []Queued, now time.Time) time.Time {
	var next time.Time
	for _, q := range queue {
		for _, t := range []time.Time{q.Due, q.Created.Add(HeadOfLine)} {
			if t.After(now) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}
