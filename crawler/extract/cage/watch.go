package cage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// look is how often the memory is looked at.
const look = 40 * time.Millisecond

// watch kills the group of a process that takes more memory than it may. Go
// cannot live under a limit of its address space, so that what is really used is
// looked at instead; the memory of PDFium itself has a limit of its own.
func (k *child) watch(pid int, stopped <-chan struct{}) {
	t := time.NewTicker(look)
	defer t.Stop()
	for {
		select {
		case <-stopped:
			return
		case <-t.C:
		}
		if resident(pid) > k.limits.Memory {
			k.mu.Lock()
			k.over = true
			k.mu.Unlock()
			syscall.Kill(-pid, syscall.SIGKILL)
			return
		}
	}
}

// resident is the memory of a process and its children in bytes, 0 if it has
// gone or this system does not say.
func resident(pid int) int64 {
	sum := int64(0)
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid)); err == nil {
		if f := bytes.Fields(b); len(f) > 1 {
			pages, _ := strconv.ParseInt(string(f[1]), 10, 64)
			sum = pages * int64(os.Getpagesize())
		}
	}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for _, f := range bytes.Fields(b) {
			if child, err := strconv.Atoi(string(f)); err == nil && child != pid {
				sum += resident(child)
			}
		}
	}
	return sum
}
