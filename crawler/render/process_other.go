//go:build !linux

package render

import "syscall"

// attributes put the browser in a group of its own. Elsewhere than on Linux
// nobody ends it for us: if we are killed it notices that its pipe is closed.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// memoryOf cannot be known here; Chromium's own limit of a page's scripts
// stays.
func memoryOf(int) int64 { return 0 }
