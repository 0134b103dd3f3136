package acceptance

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is two nodes over one PostgreSQL, each with a folder of its own and, where
// that can be had, on a machine of its own: then nobody can see from the process
// table that the other is dead, and its lease has to expire.
type cluster struct {
	*torment
	whole    *testing.T
	machines bool // the nodes have hostnames of their own
}

const (
	clusterDelay = 250 * time.Millisecond // between two requests to one host, over both nodes
	takeover     = time.Minute            // from the end of a node until its work is taken up
)

func newCluster(t *testing.T) *cluster {
	t.Helper()
	r := newThinReplay(t)
	p := install(t, r, setup{schedule: "@every 2s", subscribers: []string{toSlack, toMail}, database: postgres.Database(t), delay: clusterDelay})
	k := &cluster{torment: newTorment(t, r, p, 2, thinMoments-1), whole: t}
	k.machines = exec.Command("unshare", "--uts", "hostname", "node").Run() == nil
	return k
}

// node starts `pantau run` on the machine of a number.
func (k *cluster) node(t *testing.T, n int) {
	t.Helper()
	c := k.command(context.Background(), "run")
	if k.machines {
		c.Args = append([]string{"unshare", "--uts", "sh", "-c", fmt.Sprintf(`hostname node%d && exec "$0" "$@"`, n), c.Path}, c.Args[1:]...)
		path, err := exec.LookPath("unshare")
		if err != nil {
			t.Fatal(err)
		}
		c.Path = path
	}
	s, err := start(c)
	if err != nil {
		t.Fatal(err)
	}
	k.whole.Cleanup(s.kill) // it lives on when a part of the test is over
	k.nodes[n] = s
}

// steps lets the register move on n times.
func (k *cluster) steps(t *testing.T, n int) {
	t.Helper()
	for range n {
		eventually(t, 2*time.Minute, func() string { k.alive(t); return k.lacks(t) })
		k.advance(t)
	}
	eventually(t, 2*time.Minute, func() string { k.alive(t); return k.lacks(t) })
}

// asked is what the source has seen since the last call.
type asked struct {
	Requests int     `json:"requests"`
	Peak     int     `json:"peak_concurrency"`
	MinGap   float64 `json:"min_gap_ms"`
}

// polite holds both nodes together to the pace of one. The source measures when
// a request has come, Pantau when it sent it: that is not quite the same.
func (k *cluster) polite(t *testing.T) {
	t.Helper()
	var s asked
	k.replay.get(t, "/stats?reset=1", &s)
	t.Logf("%d requests, at most %d at once, at least %.0f ms apart", s.Requests, s.Peak, s.MinGap)
	if s.Peak > 1 {
		t.Errorf("%d requests to one host at once", s.Peak)
	}
	if least := float64(clusterDelay.Milliseconds()) * 0.7; s.Requests > 1 && s.MinGap < least {
		t.Errorf("two requests are %.0f ms apart, the delay is %v", s.MinGap, clusterDelay)
	}
}

// TestTwoNodes lets two nodes work on one database: they look no more often
// than one would, ask the source no faster, send nothing twice, and take each
// other's work over, whether one dies or only falls silent for a while.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	k := newCluster(t)
	k.replay.get(t, "/stats?reset=1", new(any))
	k.node(t, 0)
	k.node(t, 1)
	k.steps(t, 3)
	k.polite(t)
	t.Run("one plans and looks", func(t *testing.T) { k.onePlans(t) })
	t.Run("one dies", func(t *testing.T) { k.dies(t) })
	t.Run("one falls silent", func(t *testing.T) { k.fallsSilent(t) })
	k.settled(t)
	for sink, times := range k.twice(t) {
		t.Errorf("%s got %d messages twice though no sink misbehaved and no node died while sending", sink, times)
	}
}

// twice counts the messages that arrived more than once, but for one that was
// in hand when a node died or fell silent.
func (k *cluster) twice(t *testing.T) map[string]int {
	t.Helper()
	seen, out := map[string]int{}, map[string]int{}
	for _, a := range k.replay.arrivals(t) {
		if seen[a.Sink+a.Message]++; seen[a.Sink+a.Message] == 2 {
			out[a.Sink]++
		}
	}
	for sink, n := range out {
		if n <= 2 { // one for each node that was ended
			delete(out, sink)
		}
	}
	return out
}

// onePlans looks into the tables, as fsck does not: there is one planner, and no
// two runs of the register overlap in time.
func (k *cluster) onePlans(t *testing.T) {
	t.Helper()
	if n := k.query(t, `SELECT count(*) FROM lease WHERE name = 'planner'`); n != "1" {
		t.Errorf("%s planners", n)
	}
	if n := k.query(t, `SELECT count(*) FROM looks a JOIN looks b ON a.id < b.id AND a.source = b.source AND a.started < b.finished AND b.started < a.finished`); n != "0" {
		t.Errorf("%s looks at the register overlap", n)
	}
	if n := k.query(t, `SELECT count(*) FROM run a JOIN run b ON a.id < b.id AND a.source = b.source AND a.manual = 0 AND b.manual = 0 AND a.from_at <= b.to_at AND b.from_at <= a.to_at`); n != "0" {
		t.Errorf("%s runs stand for an occurrence that another stands for too", n)
	}
}

// query asks the database for one value.
func (k *cluster) query(t *testing.T, statement string) string {
	t.Helper()
	out, err := exec.Command("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", k.setup.database, "-c", statement).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// worker is the node that looks at the register now, or looked at it last. It
// waits until there is one that has a run in hand.
func (k *cluster) worker(t *testing.T) int {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		owner := k.query(t, `SELECT coalesce(max(owner), '') FROM run WHERE state = 'running'`)
		if _, rest, ok := strings.Cut(owner, "/"); ok {
			for n, s := range k.nodes {
				if pid, _, _ := strings.Cut(rest, "/"); pid == fmt.Sprint(s.cmd.Process.Pid) {
					return n
				}
			}
		}
	}
	t.Fatal("no node has had a run in hand for a minute")
	return 0
}

// dies kills the node that is at work.
func (k *cluster) dies(t *testing.T) {
	n := k.worker(t)
	before := k.health(t).looks()
	k.nodes[n].kill()
	died := time.Now()
	eventually(t, takeover, func() string {
		if k.health(t).looks() > before {
			return ""
		}
		return "nobody has looked since the node died\n" + cut(k.nodes[1-n].out.String())
	})
	t.Logf("taken over %v after SIGKILL (own machines: %v)", time.Since(died).Round(100*time.Millisecond), k.machines)
	k.nodes[n] = nil
	k.replay.get(t, "/stats?reset=1", new(any)) // a request of the dead may have been open
	k.node(t, n)
	k.steps(t, 1)
	k.polite(t)
}

// fallsSilent stops the node that is at work, as a machine that swaps or a
// hypervisor that moves it does, and lets it go on when the other has taken its
// work over: what it has still in hand is refused.
func (k *cluster) fallsSilent(t *testing.T) {
	n := k.worker(t)
	before := k.health(t).looks()
	if err := syscall.Kill(-k.nodes[n].cmd.Process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	eventually(t, takeover, func() string {
		if k.health(t).looks() > before {
			return ""
		}
		return "nobody has looked since the node fell silent\n" + cut(k.nodes[1-n].out.String())
	})
	t.Logf("taken over %v after SIGSTOP", time.Since(stopped).Round(100*time.Millisecond))
	if err := syscall.Kill(-k.nodes[n].cmd.Process.Pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	refused := regexp.MustCompile(`lease|work has moved on|begun by somebody else`)
	eventually(t, takeover, func() string {
		if out := k.nodes[n].out.String(); !refused.MatchString(out) {
			return "the node that woke up does not say that its work was taken over\n" + cut(out)
		}
		return ""
	})
	k.steps(t, 2)
	k.onePlans(t)
}

// TestOtherConfiguration starts a second node with another file: the first,
// whose configuration is not in force any more, neither plans nor looks, and says
// so. It goes on when the second is stopped and it is started again.
func TestOtherConfiguration(t *testing.T) {
	t.Parallel()
	k := newCluster(t)
	k.node(t, 0)
	k.steps(t, 1)
	s := k.setup
	s.schedule = "@every 3s"
	k.nodes[1] = install(t, k.replay, s).service(t)
	eventually(t, time.Minute, func() string {
		k.alive(t)
		if out := k.nodes[0].out.String(); !strings.Contains(out, "neither plans nor looks") {
			return "the first node does not say that it stands by\n" + cut(out)
		}
		return ""
	})
	looks := strings.Count(k.nodes[0].out.String(), "msg=checked")
	k.steps(t, 1)
	if n := strings.Count(k.nodes[0].out.String(), "msg=checked"); n > looks+1 { // one may have been under way
		t.Errorf("the node that stands by made %d looks", n-looks)
	}
	if owner := k.query(t, `SELECT owner FROM lease WHERE name = 'planner'`); !strings.Contains(owner, fmt.Sprintf("/%d/", k.nodes[1].cmd.Process.Pid)) {
		t.Errorf("the planner is %s, want the second node, process %d", owner, k.nodes[1].cmd.Process.Pid)
	}
	for n, s := range k.nodes {
		if code, err := s.terminate(time.Minute); err != nil || code != 0 {
			t.Errorf("pantau run after SIGTERM: exit %d, %v\n%s", code, err, cut(s.out.String()))
		}
		k.nodes[n] = nil
	}
	k.settled(t)
}
