package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"pantau/internal/snapshot"
)

// Bodies are stored against a keyframe: an earlier body of the same place
// (index and page of a source). It is a star and not a chain: a delta needs its
// keyframe and nothing else. Where lines of the keyframe are found again the
// delta says which; else the keyframe serves a compressor as raw dictionary.
const (
	keyframeUses = 20      // deltas against one keyframe before it may be found old
	drift        = 32      // part of a body that a delta against an old one may measure
	dictionary   = 1 << 20 // bytes of a keyframe that serve as dictionary
)

// The first byte of a delta that says which lines; a zstd frame begins
// otherwise.
const (
	linesPacked = 1 // compressed
	linesPlain  = 2 // as it is: too short to become shorter
)

// codec holds the encoder and decoder that know no dictionary; both are safe
// for concurrent use.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newCodec() (codec, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return codec{}, err
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	return codec{e, d}, err
}

func (c codec) pack(b []byte) []byte            { return c.enc.EncodeAll(b, nil) }
func (c codec) unpack(b []byte) ([]byte, error) { return c.dec.DecodeAll(b, nil) }

// dictionaryOf is the head of a keyframe: what both sides use.
func dictionaryOf(key []byte) []byte { return key[:min(len(key), dictionary)] }

// packDelta packs b against key.
func (c codec) packDelta(b, key []byte) ([]byte, error) {
	if d := delta(b, key); len(d) < len(b)/8 {
		if packed := c.pack(d); len(packed) < len(d) {
			return append([]byte{linesPacked}, packed...), nil
		}
		return append([]byte{linesPlain}, d...), nil
	}
	return packByDictionary(b, key)
}

func packByDictionary(b, key []byte) ([]byte, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderDictRaw(1, dictionaryOf(key)), zstd.WithWindowSize(windowFor(len(b)+len(key))))
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.EncodeAll(b, nil), nil
}

// windowFor is the least window that reaches from the end of a body back to
// the start of its dictionary: the encoder's memory follows it.
func windowFor(n int) int {
	w := zstd.MinWindowSize
	for w < n && w < 8<<20 {
		w <<= 1
	}
	return w
}

// unpackDelta is the body of so many bytes that was packed against key.
func (c codec) unpackDelta(b, key []byte, size int64) ([]byte, error) {
	if len(b) > 0 && b[0] == linesPlain {
		return patch(b[1:], key, size)
	}
	if len(b) > 0 && b[0] == linesPacked {
		d, err := c.unpack(b[1:])
		if err != nil {
			return nil, err
		}
		return patch(d, key, size)
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderDictRaw(1, dictionaryOf(key)), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.DecodeAll(b, nil)
}

// packed is a body ready to be inserted.
type packed struct {
	sha256, base string // base empty: a keyframe
	size         int64
	data         []byte
	place        string         // set where it becomes the keyframe of its place
	uses         bool           // counts as a use of its base
	dictionary   *dictionaryRow // to be stored with it; nil: it needs none, or it is there
}

// packBodies compresses what the capture brought and the database does not
// have yet. It runs before the transaction: only inserts are left for it.
func (s *Store) packBodies(ctx context.Context, c *snapshot.Capture) ([]packed, error) {
	var out []packed
	seen := map[string]bool{}
	for _, r := range c.Responses {
		sha := r.Body.SHA256
		if r.Body.Size == 0 || seen[sha] {
			continue
		}
		seen[sha] = true
		var there int
		err := s.read.QueryRowContext(ctx, `SELECT 1 FROM blob WHERE sha256 = $1`, sha).Scan(&there)
		if err == nil {
			continue
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return nil, explain(err)
		}
		b, err := r.Body.Bytes()
		if err != nil {
			return nil, fmt.Errorf("body of %s: %w", r.Request.URL, err)
		}
		p, err := s.packBody(ctx, c.Source, r, b)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (s *Store) packBody(ctx context.Context, source string, r *snapshot.Response, b []byte) (packed, error) {
	p := packed{sha256: r.Body.SHA256, size: int64(len(b)), place: fmt.Sprintf("%s/%d", r.Request.Part, r.Request.Page)}
	whole := func() (packed, error) {
		p.data = s.codec.pack(b)
		return p, nil
	}
	if r.Fault != nil { // a broken body is no likeness of the next
		p.place = ""
		return whole()
	}
	var key string
	var used int
	err := s.read.QueryRowContext(ctx, `SELECT sha256, used FROM keyframe WHERE source = $1 AND place = $2`, source, p.place).Scan(&key, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return s.packFirst(ctx, p, source, r, b)
	}
	if err != nil {
		return p, explain(err)
	}
	k, err := s.body(ctx, s.read, key)
	if err != nil {
		return p, err
	}
	if p.data, err = s.codec.packDelta(b, k); err != nil {
		return p, err
	}
	switch {
	case used >= keyframeUses && len(p.data) > len(b)/drift: // the place has moved away from it
		return s.packFirst(ctx, p, source, r, b)
	case len(p.data) > len(b)/16: // hardly alike: perhaps worth a keyframe
		alone, err := s.packFirst(ctx, p, source, r, b)
		if err != nil || len(alone.data) < 2*len(p.data) {
			return alone, err
		}
	}
	p.base, p.uses = key, true
	return p, nil
}

func insertBodies(ctx context.Context, tx *sql.Tx, source string, bodies []packed) error {
	for _, p := range bodies {
		var base any
		if p.base != "" {
			base = p.base
		}
		if d := p.dictionary; d != nil {
			if _, err := tx.ExecContext(ctx, `INSERT INTO dictionary (sha256, host, data) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, d.sha, d.host, d.data); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO blob (sha256, size, base, data) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			p.sha256, p.size, base, p.data); err != nil {
			return err
		}
		var err error
		switch {
		case p.uses:
			_, err = tx.ExecContext(ctx, `UPDATE keyframe SET used = used + 1 WHERE source = $1 AND place = $2 AND used < $3`, source, p.place, keyframeUses)
		case p.place != "":
			_, err = tx.ExecContext(ctx, `INSERT INTO keyframe (source, place, sha256, used) VALUES ($1, $2, $3, 0)
				ON CONFLICT (source, place) DO UPDATE SET sha256 = excluded.sha256, used = 0`, source, p.place, p.sha256)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// body reads a body and proves it against its name.
func (s *Store) body(ctx context.Context, q querier, sha string) ([]byte, error) {
	var base sql.NullString
	var size int64
	var data []byte
	err := q.QueryRowContext(ctx, `SELECT base, size, data FROM blob WHERE sha256 = $1`, sha).Scan(&base, &size, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("body %s: %w", sha, ErrNotFound)
	}
	if err != nil {
		return nil, explain(err)
	}
	var b []byte
	if base.Valid {
		key, kerr := s.body(ctx, q, base.String)
		if kerr != nil {
			return nil, kerr
		}
		b, err = s.codec.unpackDelta(data, key, size)
	} else {
		b, err = s.unpackKeyframe(ctx, q, data)
	}
	if err != nil {
		return nil, fmt.Errorf("body %s: %w: %w", sha, ErrCorrupt, err)
	}
	if snapshot.Digest(b) != sha {
		return nil, fmt.Errorf("body %s: %w: its SHA-256 differs from its name", sha, ErrCorrupt)
	}
	return b, nil
}
