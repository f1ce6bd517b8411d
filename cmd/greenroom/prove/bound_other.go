//go:build !linux

package prove

import "syscall"

func alone() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
