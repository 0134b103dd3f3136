package crawler

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

const inMemory = 1 << 20 // bytes of bodies that a capture keeps in memory

// spool is the file of the bodies of one capture. It has no name in the folder
// once it is open, so a process that dies leaves nothing behind. A capture is
// crawled by one goroutine; afterwards the spool is only read.
type spool struct {
	dir    string
	file   *os.File
	size   int64
	memory int    // bytes of bodies in memory
	spare  []byte // to collect bodies in that will lie in the file
	named  bool   // the system could not take the name away while the file is open
	once   sync.Once
}

// spoolError is a failure of our own disk, not of the site.
type spoolError struct{ err error }

func (e *spoolError) Error() string { return "spool of the bodies: " + e.err.Error() }
func (e *spoolError) Unwrap() error { return e.err }

// left is how many bytes of bodies may still stay in memory.
func (s *spool) left() int { return inMemory - s.memory }

// fits tells whether a body may stay in memory, and counts it.
func (s *spool) fits(n int) bool {
	if n > s.left() {
		return false
	}
	s.memory += n
	return true
}

// add appends b and tells where it begins.
func (s *spool) add(b []byte) (int64, error) {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "pantau-spool-")
		if err != nil {
			return 0, &spoolError{err}
		}
		s.named = os.Remove(f.Name()) != nil
		s.file = f
	}
	at := s.size
	n, err := s.file.WriteAt(b, at)
	s.size += int64(n)
	if err != nil {
		return at, &spoolError{err}
	}
	return at, nil
}

// cut gives up what was added from at on; it will be written over.
func (s *spool) cut(at int64) { s.size = at }

func (s *spool) read(at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := s.file.ReadAt(b, at); err != nil {
		return nil, &spoolError{fmt.Errorf("%d bytes at %d: %w", n, at, err)}
	}
	return b, nil
}

// Close implements io.Closer; closing twice does nothing.
func (s *spool) Close() error {
	var err error
	s.once.Do(func() {
		if s.file == nil {
			return
		}
		err = s.file.Close()
		if s.named {
			err = errors.Join(err, os.Remove(s.file.Name()))
		}
	})
	return err
}
