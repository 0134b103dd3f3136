package doctor

import (
	"context"
	"fmt"
	"time"

	"pantau/internal/history"
)

// What is worth a word.
const (
	slow      = 500 * time.Millisecond // for a transaction of one row
	oldBackup = 8 * 24 * time.Hour
)

// Database is the lines about the database: what it says of itself, and the
// configuration of ours whose digest is given.
func Database(d history.Database, ours string, disk Disk, now time.Time) []Finding {
	first := Finding{What: "database", Name: d.Kind, Level: OK,
		Seen: fmt.Sprintf("%s: schema %d, %s, a transaction in %s", d.Name, d.Schema, bytes(d.Bytes), d.Took.Round(100*time.Microsecond))}
	if d.Journal != "" {
		first.Seen += ", journal " + d.Journal
	}
	switch {
	case d.Schema != d.Knows:
		first.Level, first.Do = Failed, fmt.Sprintf("this program works with schema %d: run the newest version everywhere", d.Knows)
	case d.Journal != "" && d.Journal != "wal":
		first.Level, first.Do = Warning, "the file system may not support shared memory: put the database on a local disk"
	case d.Took > slow:
		first.Level, first.Do = Warning, "the disk or the way to the server is slow: looks will be late when many are due"
	}
	out := []Finding{first}
	if disk.Known {
		out = append(out, disk.finding(d.Bytes))
	}
	out = append(out, backup(d, now), configuration(d, ours))
	if d.Server {
		out = append(out, DatabaseClock(d.Offset))
	}
	return out
}

// Disk is the one that the database lies on, if it is this machine's.
type Disk struct {
	Known         bool
	Free, Reserve int64 // bytes; looks stop when less than Reserve is free
}

func (d Disk) finding(database int64) Finding {
	f := Finding{What: "disk", Level: OK, Seen: bytes(d.Free) + " are free beside the database; looks stop below " + bytes(d.Reserve)}
	switch {
	case d.Free < d.Reserve:
		f.Level, f.Do = Failed, "make room; messages still go out"
	case d.Free < 4*d.Reserve || d.Free < database:
		f.Level, f.Do = Warning, "make room: a backup beside it, or an upgrade, would not fit"
	}
	return f
}

func backup(d history.Database, now time.Time) Finding {
	f := Finding{What: "backup", Level: OK, Seen: "nothing to back up yet"}
	const advice = "`pantau backup FILE` every night, and copy the file elsewhere"
	switch {
	case !d.Backup.IsZero():
		f.Seen = fmt.Sprintf("the last by `pantau backup` is %s old: %s", now.Sub(d.Backup).Round(time.Minute), d.Copy)
		if now.Sub(d.Backup) > oldBackup {
			f.Level, f.Do = Warning, advice
		}
	case d.Looks > 0:
		f.Level, f.Seen, f.Do = Warning, "none was made by `pantau backup`", advice
	}
	return f
}

func configuration(d history.Database, ours string) Finding {
	f := Finding{What: "configuration", Level: OK, Seen: "ours is in force"}
	switch {
	case d.Config == "":
		f.Level, f.Seen, f.Do = Warning, "none is in force yet", "`pantau check`, or start `pantau run`"
	case d.Config != ours:
		f.Level, f.Seen = Warning, fmt.Sprintf("another one is in force (%.12s, this file is %.12s)", d.Config, ours)
		f.Do = "restart `pantau run` if the file was edited; on several machines give all the same file"
	}
	if d.Planner != "" {
		f.Seen += "; planner is " + d.Planner
	} else {
		f.Seen += "; no `pantau run` is at work"
	}
	return f
}

// bytes words a size.
func bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	v, names := float64(n)/unit, "kMGTPE"
	for v >= unit && len(names) > 1 {
		v, names = v/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %cB", v, names[0])
}

// Zones asks whether schedules can be read in their time zones.
func Zones(names []string) Question {
	return Question{What: "time zones", Ask: func(context.Context) Finding {
		for _, n := range names {
			if _, err := time.LoadLocation(n); err != nil {
				return Finding{Level: Failed, Seen: fmt.Sprintf("%s is not known: %v", n, err), Do: "mend `timezone`, or install tzdata"}
			}
		}
		return Finding{Level: OK, Seen: fmt.Sprintf("%d known, by %s", len(names), zoneData())}
	}}
}
