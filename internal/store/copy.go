package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Copied counts the rows of a copy by table.
type Copied map[string]int64

// Rows is how many there are in all.
func (c Copied) Rows() (n int64) {
	for _, m := range c {
		n += m
	}
	return n
}

// Copy fills an empty database with everything another one holds, ids included,
// in one transaction of each: the source is read as it was at one moment, and a
// process that dies here leaves the target empty. Jobs are not copied; the
// tables tell what is to be done. The target is read again and compared.
func Copy(ctx context.Context, from, to *Store) (Copied, error) {
	tables, err := to.tables(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		var any int
		if err := to.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+t+` LIMIT 1) AS one`).Scan(&any); err != nil {
			return nil, explain(err)
		}
		if any > 0 {
			return nil, fmt.Errorf("%s is not empty (table %s has rows): a copy goes into a database that holds nothing", to.name, t)
		}
	}
	src, err := from.read.BeginTx(ctx, from.moment)
	if err != nil {
		return nil, explain(err)
	}
	defer src.Rollback()
	var read map[string]sum
	write := to.updateOnce
	if to.enter != nil {
		write = to.updateMarked
	}
	if err := write(ctx, func(tx *sql.Tx) error {
		read, err = copyTables(ctx, src, tx, to.batch, tables)
		if err == nil && to.numbered != nil {
			err = to.numbered(ctx, tx)
		}
		return err
	}); err != nil {
		return nil, fmt.Errorf("copy of %s to %s: %w", from.name, to.name, explain(err))
	}
	written, err := sums(ctx, to.read, tables)
	if err != nil {
		return nil, err
	}
	n := Copied{}
	for t, s := range read {
		if !s.equal(written[t]) {
			return nil, fmt.Errorf("%s: %w: %d rows of table %s were read, %d are there, and they are not the same", to.name, ErrCorrupt, s.rows, t, written[t].rows)
		}
		n[t] = s.rows
	}
	return n, nil
}

// Idle fails while a living process works with the database: what it does
// behind a copy would be lost.
func (s *Store) Idle(ctx context.Context, now time.Time) error {
	var holds []string
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var owner string
		if err := scan(&owner); err != nil {
			return err
		}
		if s.opt.Gone == nil || !s.opt.Gone(owner) {
			holds = append(holds, owner)
		}
		return nil
	}, `SELECT DISTINCT owner FROM lease WHERE expires > $1 ORDER BY owner`, s.clock(now).UnixMicro())
	if err == nil && len(holds) > 0 {
		err = fmt.Errorf("%s is at work (%s): stop it first; a process that died is forgotten after 30 s", s.name, strings.Join(holds, ", "))
	}
	return err
}

// Digest is one value over all rows of all tables. It is the same for two
// databases that hold the same, whichever they are.
func (s *Store) Digest(ctx context.Context) (string, error) {
	tables, err := s.tables(ctx)
	if err != nil {
		return "", err
	}
	tx, err := s.read.BeginTx(ctx, s.moment)
	if err != nil {
		return "", explain(err)
	}
	defer tx.Rollback()
	all, err := sums(ctx, tx, tables)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, t := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(h, "%s %d %x\n", t, all[t].rows, all[t].digest)
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// tables lists our tables, those that others refer to first. What belongs to
// one database and not to what it holds is left out.
func (s *Store) tables(ctx context.Context) ([]string, error) {
	needs := map[string][]string{}
	err := each(ctx, s.read, func(scan func(...any) error) error {
		var table string
		var to sql.NullString
		if err := scan(&table, &to); err != nil {
			return err
		}
		for _, foreign := range []string{"goose_", "river_", "sqlite_"} {
			if strings.HasPrefix(table, foreign) {
				return nil
			}
		}
		if table == "writer" {
			return nil
		}
		others := needs[table]
		if to.Valid && to.String != table {
			others = append(others, to.String)
		}
		needs[table] = others
		return nil
	}, s.references)
	if err != nil {
		return nil, err
	}
	var out []string
	var put func(t string)
	put = func(t string) {
		if slices.Contains(out, t) {
			return
		}
		for _, n := range needs[t] {
			put(n)
		}
		out = append(out, t)
	}
	for _, t := range slices.Sorted(maps.Keys(needs)) {
		put(t)
	}
	return out, nil
}

func copyTables(ctx context.Context, src querier, tx *sql.Tx, batch int, tables []string) (map[string]sum, error) {
	out := map[string]sum{}
	for _, t := range tables {
		w := &filler{tx: tx, table: t, batch: batch}
		s, err := rows(ctx, src, t, w.add)
		if err == nil {
			err = w.flush(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t, err)
		}
		out[t] = s
	}
	return out, nil
}

func sums(ctx context.Context, q querier, tables []string) (map[string]sum, error) {
	out := map[string]sum{}
	for _, t := range tables {
		s, err := rows(ctx, q, t, func(context.Context, []string, []any) error { return nil })
		if err != nil {
			return nil, fmt.Errorf("table %s: %w", t, err)
		}
		out[t] = s
	}
	return out, nil
}

// rows streams a table. A delta comes behind the keyframe it refers to; the two
// are asked for apart, because a database that put gigabytes in order first would
// be silent for so long that the other one gives the transaction up.
func rows(ctx context.Context, q querier, table string, got func(ctx context.Context, columns []string, values []any) error) (sum, error) {
	s := sum{digest: new(big.Int)}
	queries := []string{`SELECT * FROM ` + table}
	if table == "blob" {
		queries = []string{queries[0] + ` WHERE base IS NULL`, queries[0] + ` WHERE base IS NOT NULL`}
	}
	for _, query := range queries {
		if err := s.stream(ctx, q, query, got); err != nil {
			return s, err
		}
	}
	return s, nil
}

// stream adds the rows of a query up, and hands them on.
func (s *sum) stream(ctx context.Context, q querier, query string, got func(ctx context.Context, columns []string, values []any) error) error {
	list, err := q.QueryContext(ctx, query)
	if err != nil {
		return explain(err)
	}
	defer list.Close()
	columns, err := list.Columns()
	if err != nil {
		return err
	}
	into := make([]any, len(columns))
	for list.Next() {
		values := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := list.Scan(into...); err != nil {
			return explain(err)
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok && b == nil {
				values[i] = []byte{} // an empty one is not NULL
			}
		}
		if err := s.add(columns, values); err != nil {
			return err
		}
		if err := got(ctx, columns, values); err != nil {
			return err
		}
	}
	return explain(list.Err())
}

// sum tells whether two tables hold the same rows, in whatever order: the
// digests of the rows are added up.
type sum struct {
	rows   int64
	digest *big.Int
}

func (s sum) equal(o sum) bool {
	return o.digest != nil && s.rows == o.rows && s.digest.Cmp(o.digest) == 0
}

func (s *sum) add(columns []string, values []any) error {
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(columns[a], columns[b]) })
	h := sha256.New()
	put := func(kind byte, b []byte) {
		h.Write(binary.BigEndian.AppendUint64([]byte{kind}, uint64(len(b))))
		h.Write(b)
	}
	for _, i := range order {
		put('c', []byte(columns[i]))
		switch v := values[i].(type) {
		case nil:
			put('0', nil)
		case int64:
			put('i', binary.BigEndian.AppendUint64(nil, uint64(v)))
		case string:
			put('t', []byte(v))
		case []byte:
			put('b', v)
		default:
			return fmt.Errorf("column %s holds a %T, which no column of ours does", columns[i], v)
		}
	}
	s.rows++
	s.digest.Add(s.digest, new(big.Int).SetBytes(h.Sum(nil)))
	return nil
}

// filler inserts rows, many with one statement.
type filler struct {
	tx      *sql.Tx
	table   string
	batch   int // rows of one statement
	columns []string
	args    []any
	bytes   int
}

const fillBytes = 1 << 20 // of one statement

func (w *filler) add(ctx context.Context, columns []string, values []any) error {
	w.columns = columns
	for _, v := range values {
		switch v := v.(type) {
		case []byte:
			w.bytes += len(v)
		case string:
			w.bytes += len(v)
		}
	}
	if w.args = append(w.args, values...); len(w.args) < w.batch*len(columns) && w.bytes < fillBytes {
		return nil
	}
	return w.flush(ctx)
}

func (w *filler) flush(ctx context.Context) error {
	if len(w.args) == 0 {
		return nil
	}
	_, err := w.tx.ExecContext(ctx, insertion(w.table, w.columns, len(w.args)/len(w.columns)), w.args...)
	w.args, w.bytes = w.args[:0], 0
	if code(err) == "22021" {
		err = errors.Join(err, errors.New("a text holds bytes that PostgreSQL does not take; `pantau fsck` of the source may name it"))
	}
	return err
}

// insertion is a statement that inserts n rows at once.
func insertion(table string, columns []string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `INSERT INTO %s (%s) VALUES `, table, strings.Join(columns, ", "))
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		for j := range columns {
			fmt.Fprintf(&b, "%c$%d", "(,"[min(j, 1)], i*len(columns)+j+1)
		}
		b.WriteByte(')')
	}
	return b.String()
}
