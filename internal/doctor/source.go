package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pantau/internal/monitor"
	"pantau/internal/snapshot"
)

// Trier makes the one request of a source: monitor.Monitor does.
type Trier interface {
	Try(ctx context.Context, src snapshot.Source) (monitor.Trial, error)
}

// Source asks whether a source can be looked at from here.
func Source(t Trier, src snapshot.Source) Question {
	return Question{What: "source", Name: src.ID, Host: src.Host(), Ask: func(ctx context.Context) Finding { return try(ctx, t, src) }}
}

// Preset asks the same of a description that no source uses: it fails nothing.
func Preset(t Trier, src snapshot.Source) Question {
	q := Source(t, src)
	q.What, q.Spare = "preset", true
	return q
}

func try(ctx context.Context, t Trier, src snapshot.Source) Finding {
	got, err := t.Try(ctx, src)
	switch {
	case err != nil && ctx.Err() != nil:
		return Finding{Level: Failed, Seen: fmt.Sprintf("no answer within %s", answerTime), Do: "is it up, and is a firewall in between?", Silent: got.Status == 0}
	case err != nil:
		return Finding{Level: Failed, Seen: err.Error(), Do: "mend the source's configuration, or the disk of this machine"}
	}
	f := Finding{Level: OK, Clocks: got.Clocks}
	if got.Fault != nil {
		f.Level, f.Do = Failed, remedy(got.Fault, got.Status)
		f.Seen = strings.TrimPrefix(fmt.Sprintf("HTTP %d: %s", got.Status, got.Fault.Detail), "HTTP 0: ")
		switch got.Fault.Reason {
		case snapshot.ReasonConnect, snapshot.ReasonTimeout, snapshot.ReasonTLS:
			f.Silent = got.Status == 0
		}
		return f
	}
	f.Seen = fmt.Sprintf("HTTP %d in %s, ", got.Status, got.Took.Round(10*time.Millisecond))
	switch {
	case src.Listing == nil:
		f.Seen += fmt.Sprintf("%d blocks of text", got.Blocks)
	case src.Listing.Total != "":
		f.Seen += fmt.Sprintf("%d of %d rows of %s", got.Records, got.Total, got.Part)
	default:
		f.Seen += fmt.Sprintf("%d rows of %s", got.Records, got.Part)
	}
	if got.Final != "" {
		f.Seen += ", redirected to " + got.Final
	}
	return f
}

// remedy says what a person can do about a fault.
func remedy(f *snapshot.Fault, status int) string {
	switch f.Reason {
	case snapshot.ReasonConnect:
		return "check the address, the names' server and the firewall; `proxy` names a way out"
	case snapshot.ReasonTimeout:
		return "open it in a browser; if it is only slow, raise `timeout`"
	case snapshot.ReasonTLS:
		return "give the missing certificate with `ca`; an expired one is the site's to mend"
	case snapshot.ReasonGuard:
		return "add its network to `network.allow` if it is meant"
	case snapshot.ReasonRobots:
		return "ask the site for permission, then `robots: ignore`"
	case snapshot.ReasonThrottled:
		return "wait, and look at it less often"
	case snapshot.ReasonStatus:
		return statusRemedy(status)
	case snapshot.ReasonRedirect:
		return "give the address it leads to"
	case snapshot.ReasonNoMatch, snapshot.ReasonMissing:
		return "open the page and mend `select` and `require`"
	case snapshot.ReasonBlockPage:
		return "the site refuses this machine or is down: open it in a browser, ask the site, or go by a `proxy`"
	case snapshot.ReasonHTMLForJSON:
		return "open the address in a browser: if it answers there, the site refuses this machine: ask it, or go by a `proxy`; if not, has it moved?"
	case snapshot.ReasonMalformed, snapshot.ReasonPageRows:
		return "open the address: has it moved, or changed its form?"
	case snapshot.ReasonLimit:
		return "raise `limits` if a body of that size is meant"
	}
	return "open the address in a browser and compare"
}

func statusRemedy(status int) string {
	switch {
	case status == 401 || status == 403 || status == 407 || status == 451:
		return "the site does not let this machine in: ask it for permission, or go by a `proxy`"
	case status == 404 || status == 410:
		return "the page has moved or is gone: mend the address"
	case status >= 500:
		return "the site has a fault: try again later"
	}
	return "open the address in a browser and compare"
}
