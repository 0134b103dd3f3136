package crawler

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"pantau/internal/snapshot"
)

const (
	inMemory   = 1 << 20 // bytes of bodies that a capture keeps in memory
	brokenKept = 1 << 20 // bytes of a broken body that are kept as evidence
	ratioFrom  = 1 << 20 // decoded bytes from which the ratio is judged
)

// lowSpeed is the rate, averaged over one time-out, below which an answer is
// given up: a server that drips keeps a host's turn from the others.
const lowSpeed = 1 << 10 // bytes a second

// watch ends an exchange whose answer does not come, stalls or drips.
type watch struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
	window  time.Time
	got     int64
}

var errSlow = errors.New("the answer came too slowly")

func newWatch(parent context.Context, timeout time.Duration) *watch {
	w := &watch{timeout: timeout}
	w.ctx, w.cancel = context.WithCancelCause(parent)
	w.timer = time.AfterFunc(timeout, func() { w.cancel(errSlow) })
	return w
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(context.Canceled)
}

// saw is told of every piece of a body.
func (w *watch) saw(n int) {
	now := time.Now()
	if w.window.IsZero() {
		w.window = now
	}
	w.got += int64(n)
	if span := now.Sub(w.window); span >= w.timeout {
		if w.got < int64(span.Seconds()*lowSpeed) {
			w.cancel(errSlow)
			return
		}
		w.window, w.got = now, 0
	}
	w.timer.Reset(w.timeout)
}

func (w *watch) explain(err error) error {
	if context.Cause(w.ctx) == errSlow {
		return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonTimeout, Err: err,
			Detail: fmt.Sprintf("no answer within %s, or slower than %d bytes a second; `timeout` raises the limit", w.timeout, lowSpeed)}
	}
	return err
}

// wireReader counts and digests what comes over the wire.
type wireReader struct {
	r     io.Reader
	watch *watch
	sum   hash.Hash
	n     int64
	limit int64
}

func (w *wireReader) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	w.watch.saw(n)
	w.n += int64(n)
	w.sum.Write(b[:n])
	if w.n > w.limit {
		return n, limitFault("bytes over the wire", w.limit, "wire")
	}
	return n, err
}

func limitFault(what string, limit int64, key string) *snapshot.Fault {
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonLimit,
		Detail: fmt.Sprintf("more than %d %s; `limits: {%s: ...}` at the source raises the limit", limit, what, key)}
}

// read takes the body into the spool, decoded. The fault says what is wrong
// with it; then only its beginning is kept. The error is of our own disk.
func (j *job) read(resp *http.Response, r *snapshot.Response, w *watch) (*snapshot.Fault, error) {
	a := j.source.Access
	wire := &wireReader{r: resp.Body, watch: w, sum: sha256.New(), limit: cmp.Or(a.WireLimit, WireLimit)}
	if resp.ContentLength > wire.limit {
		return limitFault("bytes announced", wire.limit, "wire"), nil
	}
	out := &bodyWriter{spool: j.spool, size: resp.ContentLength}
	f, err := decode(resp.Header.Get("Content-Encoding"), wire, out, a)
	if err != nil {
		return nil, err
	}
	r.WireSize, r.WireDigest = wire.n, hex.EncodeToString(wire.sum.Sum(nil))
	if f != nil && f.Reason == snapshot.ReasonIncomplete {
		f.Detail = fmt.Sprintf("the body is not whole: %d bytes came", wire.n)
		if resp.ContentLength >= 0 {
			f.Detail += fmt.Sprintf(", %d were announced", resp.ContentLength)
		}
	}
	r.Body, err = out.finish(f != nil, r.WireDigest, resp.Header.Get("Content-Encoding") == "")
	return f, err
}

// decode copies a body, unpacked, and judges its limits and framing.
func decode(coding string, wire *wireReader, out *bodyWriter, a snapshot.Access) (*snapshot.Fault, error) {
	src, err := decoder(coding, wire)
	limit, ratio := cmp.Or(a.DecodedLimit, DecodedLimit), int64(cmp.Or(a.RatioLimit, RatioLimit))
	buf := make([]byte, 32<<10)
	for err == nil {
		var n int
		n, err = src.Read(buf)
		if _, werr := out.Write(buf[:n]); werr != nil {
			return nil, werr
		}
		switch {
		case out.n > limit:
			return limitFault("bytes unpacked", limit, "decoded"), nil
		case out.n > ratioFrom && out.n > ratio*wire.n:
			return limitFault("times its size on the wire when unpacked", ratio, "ratio"), nil
		}
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil
	}
	var own *snapshot.Fault
	if err = wire.watch.explain(err); errors.As(err, &own) {
		return own, nil
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonIncomplete, Detail: "the body is broken", Err: err}, nil
}

func decoder(coding string, r io.Reader) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(coding)) {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(r)
	case "deflate":
		return zlib.NewReader(r)
	}
	return nil, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonMalformed, Detail: fmt.Sprintf("the body is packed as %q, which was not asked for", coding)}
}

// bodyWriter collects a body: in memory while it is small, else in the spool.
type bodyWriter struct {
	spool *spool
	size  int64 // announced; negative: unknown
	buf   []byte
	at    int64 // where in the spool it begins, once it is there
	inned bool  // some of it is in the spool
	n     int64
	head  []byte // of a body in the spool, for evidence when it breaks
	sum   hash.Hash
}

func (w *bodyWriter) Write(b []byte) (int, error) {
	w.n += int64(len(b))
	if w.buf == nil && w.size > 0 && w.size < inMemory {
		w.buf = make([]byte, 0, w.size)
	}
	w.buf = append(w.buf, b...)
	if len(w.buf) < inMemory {
		return len(b), nil
	}
	return len(b), w.flush()
}

func (w *bodyWriter) flush() error {
	if w.sum == nil {
		w.sum = sha256.New()
		w.head = slices.Clone(w.buf[:min(len(w.buf), brokenKept)])
	}
	w.sum.Write(w.buf)
	at, err := w.spool.add(w.buf)
	if err != nil {
		return err
	}
	if !w.inned {
		w.at, w.inned = at, true
	}
	w.buf = w.buf[:0]
	return nil
}

// finish gives the body; of a broken one its beginning. wire is the digest of
// the bytes on the wire, which serves where they were not packed.
func (w *bodyWriter) finish(broken bool, wire string, plain bool) (snapshot.Body, error) {
	if broken {
		head := w.head
		if !w.inned {
			head = w.buf[:min(len(w.buf), brokenKept)]
		}
		return snapshot.BodyOf(bytes.Clone(head)), nil
	}
	if !w.inned && w.spool.fits(len(w.buf)) {
		if plain {
			b := w.buf
			return snapshot.Body{SHA256: wire, Size: w.n, Read: func() ([]byte, error) { return b, nil }}, nil
		}
		return snapshot.BodyOf(w.buf), nil
	}
	if err := w.flush(); err != nil {
		return snapshot.Body{}, err
	}
	at, n := w.at, w.n
	return snapshot.Body{SHA256: hex.EncodeToString(w.sum.Sum(nil)), Size: n, Read: func() ([]byte, error) { return w.spool.read(at, n) }}, nil
}

// spool is the file of the bodies of one capture. It has no name in the folder
// once it is open, so a process that dies leaves nothing behind. A capture is
// crawled by one goroutine; afterwards the spool is only read.
type spool struct {
	dir    string
	file   *os.File
	size   int64
	memory int
	once   sync.Once
}

// fits tells whether a body may stay in memory, and counts it.
func (s *spool) fits(n int) bool {
	if s.memory+n > inMemory {
		return false
	}
	s.memory += n
	return true
}

func (s *spool) add(b []byte) (int64, error) {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "pantau-spool-")
		if err != nil {
			return 0, err
		}
		os.Remove(f.Name()) // where that is not possible the file stays until Close
		s.file = f
	}
	at := s.size
	n, err := s.file.WriteAt(b, at)
	s.size += int64(n)
	return at, err
}

func (s *spool) read(at, n int64) ([]byte, error) {
	b := make([]byte, n)
	_, err := s.file.ReadAt(b, at)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	return b, nil
}

// Close implements io.Closer.
func (s *spool) Close() error {
	var err error
	s.once.Do(func() {
		if s.file != nil {
			err = s.file.Close()
			os.Remove(s.file.Name())
		}
	})
	return err
}
