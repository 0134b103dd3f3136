package email

import (
	"context"
	"fmt"
)

// Probe connects, greets, switches to TLS and logs in, and sends nothing.
func (s *Sender) Probe(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	conn := &line{}
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	client, err := s.connect(ctx, conn)
	if err != nil {
		return "", s.refusal(err, "connecting")
	}
	_ = client.Quit() // the server has shown what was asked
	seen := fmt.Sprintf("%s:%d answers", s.server.host, s.server.port)
	if s.server.implicit || !s.server.local {
		seen += ", with TLS"
	}
	if s.server.user != "" {
		seen += ", and lets the user in"
	}
	return seen, nil
}
