package gate

import (
	"fmt"

	"pantau/internal/snapshot"
)

// How much of a register may be missing at one look before a person has to
// say that it is true. In two years of the recorded register the largest step
// took 48 of 16,000 operators away; moves between its indexes are no loss.
const (
	tolerableRows  = 20
	tolerableShare = 0.05
)

// JudgeListing says whether a complete document of a register may be compared
// with what was known before; nil if it may. last counts what it lacks of that,
// nil if it is the first look. The whole register is judged, since a small
// index may lose most of its rows by moves to a sibling.
func JudgeListing(doc *snapshot.Document, l *snapshot.Listing, last *snapshot.Losses) *snapshot.Fault {
	if last == nil {
		if len(doc.Records) > 0 {
			return nil
		}
		return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonEmptied,
			Detail: "the first look found no records at all; accept it if the " + noun(l, "register", "list") + " really is empty"}
	}
	if doc.Partial {
		if last.Known > 0 && len(doc.Records) == 0 {
			return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonEmptied,
				Detail: "the list is empty, the last good look showed entries; accept it if it really is"}
		}
		return nil // what it lacks has not gone
	}
	rows := map[string]int{}
	for i := range doc.Records {
		rows[doc.Records[i].Index]++
	}
	for _, p := range l.Indexes {
		if was := last.Parts[p.Name]; l.Plain() && rows[p.Name] == 0 && was.Lost > 0 {
			return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonEmptied,
				Detail: fmt.Sprintf("the list is empty, the last good look showed %d records; accept it if they are really gone", was.Rows)}
		}
		if was := last.Parts[p.Name]; rows[p.Name] == 0 && was.Lost > was.Moved {
			return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonEmptied,
				Detail: fmt.Sprintf("the index %s is empty, the last good look showed %d rows there and %d of them stand in no other index now; accept it if they are really gone",
					p.Name, was.Rows, was.Lost-was.Moved)}
		}
	}
	if allowed := max(tolerableRows, int(tolerableShare*float64(last.Known))); last.Missing > allowed {
		return &snapshot.Fault{Class: snapshot.Held, Reason: snapshot.ReasonShrunk,
			Detail: fmt.Sprintf("%d of %d known %s are missing at once, more than the %d that are taken without asking; accept it if they are really gone",
				last.Missing, last.Known, noun(l, "operators", "records"), allowed)}
	}
	return nil
}

// noun is the word for a register, or for a plain listing.
func noun(l *snapshot.Listing, register, plain string) string {
	if l.Plain() {
		return plain
	}
	return register
}
