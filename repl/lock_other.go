//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package repl

import "os"

// lock does nothing where there are no such locks: two chats at once may then send a line twice, under one id.
func lock(*os.File) (free bool, err error) { return true, nil }
