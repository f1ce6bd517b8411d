package bench

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// spareFiles are the descriptors that are not connections.
const spareFiles = 64

// raiseFiles lets this process, and its children, have as many descriptors as it
// may.
func raiseFiles() (most uint64, err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("ask for the limit of descriptors: %w", err)
	}
	limit.Cur = limit.Max
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("raise the limit of descriptors: %w", err)
	}
	return limit.Max, nil
}

// enoughFiles tells what to do when there cannot be so many connections.
func enoughFiles(connections int) error {
	most, err := raiseFiles()
	if err != nil {
		return err
	}
	if uint64(connections)+spareFiles > most {
		return fmt.Errorf("%d connections need %d descriptors, and this process may have %d: raise the hard limit (as root: ulimit -Hn %d; with systemd: LimitNOFILE), or take fewer --members or --rooms",
			connections, connections+spareFiles, most, connections+spareFiles)
	}
	return nil
}
