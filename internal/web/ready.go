package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// freshReadiness is how long a judgement is given again: asking writes to the
// database.
const freshReadiness = 3 * time.Second

// readyTime is how long the database has to answer.
const readyTime = 5 * time.Second

// Part is one thing that must be so.
type Part struct {
	Name   string `json:"part"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // what is wrong, and what to do
}

// judge looks at everything that must be so for changes to be seen and told. A
// part that cannot be known because the database does not answer is not there.
func (s *Site) judge(ctx context.Context, now time.Time) []Part {
	var out []Part
	part := func(name string, ok bool, format string, args ...any) {
		p := Part{Name: name, OK: ok}
		if !ok {
			p.Detail = fmt.Sprintf(format, args...)
		}
		out = append(out, p)
	}
	if s.opt.Room != nil {
		err := s.opt.Room()
		part("disk", err == nil, "%v", err)
	}
	v, err := s.opt.Tables.Vitals(ctx, now)
	part("database", err == nil, "it cannot be written: %v", err)
	if err != nil {
		return out
	}
	part("schema", v.Schema == v.Knows, "the database has schema %d, this program works with %d: restart the newest version", v.Schema, v.Knows)
	part("configuration", v.Config == s.opt.Config, "another configuration is in force (%.12s, ours is %.12s): another machine was started with it; give both the same file and restart", v.Config, s.opt.Config)
	part("planner", v.Planner != "", "nobody plans: no process has renewed the planner's lease")
	part("delivery", v.Overdue == 0, "%d messages have been due for long and were not tried", v.Overdue)
	return out
}

// parts is the judgement that holds at the moment.
func (s *Site) parts(ctx context.Context) []Part {
	if parts, ok := s.ready.get(ctx); ok {
		return parts
	}
	return []Part{{Name: "database", Detail: fmt.Sprintf("no answer within %s", readyTime)}}
}

func (s *Site) serveReady(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Ready bool   `json:"ready"`
		Parts []Part `json:"parts"`
	}{true, s.parts(r.Context())}
	for _, p := range answer.Parts {
		answer.Ready = answer.Ready && p.OK
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	w.Write(append(body, '\n'))
}
