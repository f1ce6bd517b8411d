package persistence

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

var errIO = errors.New("input/output error")

// TestAttack81AfterAFailedSyncNothingIsAcknowledgedUntilAReopen fails a commit
// in each place. Whether its record is there afterwards may differ; that it is
// there once, that the log is dense and that it stays so may not.
func TestAttack81AfterAFailedSyncNothingIsAcknowledgedUntilAReopen(t *testing.T) {
	failures := map[string]func(db *DB){
		"the commit number is not synced": func(db *DB) {
			db.commits.sync = func(*os.File) error { return errIO }
		},
		"the transaction fails and is not there": func(db *DB) {
			db.commitTxn = func(t *badger.Txn) error { t.Discard(); return errIO }
		},
		"the transaction fails and is there": func(db *DB) {
			db.commitTxn = func(t *badger.Txn) error { return errors.Join(t.Commit(), errIO) }
		},
		"the transaction panics and is there": func(db *DB) {
			db.commitTxn = func(t *badger.Txn) error { _ = t.Commit(); panic("assertion failed") }
		},
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t.TempDir())
			db := openTest(t, cfg)
			mustCommit(t, db, opRoom("#a"), opSay(1, "1", "one"))
			fail(db)
			if out, err := db.Commit([]Op{opSay(1, "2", "two"), opRoom("#b")}); !errors.Is(err, ErrUnknownOutcome) || out != nil {
				t.Fatal(out, err)
			}
			db.commitTxn = (*badger.Txn).Commit
			if _, err := db.Commit([]Op{opSay(1, "3", "three")}); !errors.Is(err, ErrSuspended) {
				t.Fatal("commits went on without a reopen: ", err)
			}
			if err := db.Health(); err == nil {
				t.Fatal("healthy without a reopen")
			}
			if err := db.Resume(); err != nil {
				t.Fatal(err)
			}
			if err := db.Health(); err != nil {
				t.Fatal(err)
			}
			mustCommit(t, db, opSay(1, "2", "two"), opSay(1, "3", "three"))
			db.Close()
			db = openTest(t, cfg)
			page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: 10})
			texts := ""
			for _, r := range page {
				texts += r.Text
			}
			if err != nil || texts != "123" {
				t.Errorf("%q, %v", texts, err)
			}
			if found := verified(t, db); len(found) != 0 {
				t.Error(found)
			}
		})
	}
}

func TestResumeOfAHealthyStoreChangesNothing(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	opened := db.badger
	if err := db.Resume(); err != nil || db.badger != opened {
		t.Error(err)
	}
}

// TestResumeRefusesWhatIsDamaged loses the end of the log while the store
// waits.
func TestResumeRefusesWhatIsDamaged(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"), opSay(1, "1", ""))
	db.commitTxn = func(*badger.Txn) error { return errIO }
	if _, err := db.Commit([]Op{opSay(1, "2", "")}); !errors.Is(err, ErrUnknownOutcome) {
		t.Fatal(err)
	}
	if err := db.commits.write(mark{G: 1000, Version: 1000}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := db.Resume(); !errors.Is(err, journal.ErrIntegrity) {
			t.Fatal(err)
		}
	}
	_, commit := db.Commit([]Op{opSay(1, "2", "")})
	_, read := db.Room(1)
	for _, err := range []error{commit, read, db.Health()} {
		if !errors.Is(err, journal.ErrIntegrity) {
			t.Error(err)
		}
	}
}

// TestABatchThatDoesNotFitIsRefusedWhole: the actors cap their batches far
// below; should one grow, the store goes on.
func TestABatchThatDoesNotFitIsRefusedWhole(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"))
	var ops []Op
	for range 200 {
		ops = append(ops, opSay(1, strings.Repeat("x", 1<<10), ""))
	}
	if out, err := db.Commit(ops); !errors.Is(err, journal.ErrTooLarge) || out != nil {
		t.Fatal(out, err)
	}
	if o := mustCommit(t, db, opSay(1, "1", ""))[0]; o.Record.Seq != 1 {
		t.Errorf("%+v", o)
	}
}

func TestSecretsAreNotInErrors(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opAccount("dorothea"))
	rawSet(t, db, keyOfAccount(1), []byte("hush hush hush hush hush hush hush hush"))
	a, err := db.Account("dorothea")
	if text := fmt.Sprintf("%v %+v %+v", err, a, err); strings.Contains(text, "hush") || strings.Contains(text, "dorothea") {
		t.Error(text)
	}
}
