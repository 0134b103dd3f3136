// Package doctor reaches for everything that Pantau needs, from the machine it
// runs on, and says of each thing whether it works, what was seen, and what to
// do.
//
// Invariants: nothing is stored, posted or rung; one host is asked by one
// question at a time, many hosts beside each other; what hangs is given up and
// keeps nothing else waiting; findings come in the order of the questions.
package doctor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"pantau/internal/monitor"
)

// Level is how a thing is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // works, or is not needed now, but should be looked at
	Failed  Level = "failed"
)

// Finding is a line of the table.
type Finding struct {
	What    string  `json:"what"` // source, preset, channel, heartbeat, database, clock, ...
	Name    string  `json:"name,omitempty"`
	Level   Level   `json:"level"`
	Seen    string  `json:"seen"`
	Do      string  `json:"do,omitempty"` // empty: nothing
	Seconds float64 `json:"seconds"`

	Clocks []monitor.Clocks `json:"-"`
	Silent bool             `json:"-"` // the host did not answer: who else asks it would wait in vain
}

// Question is one thing to find out.
type Question struct {
	What, Name string
	Host       string // that is asked; empty: none
	Spare      bool   // nothing depends on it: it fails nothing
	Ask        func(context.Context) Finding
}

// The bounds of a visit.
const (
	hostsAtOnce = 16
	answerTime  = 45 * time.Second // of one question, politeness included
)

// Visit asks all questions and gives the findings in their order.
func Visit(ctx context.Context, list []Question) []Finding {
	out := make([]Finding, len(list))
	var order []string
	hosts := map[string][]int{}
	for n, q := range list {
		host := q.Host
		if host == "" {
			host = fmt.Sprint("alone ", n)
		}
		if hosts[host] == nil {
			order = append(order, host)
		}
		hosts[host] = append(hosts[host], n)
	}
	slots := make(chan struct{}, hostsAtOnce)
	var wg sync.WaitGroup
	for _, host := range order {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			silent := ""
			for _, n := range hosts[host] {
				q := list[n]
				if silent != "" {
					out[n] = q.spared(Finding{What: q.What, Name: q.Name, Level: Failed, Seen: "not asked: " + host + " did not answer for " + silent, Do: "see there"})
					continue
				}
				if out[n] = ask(ctx, q); out[n].Silent {
					silent = q.Name
				}
			}
		})
	}
	wg.Wait()
	return out
}

// ask puts a question and gives it up when its time is over.
func ask(ctx context.Context, q Question) Finding {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	began := time.Now()
	answer := make(chan Finding, 1)
	go func() { answer <- q.Ask(ctx) }()
	var f Finding
	select {
	case f = <-answer:
	case <-ctx.Done():
		select { // it ends by the same context, and says more than we can
		case f = <-answer:
		case <-time.After(2 * time.Second):
			f = Finding{Level: Failed, Seen: fmt.Sprintf("no answer within %s", answerTime), Do: "is it up, and is a firewall in between?", Silent: true}
		}
	}
	f.What, f.Name, f.Seconds = q.What, q.Name, time.Since(began).Seconds()
	return q.spared(f)
}

// spared is the finding about a thing on which nothing may depend.
func (q Question) spared(f Finding) Finding {
	if !q.Spare {
		return f
	}
	f.Seen = "not used; " + f.Seen
	if f.Level == Failed {
		f.Level, f.Do = Warning, "nothing as long as no source uses it"
	}
	return f
}

// Worst is the gravest level among the findings.
func Worst(list []Finding) Level {
	worst := OK
	for _, f := range list {
		if f.Level == Failed || f.Level == Warning && worst == OK {
			worst = f.Level
		}
	}
	return worst
}
