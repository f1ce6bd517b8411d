package repl

import (
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestALineThatWasCutOffSpoilsNoOther: the disk was full in the middle of it.
func TestALineThatWasCutOffSpoilsNoOther(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "outbox-")
	k, _, _, err := openKept(prefix)
	if err != nil {
		t.Fatal(err)
	}
	line := func(id, text string) []keptLine { return []keptLine{{ID: id, Target: "#ops", Text: text}} }
	write := func(id, text string) error { return k.write(line(id, text), true) }
	if err := write("a", "first"); err != nil {
		t.Fatal(err)
	}
	whenFull(t, k.size+100, func() {
		if write("b", strings.Repeat("lost ", 100)) == nil {
			t.Error("a line that does not fit is said to be kept")
		}
	})
	if err := write("c", "last"); err != nil {
		t.Error(err)
	}
	if err := k.close(); err != nil {
		t.Fatal(err)
	}
	_, found, damaged, err := openKept(prefix)
	if err != nil || damaged > 0 || len(found) != 2 || found[0].ID != "a" || found[1].ID != "c" {
		t.Errorf("%d lines are damaged, %+v are found: %v", damaged, found, err)
	}
}

// whenFull lets no file grow beyond so many bytes meanwhile.
func whenFull(t *testing.T, most int64, do func()) {
	t.Helper()
	signal.Ignore(unix.SIGXFSZ) // the write fails instead
	defer signal.Reset(unix.SIGXFSZ)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: uint64(most), Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
	}()
	do()
}
