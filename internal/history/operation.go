package history

import "time"

// Figures are what the tables know of the work, for measuring it: every machine
// on one database gives the same, and a restart loses nothing.
type Figures struct {
	At       time.Time
	Looks    map[LookKind]int64    // since the beginning
	Attempts map[AttemptKind]int64 // that have ended, since the beginning
	Messages map[string]int64      // by state
	Parked   map[string]int64      // lanes, by channel
	Sources  []Sight
	Held     int64     // captures that wait for a person
	Message  time.Time // when the oldest message was due that has not gone out; zero: none is due
	Run      time.Time // when the oldest run was due that nobody has begun; zero: none is due
	Bytes    int64     // of the database
	Planner  string    // who plans; empty: nobody
}

// LookKind is what looks are counted by.
type LookKind struct{ Source, Outcome string }

// AttemptKind is what attempts are counted by; the channel without its target,
// which may be a person's address.
type AttemptKind struct{ Channel, Outcome string }

// Sight tells whether a source is seen.
type Sight struct {
	ID       string
	LastGood time.Time // zero: never
	Blind    bool
}

// Vitals are what must be so for the work to go on.
type Vitals struct {
	Schema  int64         // of the database
	Knows   int64         // the schema that this program works with
	Config  string        // digest of the configuration in force
	Planner string        // who plans; empty: nobody
	Overdue int           // messages that were due long ago and have not been tried
	Took    time.Duration // a small transaction
}

// Database is what a database says of itself.
type Database struct {
	Name    string        // as it may be shown
	Kind    string        // "SQLite 3.53.0", "PostgreSQL 15.4"
	Journal string        // how SQLite writes
	Server  bool          // it has a machine, and a clock, of its own
	Offset  time.Duration // our clock is ahead of the server's
	Schema  int64         // of its tables
	Knows   int64         // the schema that this program works with
	Bytes   int64
	Took    time.Duration // a small transaction
	Looks   int64
	Backup  time.Time // the last one by `pantau backup`; zero: none
	Copy    string    // where that one went
	Config  string    // digest of the configuration in force; empty: none
	Planner string    // who plans; empty: nobody
}
