// Package cage reads files of formats in which a hostile file can do harm: PDF
// and DOCX. Each file is read by a process of its own, which is the same program
// started again; it gets the bytes and answers with the document.
//
// Invariants: one process reads one file, so that nothing of one can show in the
// answer about the next; it ends with the deadline, with the caller's context or
// with the program, and all that it started ends with it; it has no database, no
// configuration and none of the environment but what finds tesseract; whatever
// it does instead of answering is a fault of the file, with the reason.
package cage

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"pantau/internal/snapshot"
)

// Command is the only argument of the process that reads. It is no command for
// people.
const Command = "read-file-in-a-process-of-its-own"

// Asked tells whether this process was started to read a file; then nothing but
// Main may run.
func Asked(args []string) bool { return len(args) == 2 && args[1] == Command }

// Limits are what reading a file may cost.
type Limits struct {
	Wall   time.Duration // of the whole file
	Memory int64         // bytes, of the process and what it started
	Output int64         // bytes of the answer
	Pages  int           // of a PDF
	Chars  int           // of all text
	Scans  int           // pages that are read as pictures
}

// Usual are the limits where nothing else was asked for.
func Usual() Limits {
	return Limits{Wall: 8 * time.Minute, Memory: 800 << 20, Output: 64 << 20, Pages: 5000, Chars: 20_000_000, Scans: 300}
}

// Cage starts the processes. The zero Cage works, with usual limits and without
// a folder for compiled code. It is safe for concurrent use.
type Cage struct {
	Cache  string // folder that only this user can write; see pdf.Options
	Blind  bool   // pictures are not read, though tesseract is there
	Limits Limits

	once  sync.Once
	slots chan struct{}
}

// atOnce is how many files are read at a time.
const atOnce = 2

// job is the first line of what the process is given; the file follows.
type job struct {
	Cache  string `json:"cache,omitempty"`
	Blind  bool   `json:"blind,omitempty"`
	Limits Limits `json:"limits"`
}

// answer is what the process says.
type answer struct {
	Document *snapshot.Document `json:"document,omitempty"`
	Fault    *snapshot.Fault    `json:"fault,omitempty"`
}

// Read reads a file. The error is a *snapshot.Fault unless the context ended or
// the process could not be started.
func (c *Cage) Read(ctx context.Context, body []byte) (*snapshot.Document, error) {
	c.once.Do(func() { c.slots = make(chan struct{}, atOnce) })
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	limits := c.Limits
	if limits == (Limits{}) {
		limits = Usual()
	}
	head, err := json.Marshal(job{c.Cache, c.Blind, limits})
	if err != nil {
		return nil, err
	}
	return (&child{limits: limits}).run(ctx, io.MultiReader(bytes.NewReader(append(head, '\n')), bytes.NewReader(body)))
}

// child is one process.
type child struct {
	limits Limits
	out    limited
	errs   limited

	mu   sync.Mutex
	over bool // it took too much memory
}

func (k *child) run(ctx context.Context, in io.Reader) (*snapshot.Document, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program that reads files: %w", err)
	}
	// The process ends when the other end of this pipe is closed, as it is when
	// this program dies.
	held, hold, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the process that reads files: %w", err)
	}
	defer hold.Close()
	timed, cancel := context.WithTimeout(ctx, k.limits.Wall)
	defer cancel()
	k.out.most, k.errs.most = k.limits.Output, 4<<10
	cmd := exec.CommandContext(timed, self, Command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = in, &k.out, &k.errs, []*os.File{held}
	cmd.Env = environment()
	cmd.Dir = os.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Start()
	held.Close()
	if err != nil {
		return nil, fmt.Errorf("start the process that reads files: %w", err)
	}
	stopped := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.watch(cmd.Process.Pid, stopped)
	}()
	err = cmd.Wait()
	close(stopped)
	<-done
	// What it started and did not wait for ends too.
	if killed := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); killed != nil && !errors.Is(killed, syscall.ESRCH) {
		return nil, fmt.Errorf("end the process that read a file: %w", killed)
	}
	return k.outcome(ctx, timed, err)
}

// environment is the little that the process gets.
func environment() []string {
	env := []string{"LC_ALL=C.UTF-8"}
	for _, name := range []string{"PATH", "TESSDATA_PREFIX", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// outcome makes of what the process did an answer or a fault.
func (k *child) outcome(ctx, timed context.Context, err error) (*snapshot.Document, error) {
	k.mu.Lock()
	over := k.over
	k.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case over:
		return nil, failed(snapshot.ReasonLimit, "reading the file took more than %d MB of memory (limit: memory)", k.limits.Memory>>20)
	case timed.Err() != nil:
		return nil, failed(snapshot.ReasonLimit, "reading the file took longer than %s (limit: time)", k.limits.Wall)
	case k.out.over:
		return nil, failed(snapshot.ReasonLimit, "the text of the file is larger than %d MB (limit: output)", k.limits.Output>>20)
	case err != nil:
		last := lastLine(k.errs.b.String())
		return nil, failed(snapshot.ReasonMalformed, "the file cannot be read: the process that read it broke down (%v%s)", err, last)
	}
	a, err := decode(k.out.b.Bytes())
	if err != nil {
		return nil, failed(snapshot.ReasonMalformed, "the file cannot be read: %v", err)
	}
	if a.Fault != nil {
		return nil, a.Fault
	}
	return a.Document, nil
}

func lastLine(said string) string {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" { // the first: of a panic its reason
			return ": " + line
		}
	}
	return ""
}

// decode reads an answer, which may be anything: the process may be a hostile
// file's by now.
func decode(b []byte) (*answer, error) {
	var a answer
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return nil, fmt.Errorf("the answer of the process that read it is garbled: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the answer of the process that read it is garbled: more follows the first value")
	}
	switch {
	case (a.Document == nil) == (a.Fault == nil):
		return nil, errors.New("the process that read it gave no answer")
	case a.Fault != nil && (a.Fault.Reason == "" || a.Fault.Class != snapshot.Failed && a.Fault.Class != snapshot.Held):
		return nil, errors.New("the process that read it gave no reason")
	case a.Document != nil && len(a.Document.Records) > 0:
		return nil, errors.New("the process that read it gave records, which no file has")
	}
	return &a, nil
}

func failed(reason, format string, args ...any) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// limited keeps the beginning of what is written to it.
type limited struct {
	b    bytes.Buffer
	most int64
	over bool
}

// Write implements io.Writer. What is too much is an error, which ends the
// process by a broken pipe.
func (l *limited) Write(b []byte) (int, error) {
	room := cmp.Or(l.most, 1) - int64(l.b.Len())
	if int64(len(b)) > room {
		l.over = true
		l.b.Write(b[:max(0, room)])
		return int(max(0, room)), io.ErrShortWrite
	}
	return l.b.Write(b)
}
