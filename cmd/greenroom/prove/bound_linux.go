package prove

import "syscall"

// alone has the server outlive neither its prover nor a Ctrl-C that is meant
// for that one.
func alone() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
