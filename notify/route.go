package notify

import (
	"encoding/json"

	"pantau/diff"
	"pantau/internal/snapshot"
)

// Relation is what a followed thing is to us.
type Relation string

// The relations of a follow.
const (
	Own        Relation = "own"
	Vendor     Relation = "vendor"
	Competitor Relation = "competitor"
	Watched    Relation = "watched"
)

// Follow is a named interest: an operator of a register that a person ticked, or
// what is named in texts.
type Follow struct {
	Source   string   `json:"source,omitempty"` // the register; empty: any
	Operator string   `json:"operator"`         // key; empty: by its words alone
	As       Relation `json:"as"`
	Client   string   `json:"client,omitempty"` // on whose behalf, where a firm watches for others
	Name     string   `json:"name,omitempty"`   // as it stood when followed
	Words    []string `json:"words,omitempty"`  // names, brands and domains that are looked for in texts
}

// Match says which events a subscription takes: any line of a list, all the
// keys given. An empty list takes everything.
type Match struct {
	Sources   []string      `json:"sources,omitempty"`
	Topics    []string      `json:"topics,omitempty"`
	Relation  []Relation    `json:"relation,omitempty"`
	Severity  diff.Severity `json:"severity,omitempty"` // at least
	Keywords  []string      `json:"keywords,omitempty"`
	Operators []string      `json:"operators,omitempty"` // keys
}

// Subscription is who is told. Its digest is its version.
type Subscription struct {
	ID       string   `json:"id"`
	Language string   `json:"language"` // id or en
	Timezone string   `json:"timezone"` // IANA name
	Channels []string `json:"channels"` // "console", "slack:#regulatory", "email:a@example.co.id"
	Match    Match    `json:"match"`

	AllClear *AllClear `json:"all_clear,omitempty"` // nil: no weekly report
}

// Interests are the subscriptions and follows in force at one moment; a change
// names the version by which it was routed.
type Interests struct {
	Subscriptions []Subscription `json:"subscriptions"`
	Follows       []Follow       `json:"follows"`
}

// Alert is the events of one change that match one subscription.
type Alert struct {
	ID           string        `json:"id"`
	Change       string        `json:"change"`
	Subscription string        `json:"subscription"` // its id
	Version      string        `json:"version"`      // its digest
	Severity     diff.Severity `json:"severity"`     // for this subscription, of its most severe event
	Events       []Matched     `json:"events"`       // followed ones first, then by severity, relation and kind
}

// Matched is one event (or hunk) of a change as one subscription sees it.
type Matched struct {
	Place    int           `json:"place"` // in Change.Events or Change.Hunks
	Severity diff.Severity `json:"severity"`
	Relation Relation      `json:"relation,omitempty"` // of the operator followed, if any
	Client   string        `json:"client,omitempty"`
	Why      string        `json:"why"` // for machines: "followed", "keyword:pendaftaran", "source:pse"
}

// Version is the digest of the subscription: another word in it is another
// version.
func (s Subscription) Version() string { return digest(s) }

// Digest identifies the interests; the order of their parts counts.
func (in Interests) Digest() string { return digest(in) }

// digest is that of the JSON, which is canonical here: structures and lists
// only, no maps.
func digest(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and lists of strings always have a JSON
	}
	return snapshot.Digest(b)
}

// Followed indexes the follows that concern a source by operator. An operator
// followed on behalf of several clients, or in several relations, has several.
func (in Interests) Followed(source string) map[string][]Follow {
	m := map[string][]Follow{}
	for _, f := range in.Follows {
		if f.Operator != "" && (f.Source == "" || f.Source == source) {
			m[f.Operator] = append(m[f.Operator], f)
		}
	}
	return m
}

// Route gives the alert of every subscription that a change concerns, in the
// order of the subscriptions, under ids that follow from the change and the
// subscription's version.
func Route(c diff.Change, source snapshot.Source, in Interests) []Alert {
	news := readNews(c, source, in)
	var alerts []Alert
	for _, sub := range in.Subscriptions {
		events := news.matching(sub)
		if len(events) == 0 {
			continue
		}
		version := sub.Version()
		a := Alert{ID: "a-" + short(c.ID, version), Change: c.ID, Subscription: sub.ID, Version: version, Events: events}
		for _, e := range events {
			if a.Severity == "" || e.Severity.Rank() > a.Severity.Rank() {
				a.Severity = e.Severity
			}
		}
		alerts = append(alerts, a)
	}
	return alerts
}
