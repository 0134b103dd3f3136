package notify

import (
	"strings"

	"pantau/diff"
	"pantau/diff/topic"
)

// catalogue is every word that messages are made of, in one language. A name
// in braces is filled in by fill; a value that is filled in is never read for
// braces itself.
type catalogue struct {
	months         [12]string
	date, clock    string // clock is a layout of package time
	clockSeconds   string
	never          string
	days, hours    plural
	minutes        plural
	seconds        plural
	severities     map[diff.Severity]string
	kinds          map[topic.Kind]kindWords
	ops            map[diff.Op]opWords
	relations      map[Relation]string
	fields         map[string]string // the register's names of fields
	absent         string            // where an operator stands: nowhere
	registered     string
	suspended      string
	revoked        string
	inIndex        string
	and            string
	empty          string
	subjectMore    string
	summaryEvents  plural
	summaryStatus  plural
	seenStatus     string
	seenAdded      string
	seenEdited     string
	seenReassigned string
	seenRemoved    string
	seenMany       string
	seenText       string
	redesigned     string
	fieldChanged   string
	fieldIs        string
	followed       string
	followedFor    string
	sectionOwn     string
	sectionOther   string
	inSource       string
	unofficial     string // of what was read by machine
	morePlaces     plural
	weight         string // what decided how severe it is
	aboutTopics    string
	because        string
	becauseFollow  string
	becauseMore    plural
	becauseSource  string
	becauseTopic   string
	becauseKeyword string
	becauseOther   string
	left           string
	cut            plural
	omitted        plural
	before, after  string
	linkSource     string
	linkChange     string
	footerShow     string
	footerAlert    string
	faults         map[string]string // why a look could not be used, by reason; nil: the detail says it
	technical      string            // what the detail is then called
	sighting       sightingWords
	health         healthWords
	daily          dailyWords
	looks          looksWords
	hand           handWords
	gapped         gapWords
	unconfirmed    unconfirmedWords
	again          againWords
	clear          clearWords
	sample         sampleWords
	state          stateWords
	titled         string // of a new document: {kind}, {who}
	lies, other    string // of a document: where it lies; where the text lies that it differs from
	dated          string
	numbered       string
	entryFields    map[string]string // of the entries of a feed
	seenDiffers    string
	fieldDiffers   string
	naming         namingWords
	listed         listedWords // instead of the register's, where a source is a plain listing
}

// plural is a pattern for one and one for any other number, {n}.
type plural struct{ one, many string }

// kindWords are those for a kind of event.
type kindWords struct {
	label   string // before a name, in capitals
	subject string // behind a name
	count   plural
}

// opWords are those for what happened to a passage.
type opWords struct {
	label string
	count plural
	whole plural // the same with its noun, where it is said first
}

// listedWords are those for the records of a plain listing, which has no
// operators and no statuses.
type listedWords struct {
	added, removed, edited kindWords
	absent, present        string // where a record stands
	seenAdded              string
	becauseMore            plural
	becauseOther           string
	missing                string // of stateWords
}

// sightingWords are those for an operator seen where no event tells it.
type sightingWords struct {
	label, before, because string
	incomplete, unread     sightedWords // the register was not seen whole; the index was read for the first time
}

type sightedWords struct {
	subject, summary, rest, next string
}

// dailyWords are those of the daily report to administrators.
type dailyWords struct {
	subject, summary, blind, seeing, waiting, nothingWaiting, head, because string
}

// healthWords are those for administrators.
type healthWords struct {
	blind, blindNever, blindSummary, blindNeverSummary, untold, untoldBut string
	held, heldHelp, unreadHelp, reselectHelp, failedHelp                  string
	still, stillNever, stillSummary, stillNeverSummary, stillNext         string
	recovered, recoveredSummary, recoveredNever                           string
	edited, editedSummary, editedPartly, editedNext                       string
	parked, parkedSummary, parkedHelp                                     string
	dead, deadSummary, deadHelp                                           string
	reason, because                                                       string
}

// looksWords say what became of looks, and what the first good one after a
// blindness found.
type looksWords struct {
	failed, held, pending plural
	found, none, unknown  string
	blind, blindNever     string
	vain, reason          string
}

// handWords are those for what a person entered by hand.
type handWords struct {
	now, before, look, forced string
	more                      plural
}

// gapWords are those for two looks that cannot be compared.
type gapWords struct{ subject, summary, why, next string }

// unconfirmedWords are those for what cannot be seen for hours.
type unconfirmedWords struct {
	subject, subjectNever, summary, summaryNever string
	label, last, page, next, because             string
}

// againWords are those for the end of it.
type againWords struct{ subject, summary, first, label, stands, stays, now, page, because string }

// clearWords are those of the weekly report to subscribers.
type clearWords struct {
	subject, changed, blind                    string
	summary, oldest, never, sources            string
	source, sourceNever, stands, missing, hand string
	left, because                              string
}

// sampleWords are those of a trial message.
type sampleWords struct{ subject, summary, item, because string }

// stateWords answer what somebody begins to follow.
type stateWords struct{ standing, missing, pending, unseen string }

// languages are the catalogues by code. Indonesian is first: it is what a
// language that nobody knows falls back to.
func words(language string) catalogue {
	if language == "en" {
		return english()
	}
	return indonesian()
}

// fill puts values into a pattern: fill("{n} more", "n", "3").
func fill(pattern string, pairs ...string) string {
	list := make([]string, len(pairs))
	for i, s := range pairs {
		if i%2 == 0 {
			s = "{" + s + "}"
		}
		list[i] = s
	}
	return strings.NewReplacer(list...).Replace(pattern)
}
