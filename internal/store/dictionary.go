package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/klauspost/compress/zstd"

	"pantau/internal/snapshot"
)

// The pages of a site have much in common: its frame, its words. The first copy
// of one is packed with an older page of the same host as dictionary, which is
// stored for that, once, and never goes. Bodies stay a star: a delta needs its
// keyframe, a keyframe its dictionary, and nothing else.
const (
	withDictionary   = 3       // first byte of a keyframe that was packed so
	dictionaryMost   = 1 << 20 // bytes of a page that may become one
	dictionariesKept = 8       // of those that were used last, in memory
)

// dictionaryRow is a dictionary; data is packed, and empty where it is stored
// already.
type dictionaryRow struct {
	sha, host string
	data      []byte
}

// shared is a dictionary ready for use.
type shared struct {
	sha string
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// dictionaries are those that were used last.
type dictionaries struct {
	mu   sync.Mutex // guards what follows
	kept []*shared  // the newest last
}

func (d *dictionaries) get(sha string) *shared {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.kept {
		if s.sha == sha {
			return s
		}
	}
	return nil
}

func (d *dictionaries) put(s *shared) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.kept) >= dictionariesKept { // whoever uses the oldest still has it
		d.kept = d.kept[1:]
	}
	d.kept = append(d.kept, s)
}

func newShared(sha string, raw []byte) (*shared, error) {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression),
		zstd.WithEncoderDictRaw(1, raw), zstd.WithWindowSize(windowFor(len(raw)+dictionaryMost)))
	if err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderDictRaw(1, raw), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, err
	}
	return &shared{sha, e, d}, nil
}

// packFirst packs the first copy of a page. Where the host has no dictionary
// yet and another page, that page becomes it.
func (s *Store) packFirst(ctx context.Context, p packed, source string, r *snapshot.Response, b []byte) (packed, error) {
	alone := func() (packed, error) {
		p.data = s.codec.pack(b)
		return p, nil
	}
	u, err := url.Parse(r.Request.URL)
	if err != nil || r.Request.Part != "" || len(b) > dictionaryMost {
		return alone()
	}
	dict, row, err := s.dictionaryOf(ctx, snapshot.Host(u), source, p.place)
	if err != nil || dict == nil {
		p, _ := alone()
		return p, err
	}
	sha, err := hex.DecodeString(dict.sha)
	if err != nil {
		return p, fmt.Errorf("the name of dictionary %q: %w", dict.sha, err)
	}
	head := append([]byte{withDictionary}, sha...)
	p.data = dict.enc.EncodeAll(b, head)
	if without := s.codec.pack(b); len(p.data) > len(without)*19/20 { // another kind of page
		p.data = without
		return p, nil
	}
	p.dictionary = row
	return p, nil
}

// dictionaryOf is the dictionary of a host, nil if there can be none yet: the
// first in the order of their names, should two processes have made one each.
func (s *Store) dictionaryOf(ctx context.Context, host, source, place string) (*shared, *dictionaryRow, error) {
	var sha string
	err := s.read.QueryRowContext(ctx, `SELECT sha256 FROM dictionary WHERE host = $1 ORDER BY sha256 LIMIT 1`, host).Scan(&sha)
	if err == nil {
		d, err := s.dictionary(ctx, s.read, sha)
		return d, nil, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, explain(err)
	}
	err = s.read.QueryRowContext(ctx, `SELECT k.sha256 FROM keyframe k JOIN source s ON s.id = k.source WHERE s.host = $1 AND k.source <> $2 AND k.place = $3 ORDER BY k.sha256 LIMIT 1`,
		host, source, place).Scan(&sha)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, explain(err)
	}
	raw, err := s.body(ctx, s.read, sha)
	if err != nil || len(raw) > dictionaryMost {
		return nil, nil, err
	}
	d, err := newShared(sha, raw)
	return d, &dictionaryRow{sha, host, s.codec.pack(raw)}, err
}

// dictionary reads a dictionary and proves it against its name.
func (s *Store) dictionary(ctx context.Context, q querier, sha string) (*shared, error) {
	if d := s.dictionaries.get(sha); d != nil {
		return d, nil
	}
	var data []byte
	err := q.QueryRowContext(ctx, `SELECT data FROM dictionary WHERE sha256 = $1`, sha).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("dictionary %s: %w", sha, ErrNotFound)
	}
	if err != nil {
		return nil, explain(err)
	}
	raw, err := s.codec.unpack(data)
	if err == nil && snapshot.Digest(raw) != sha {
		err = errors.New("its SHA-256 differs from its name")
	}
	if err != nil {
		return nil, fmt.Errorf("dictionary %s: %w: %w", sha, ErrCorrupt, err)
	}
	d, err := newShared(sha, raw)
	if err == nil {
		s.dictionaries.put(d)
	}
	return d, err
}

// unpackKeyframe is a body that was packed without another.
func (s *Store) unpackKeyframe(ctx context.Context, q querier, data []byte) ([]byte, error) {
	if len(data) == 0 || data[0] != withDictionary {
		return s.codec.unpack(data)
	}
	if len(data) < 33 {
		return nil, errDelta
	}
	d, err := s.dictionary(ctx, q, hex.EncodeToString(data[1:33]))
	if err != nil {
		return nil, err
	}
	return d.dec.DecodeAll(data[33:], nil)
}
