package schedule

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"pantau/internal/snapshot"
)

// Elapsed are the occurrences of a schedule in a span of time.
type Elapsed struct {
	To   time.Time // the last one that has passed
	N    int       // how many have passed, the first one included
	Next time.Time // the first one that has not; zero: there is none any more
}

// First is the first occurrence of a source's schedule behind an instant; zero
// for a source that has none.
func First(s snapshot.Source, after time.Time) time.Time {
	if s.Schedule == "" {
		return time.Time{}
	}
	t, err := parse(s.Schedule, s.Timezone)
	if err != nil {
		return time.Time{}
	}
	return t.next(after)
}

// Occurrences tells what has elapsed of a schedule between from, which is one
// of its occurrences, and now. Downtime coalesces: the run that is planned for
// it names the first and the last occurrence and how many there were.
func Occurrences(expression, zone string, from, now time.Time) Elapsed {
	e := Elapsed{To: from, N: 1}
	t, err := parse(expression, zone)
	if err != nil {
		return e
	}
	if every, ok := t.spec.(cron.ConstantDelaySchedule); ok {
		n := int(now.Sub(from) / every.Delay)
		e.N, e.To = n+1, from.Add(time.Duration(n)*every.Delay)
		e.Next = e.To.Add(every.Delay)
		return e
	}
	for e.Next = t.next(from); !e.Next.IsZero() && !e.Next.After(now); e.Next = t.next(e.Next) {
		e.To = e.Next
		e.N++
	}
	return e
}

// timetable is a schedule in a time zone.
type timetable struct {
	spec cron.Schedule
	zone *time.Location
}

func parse(expression, zone string) (timetable, error) {
	spec, err := cron.ParseStandard(expression)
	if err != nil {
		return timetable{}, fmt.Errorf("schedule %q: %w", expression, err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return timetable{}, fmt.Errorf("time zone %q: %w", zone, err)
	}
	return timetable{spec, loc}, nil
}

// next reads the schedule by the wall clock and takes the wall clock's time to
// an instant only then. So an hour that is skipped in spring still has its
// occurrence, and one that comes twice in autumn has it once; the library alone
// leaves the skipped one out.
func (t timetable) next(after time.Time) time.Time {
	if _, ok := t.spec.(cron.ConstantDelaySchedule); ok {
		return t.spec.Next(after)
	}
	w := after.In(t.zone)
	wall := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), w.Nanosecond(), time.UTC)
	for {
		wall = t.spec.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, t.zone)
		if at.After(after) {
			return at
		}
	}
}
