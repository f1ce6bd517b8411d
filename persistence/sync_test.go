package persistence

import (
	"path/filepath"
	"testing"
)

// A kill cannot show a missing sync, as the page cache outlives the process;
// so what the promise rests on is looked at where Badger keeps it: the log is
// synced before a commit returns, and every value is in that log, since the
// sync errors of the value log are swallowed.
func TestBadgerIsToldToSyncEachCommitInTheLogThatReportsIt(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(Config{Dir: dir, MasterKeyFile: filepath.Join(dir, "master.key")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	o := db.badger.Opts()
	if !o.SyncWrites {
		t.Error("commits are not synced")
	}
	if o.ValueThreshold <= maxValue {
		t.Errorf("values of %d bytes go to the value log above %d", maxValue, o.ValueThreshold)
	}
}
