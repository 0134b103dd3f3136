package notify

import (
	"pantau/diff"
	"pantau/diff/topic"
)

// SeverityFor is the severity of an event for a subscription that follows its
// operator in a relation; "" is an operator that nobody follows. A follow never
// makes an event milder than it is for a reader who follows nothing.
//
// What ends or endangers our own right to operate is urgent, for a person must
// act today. An edit of our own entry is a notice, because an entry that we did
// not edit ourselves is a warning, and our own being restored is good news that
// can wait until tomorrow. A vendor's trouble is a notice: it is the vendor who
// must act, and the reader plans. What a competitor or a watched operator does
// is never more than a notice.
func SeverityFor(k topic.Kind, r Relation) diff.Severity {
	switch k {
	case topic.Published, topic.Drafted, topic.Listed, topic.Unlisted, topic.Differing:
		return k.Severity() // it is nobody's own
	}
	switch {
	case r == Own && k != topic.Added && k != topic.Edited && k != topic.Restored && k != topic.Moved:
		return diff.Urgent
	case r == Own, r == Vendor && k == topic.Added:
		return diff.Notice
	}
	return k.Severity()
}
