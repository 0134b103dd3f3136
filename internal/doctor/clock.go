package doctor

import (
	"fmt"
	"slices"
	"time"

	"pantau/internal/monitor"
)

// tolerated is how far the clock of this machine may be off: times are
// evidence, and a lease is 30 s long.
const tolerated = 5 * time.Second

// Clock compares the clock of this machine with those of the servers that
// answered; only their median counts, for one of them may be wrong itself.
func Clock(findings []Finding) Finding {
	var about, least []time.Duration
	for _, f := range findings {
		for _, c := range f.Clocks {
			a, l := offset(c)
			about, least = append(about, a), append(least, l)
		}
	}
	f := Finding{What: "clock", Name: "against the sources", Level: OK}
	if len(about) == 0 {
		f.Level, f.Seen, f.Do = Warning, "no server said what time it is", "compare by hand: `timedatectl`"
		return f
	}
	slices.Sort(about)
	slices.Sort(least)
	f.Seen = fmt.Sprintf("%s, the median of %d answers (to within a second)", ahead(about[len(about)/2]), len(about))
	if off := least[len(least)/2]; off.Abs() > tolerated {
		f.Level, f.Do = Failed, "set the clock of this machine (timedatectl set-ntp true): the times of looks are evidence"
	}
	return f
}

// DatabaseClock words the offset from the clock of a database server.
func DatabaseClock(off time.Duration) Finding {
	f := Finding{What: "clock", Name: "against the database", Level: OK, Seen: ahead(off)}
	if off.Abs() > tolerated {
		f.Level, f.Do = Failed, "set the clocks of both machines (timedatectl set-ntp true): leases are measured by them"
	}
	return f
}

// offset is how far our clock is ahead: about, and at the very least. A server
// says whole seconds, cut off, of a moment between our two times.
func offset(c monitor.Clocks) (about, least time.Duration) {
	about = c.Then.Sub(c.Server.Add(time.Second / 2))
	low, high := c.Before.Sub(c.Server.Add(time.Second)), c.Then.Sub(c.Server)
	switch {
	case low > 0:
		least = low
	case high < 0:
		least = high
	}
	return about, least
}

func ahead(d time.Duration) string {
	switch d = d.Round(100 * time.Millisecond); {
	case d > 0:
		return fmt.Sprintf("%s ahead", d)
	case d < 0:
		return fmt.Sprintf("%s behind", -d)
	}
	return "equal"
}
