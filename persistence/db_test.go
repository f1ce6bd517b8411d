package persistence

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

func TestAttack86AClockThatJumpsLeavesTheOrderAlone(t *testing.T) {
	cfg := testConfig(t.TempDir())
	now := time.UnixMilli(1_700_000_000_000)
	cfg.Now = func() time.Time { return now }
	db := openTest(t, cfg)
	mustCommit(t, db, opRoom("#a"))
	jumps := []time.Duration{0, -time.Hour, time.Second, 2 * time.Hour, -2 * time.Hour, -24 * time.Hour, time.Minute}
	var last journal.Record
	for i, jump := range jumps {
		now = now.Add(jump)
		if i == 4 { // also across a restart
			db.Close()
			db = openTest(t, cfg)
		}
		r := mustCommit(t, db, opSay(1, "x", fmt.Sprint(i)))[0].Record
		if r.Seq != last.Seq+1 || !r.Time.After(last.Time) {
			t.Fatalf("%d at %v follows %d at %v", r.Seq, r.Time, last.Seq, last.Time)
		}
		last = r
	}
	q := journal.Query{Where: journal.Before, From: journal.Point{Time: last.Time}, Limit: 100}
	if page, _, err := db.Range(1, q); err != nil || len(page) != len(jumps)-1 {
		t.Errorf("%d before the last by time: %v", len(page), err)
	}
	if o := mustCommit(t, db, opSay(1, "x", "6"))[0]; !o.Duplicate {
		t.Error("a repeated client id was stored again")
	}
}

func TestACloseLeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	db := openTest(t, testConfig(t.TempDir()))
	fill(t, db)
	db.suspend(errIO)
	if err := db.Resume(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}
