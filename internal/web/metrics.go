package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pantau/internal/history"
)

// freshFigures is how long counts are given again.
const freshFigures = 10 * time.Second

// figuresTime is how long the database has for them.
const figuresTime = 10 * time.Second

// meter gives the metrics. Counts are read from the tables when they are asked
// for; what looks took is this process's own.
type meter struct {
	site     *Site
	registry *prometheus.Registry
	took     *prometheus.HistogramVec
	figures  *cached[figures]
}

type figures struct {
	history.Figures
	err error
}

// The metrics that come from the tables.
var (
	built     = describe("build_info", "Which build this is.", "version", "commit")
	reached   = describe("database_up", "1 if the counts could be read from the database; without it they are absent.")
	looks     = describe("checks_total", "Looks at a source, since the beginning of the history.", "source", "outcome")
	lastGood  = describe("source_last_good_look_timestamp_seconds", "When a source was last seen; 0: never.", "source")
	blind     = describe("source_blind", "1 while a source cannot be seen.", "source")
	oldestMsg = describe("queue_oldest_message_seconds", "How long the oldest message has been due that has not gone out; parked lanes do not count.")
	oldestRun = describe("queue_oldest_run_seconds", "How long the oldest run has been due that nobody has begun.")
	attempts  = describe("deliveries_total", "Attempts at messages, since the beginning of the history.", "channel", "outcome")
	messages  = describe("messages", "Messages by state.", "state")
	parked    = describe("lanes_parked", "Lanes that wait for a person to mend their channel.", "channel")
	held      = describe("captures_held", "Captures that wait for a person to accept or reject them.")
	size      = describe("database_bytes", "What the database measures.")
	part      = describe("ready", "1 if the part of the work is as it must be, as /readyz says.", "part")
	planner   = describe("planner", "1 if this process is the planner, 0 if another is; absent if nobody is.", "owner")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("pantau_"+name, help, labels, nil)
}

func newMeter(s *Site) *meter {
	m := &meter{site: s, registry: prometheus.NewRegistry()}
	m.took = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "pantau_check_duration_seconds",
		Help:    "What looks took that this process did.",
		Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600}}, []string{"outcome"})
	m.figures = newCached(freshFigures, figuresTime, func(ctx context.Context) figures {
		f, err := s.opt.Tables.Figures(ctx, time.Now())
		return figures{f, err}
	})
	m.registry.MustRegister(m.took, m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *meter) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError})
}

// Looked notes how long a look of this process took.
func (s *Site) Looked(outcome string, took time.Duration) {
	s.meter.took.WithLabelValues(outcome).Observe(took.Seconds())
}

// Describe implements prometheus.Collector: what is there depends on the
// tables, so nothing is promised.
func (m *meter) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *meter) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	o := m.site.opt
	gauge(built, 1, o.Version, o.Commit)
	for _, p := range m.site.parts(context.Background()) {
		gauge(part, number(p.OK), p.Name)
	}
	f, ok := m.figures.get(context.Background())
	if !ok {
		f.err = fmt.Errorf("no answer within %s", figuresTime)
	}
	gauge(reached, number(f.err == nil))
	if f.err != nil {
		o.Log.Error("the counts of the metrics cannot be read", "error", f.err)
		return
	}
	if f.Planner != "" {
		gauge(planner, number(f.Planner == o.Owner), f.Planner)
	}
	collectTables(f.Figures, time.Now(), out, gauge)
}

// collectTables gives what the tables know.
func collectTables(f history.Figures, now time.Time, out chan<- prometheus.Metric, gauge func(*prometheus.Desc, float64, ...string)) {
	for k, n := range f.Looks {
		out <- prometheus.MustNewConstMetric(looks, prometheus.CounterValue, float64(n), k.Source, k.Outcome)
	}
	for k, n := range f.Attempts {
		out <- prometheus.MustNewConstMetric(attempts, prometheus.CounterValue, float64(n), k.Channel, k.Outcome)
	}
	for _, s := range f.Sources {
		seen := 0.0
		if !s.LastGood.IsZero() {
			seen = float64(s.LastGood.UnixMilli()) / 1e3
		}
		gauge(lastGood, seen, s.ID)
		gauge(blind, number(s.Blind), s.ID)
	}
	for state, n := range f.Messages {
		gauge(messages, float64(n), state)
	}
	for channel, n := range f.Parked {
		gauge(parked, float64(n), channel)
	}
	gauge(oldestMsg, age(f.Message, now))
	gauge(oldestRun, age(f.Run, now))
	gauge(held, float64(f.Held))
	gauge(size, float64(f.Bytes))
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func age(t, now time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(now.Sub(t).Seconds(), 0)
}
