package acceptance

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a started program. It does not outlive the tests: the kernel
// kills it when they die.
type process struct {
	cmd  *exec.Cmd
	out  tail
	done chan struct{} // closed when it has ended
}

// tail keeps what a process says, safe for reading while it speaks.
type tail struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *tail) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// start runs a command in the background, in a process group of its own.
func start(c *exec.Cmd) (*process, error) {
	p := &process{cmd: c, done: make(chan struct{})}
	c.Stdout, c.Stderr = &p.out, &p.out
	isolate(c)
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.Wait()
		close(p.done)
	}()
	return p, nil
}

// isolate lets a whole group of processes be killed, and be killed with us.
func isolate(c *exec.Cmd) {
	if c.SysProcAttr == nil {
		c.SysProcAttr = &syscall.SysProcAttr{}
	}
	c.SysProcAttr.Setpgid = true
	c.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// kill ends the process and its children at once, as a power cut would.
func (p *process) kill() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
}

// terminate asks politely and tells the exit code.
func (p *process) terminate(within time.Duration) (int, error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-time.After(within):
		p.kill()
		return 0, fmt.Errorf("still running %v after SIGTERM:\n%s", within, p.out.String())
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// peak is the largest resident memory of a process so far, in bytes, as the
// kernel counts it (proc(5), VmHWM). getrusage is no use here: a child inherits
// the peak of the parent it was forked from.
func peak(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM in the status of process %d", pid)
}

// freePort is a port that nobody listens on now. Another process may take it
// before it is used; who starts a server with it looks whether it came up.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
