package prove

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/persistence"
)

// Found by prove: an hour back, and a restart when the clock was right again.
func TestWhatIsSentAgainIsStoredOnceThoughTheClockJumps(t *testing.T) {
	for _, direction := range []string{fault.Back, fault.Forward} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %v", direction, restart), func(t *testing.T) {
				dir := t.TempDir()
				over := make(chan struct{})
				in := fault.NewInjectors(func(r fault.Struck) {
					if r.Over {
						close(over)
					}
				})
				db := openAt(t, dir, in.Now)
				commit(t, db, persistence.Op{Open: &records.Open{Key: "#tea", Name: "#tea"}})
				post := persistence.Op{Append: &journal.Append{ClientID: "1", Record: journal.Record{
					Room: 1, Kind: journal.Message, Author: journal.Author{ID: "ann"}, Text: "once",
				}}}
				say := func() bool { return commit(t, db, post).Duplicate }
				before := direction == fault.Forward && say()
				if err := in.Strike(fault.Fault{ID: 1, Kind: fault.ClockJumps, Target: direction, For: 10 * time.Millisecond}); err != nil {
					t.Fatal(err)
				}
				during := say()
				<-over
				if restart {
					if err := db.Close(); err != nil {
						t.Fatal(err)
					}
					db = openAt(t, dir, time.Now)
				}
				if before || during != (direction == fault.Forward) || !say() {
					t.Error("it was stored twice")
				}
			})
		}
	}
}

func openAt(t *testing.T, dir string, now func() time.Time) *persistence.DB {
	t.Helper()
	db, err := persistence.Open(persistence.Config{Dir: dir, MasterKeyFile: filepath.Join(dir, "master.key"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func commit(t *testing.T, db *persistence.DB, op persistence.Op) persistence.Outcome {
	t.Helper()
	outcomes, err := db.Commit([]persistence.Op{op})
	if err == nil {
		err = outcomes[0].Err
	}
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0]
}
