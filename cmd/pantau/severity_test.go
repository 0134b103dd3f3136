package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pantau/diff"
)

// TestRecordedSeverity counts how the labelled pairs that must alert weigh, and
// what they are about. None of them is urgent for a reader who follows nothing.
// PANTAU_PAGES=severity lists each with its reason.
func TestRecordedSeverity(t *testing.T) {
	pairs := slices.DeleteFunc(recordedPairs(t), func(p pair) bool { return p.class() != "substantive" })
	if os.Getenv("PANTAU_TORTURE")+os.Getenv("PANTAU_PAGES") == "" {
		var some []pair
		for i := 0; i < len(pairs); i += 5 {
			some = append(some, pairs[i])
		}
		pairs = some
	}
	weights, reasons, topics := map[diff.Severity]int{}, map[string]int{}, map[string]int{}
	for i := range pairs {
		o := judged(&pairs[i], false)
		if o.c == nil || len(o.c.Hunks) == 0 {
			continue
		}
		weights[o.c.Severity]++
		for _, r := range o.c.Reasons {
			reasons[r.Kind]++
		}
		for _, id := range o.c.Topics {
			topics[id]++
		}
		if len(o.c.Reasons) == 0 {
			t.Errorf("%s is %s without a reason", pairs[i].ID, o.c.Severity)
		}
		if os.Getenv("PANTAU_PAGES") == "severity" {
			t.Log(weighed(&pairs[i], o.c))
		}
	}
	t.Logf("%d pairs: %v; reasons %v; topics %v", len(pairs), weights, reasons, topics)
	if weights[diff.Urgent] > 0 {
		t.Errorf("%d are urgent for a reader who follows nothing", weights[diff.Urgent])
	}
	if n := weights[diff.Info]; 10*n > len(pairs) {
		t.Errorf("%d of %d changes that must alert are taken for cosmetic", n, len(pairs))
	}
}

func weighed(p *pair, c *comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\n   %s: %s\n", p.ID, p.URL, c.Summary, c.Severity, c.Why)
	b.WriteString(topicLines(c.Tags))
	for n, h := range c.Hunks {
		if n == 2 {
			break
		}
		fmt.Fprintf(&b, "   %s: %.300s\n", h.Op, wording(h))
	}
	return b.String()
}
