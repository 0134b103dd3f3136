package crawler

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"slices"
	"strings"

	"pantau/internal/snapshot"
)

const (
	brokenKept = inMemory // bytes of a broken body that are kept as evidence; a body in the spool has more
	ratioFrom  = 1 << 20  // decoded bytes from which the ratio is judged
)

// wireReader counts, limits and digests what comes over the wire.
type wireReader struct {
	r     io.Reader
	watch *watch
	sum   hash.Hash
	n     int64
	limit int64
}

// Read implements io.Reader.
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
	coding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	wire := &wireReader{r: resp.Body, watch: w, sum: sha256.New(), limit: cmp.Or(j.source.Access.WireLimit, WireLimit)}
	if resp.ContentLength > wire.limit {
		return limitFault("bytes announced", wire.limit, "wire"), nil
	}
	out := &body{spool: j.spool}
	if coding != "" {
		out.sum = sha256.New()
	}
	out.expect(unpackedLength(coding, resp.ContentLength))
	f, err := j.decode(coding, wire, out)
	if err != nil {
		return nil, err
	}
	r.WireSize, r.WireDigest = wire.n, hex.EncodeToString(wire.sum.Sum(nil))
	if f != nil && f.Reason == snapshot.ReasonIncomplete {
		f.Detail += fmt.Sprintf("; %d bytes came", wire.n)
		if resp.ContentLength >= 0 {
			f.Detail += fmt.Sprintf(", %d were announced", resp.ContentLength)
		}
	}
	if f != nil {
		r.Body, err = out.beginning()
	} else {
		r.Body, err = out.finish(r.WireDigest)
	}
	return f, err
}

// unpackedLength is what is known of a body's length before it is read.
func unpackedLength(coding string, announced int64) int64 {
	if coding != "" {
		return -1
	}
	return announced
}

// decode copies a body, unpacked, and judges its limits and framing.
func (j *job) decode(coding string, wire *wireReader, out *body) (*snapshot.Fault, error) {
	limit, ratio := cmp.Or(j.source.Access.DecodedLimit, DecodedLimit), int64(cmp.Or(j.source.Access.RatioLimit, RatioLimit))
	if j.buf == nil {
		j.buf = make([]byte, 32<<10)
	}
	src, rest, err := j.decoder(coding, wire)
	for err == nil {
		var n int
		n, err = src.Read(j.buf)
		if werr := out.write(j.buf[:n]); werr != nil {
			return nil, werr
		}
		switch {
		case out.n > limit:
			return limitFault("bytes unpacked", limit, "decoded"), nil
		case out.n > ratioFrom && out.n/ratio > wire.n:
			return limitFault("times its size on the wire when unpacked", ratio, "ratio"), nil
		}
	}
	if err == io.EOF {
		err = ended(rest)
	}
	if err == nil {
		return nil, nil
	}
	var own *snapshot.Fault
	if err = wire.watch.explain(err); errors.As(err, &own) {
		return own, nil
	}
	return &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonIncomplete, Detail: "the body is not whole: " + trim(err), Err: err}, nil
}

// ended makes sure that nothing comes behind the end of a packed body: only so
// is the framing judged and the digest one of the whole wire.
func ended(rest io.Reader) error {
	n, err := io.Copy(io.Discard, rest)
	if err == nil && n > 0 {
		return fmt.Errorf("%d bytes behind the end of the packed body", n)
	}
	return err
}

// decoder gives a reader that unpacks, and what lies behind the packed body.
func (j *job) decoder(coding string, wire *wireReader) (src, rest io.Reader, err error) {
	switch coding {
	case "", "identity":
		return wire, wire, nil
	case "gzip", "x-gzip":
		if j.unzip == nil {
			j.unzip = new(gzip.Reader)
		}
		src, rest, err = j.unzip, wire, j.unzip.Reset(wire) // takes what follows for a further member (RFC 1952, section 2.2)
	case "deflate":
		buffered := bufio.NewReader(wire)
		rest = buffered
		src, err = zlib.NewReader(buffered)
	default:
		return nil, nil, &snapshot.Fault{Class: snapshot.Failed, Reason: snapshot.ReasonMalformed, Detail: fmt.Sprintf("the body is packed as %q, which was not asked for", coding)}
	}
	if err == io.EOF { // nothing at all: not even the head of a packed body
		err = io.ErrUnexpectedEOF
	}
	return src, rest, err
}

// body collects one body: in memory while it is small, else in the spool.
type body struct {
	spool   *spool
	buf     []byte
	lent    bool      // buf is the spool's spare one
	at      int64     // where in the spool it begins, if it is there
	spooled bool      // some of it is in the spool
	n       int64     // bytes written
	sum     hash.Hash // of a body that is packed on the wire; nil: the digest of the wire serves
}

// expect makes room for an announced length, negative if unknown; what is
// announced is not believed beyond what memory may hold. A body that may lie
// in the spool is collected in a buffer that serves for all of them.
func (b *body) expect(n int64) {
	if n < 0 || n > int64(b.spool.left()) {
		b.buf, b.lent = b.spool.spare[:0], true
	} else if n > 0 {
		b.buf = make([]byte, 0, n)
	}
}

func (b *body) write(p []byte) error {
	b.n += int64(len(p))
	if b.sum != nil {
		b.sum.Write(p)
	}
	b.buf = append(b.buf, p...)
	if len(b.buf) <= inMemory {
		return nil
	}
	return b.flush()
}

func (b *body) flush() error {
	at, err := b.spool.add(b.buf)
	if err != nil {
		return err
	}
	if !b.spooled {
		b.at, b.spooled = at, true
	}
	b.buf = b.buf[:0]
	b.spool.spare = b.buf
	return nil
}

// finish gives the whole body; wire is the digest of the bytes on the wire.
func (b *body) finish(wire string) (snapshot.Body, error) {
	digest := wire
	if b.sum != nil {
		digest = hex.EncodeToString(b.sum.Sum(nil))
	}
	if !b.spooled && b.spool.fits(len(b.buf)) {
		kept := b.buf
		if b.lent {
			kept, b.spool.spare = slices.Clone(kept), kept
		}
		return snapshot.Body{SHA256: digest, Size: b.n, Read: func() ([]byte, error) { return kept, nil }}, nil
	}
	if err := b.flush(); err != nil {
		return snapshot.Body{}, err
	}
	spool, at, n := b.spool, b.at, b.n // and not b, whose buffer is free now
	return snapshot.Body{SHA256: digest, Size: n, Read: func() ([]byte, error) { return spool.read(at, n) }}, nil
}

// beginning gives what is kept of a broken body, and the room of the rest back.
func (b *body) beginning() (snapshot.Body, error) {
	b.sum = nil
	if !b.spooled {
		return b.finish(snapshot.Digest(b.buf))
	}
	spool, at := b.spool, b.at
	head, err := spool.read(at, brokenKept)
	if err != nil {
		return snapshot.Body{}, err
	}
	spool.cut(at + brokenKept)
	return snapshot.Body{SHA256: snapshot.Digest(head), Size: brokenKept, Read: func() ([]byte, error) { return spool.read(at, brokenKept) }}, nil
}
