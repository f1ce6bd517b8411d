package powercut

import (
	"os"
	"testing"
)

// NeedsMount passes a test over where nothing can be mounted, and says so; in
// CI it fails instead.
func NeedsMount(t testing.TB) {
	t.Helper()
	why := ""
	if os.Geteuid() != 0 {
		why = "cuts the power of a file system of its own: needs root"
	} else if _, err := os.Stat("/dev/fuse"); err != nil {
		why = "cuts the power of a file system of its own: needs Linux with FUSE: " + err.Error()
	}
	switch {
	case why == "":
	case os.Getenv("CI") == "":
		t.Skip(why)
	default:
		t.Fatal("in CI this must run: it " + why)
	}
}
