package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"pantau/notify"
)

// Prober is a channel that can tell whether it works without sending anything.
// The error is worded for people and holds no secret.
type Prober interface {
	Probe(ctx context.Context) (seen string, err error)
}

// Channel asks whether a channel can be delivered to from here.
func Channel(name string, s notify.Sender) Question {
	return Question{What: "channel", Name: name, Ask: func(ctx context.Context) Finding {
		p, ok := s.(Prober)
		if !ok {
			return Finding{Level: OK, Seen: "nothing of it can be out of reach"}
		}
		seen, err := p.Probe(ctx)
		var refusal *notify.Refusal
		switch {
		case err == nil:
			return Finding{Level: OK, Seen: seen}
		case errors.As(err, &refusal):
			return Finding{Level: Failed, Seen: refusal.Detail, Do: "mend `channels." + name + "`, then `pantau notify test SUBSCRIBER`"}
		}
		return Finding{Level: Failed, Seen: err.Error(), Do: "mend `channels." + name + "`"}
	}}
}

// Heartbeat asks whether the host of the heartbeat answers, without ringing: of
// its address, which is a secret, only the host is asked.
func Heartbeat(client *http.Client, address string) Question {
	return Question{What: "heartbeat", Ask: func(ctx context.Context) Finding {
		u, err := url.Parse(address)
		if err != nil {
			return Finding{Level: Failed, Seen: "the address cannot be used", Do: "mend `heartbeat`"}
		}
		root := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}).String()
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, root, nil)
		if err != nil {
			return Finding{Level: Failed, Seen: "the host cannot be asked", Do: "mend `heartbeat`"}
		}
		resp, err := client.Do(req)
		if err != nil {
			var wrapped *url.Error
			if errors.As(err, &wrapped) {
				err = wrapped.Err
			}
			return Finding{Level: Failed, Seen: fmt.Sprintf("%s does not answer: %v", u.Host, err), Do: "check the host and the firewall; without it nobody is told when Pantau stops"}
		}
		resp.Body.Close()
		return Finding{Level: OK, Seen: u.Host + " answers; it was not rung"}
	}}
}
