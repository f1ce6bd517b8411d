package persistence

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// rotting opens a store in which no compaction runs, and then damages its
// tables, of which the last is the newest.
func rotting(t *testing.T, cfg Config, damage func(tables []string)) *DB {
	t.Helper()
	db := openTest(t, cfg)
	if err := db.closeBadger(); err != nil {
		t.Fatal(err)
	}
	if err := db.openBadger(filepath.Join(cfg.Dir, databaseName), true); err != nil {
		t.Fatal(err)
	}
	damage(dbFiles(t, cfg.Dir, "*.sst"))
	return db
}

// TestAttack82ANameInADamagedBlockIsNotFree damages the disk under a running
// server: the name is not found any more, and must neither be given away nor
// be called unknown.
func TestAttack82ANameInADamagedBlockIsNotFree(t *testing.T) {
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	fill(t, db)
	db.Close()
	db = rotting(t, cfg, func(tables []string) {
		for _, f := range tables {
			for at := int64(0); at < size(t, f) && size(t, f) > 64<<10; at += blockSize / 2 {
				flipBit(t, f, at)
			}
		}
	})
	out, err := db.Commit([]Op{opAccount(filledName(3)), opRoom(filledRoom(3)), opAccount(filledName(0)),
		{Update: &records.Update{Account: records.Account{Key: filledName(1), Version: 1}}}})
	if err != nil && !errors.Is(err, journal.ErrIntegrity) { // Badger may panic over a block: then all is refused
		t.Fatal(err)
	}
	for i, o := range out {
		if !errors.Is(o.Err, journal.ErrIntegrity) {
			t.Errorf("operation %d: %v, %v", i, o, o.Err)
		}
	}
	if a, err := db.Account(filledName(2)); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("account %+v, %v", a, err)
	}
	if r, err := db.RoomByName(filledRoom(2)); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("room %+v, %v", r, err)
	}
}

// TestAttack82AnAccountInADamagedBlockIsNotItsOlderVersion: a password that
// was changed must not be good again.
func TestAttack82AnAccountInADamagedBlockIsNotItsOlderVersion(t *testing.T) {
	cfg := testConfig(t.TempDir())
	changed := Op{Update: &records.Update{Account: records.Account{Key: "ann", Password: "new", Version: 1}}}
	for _, op := range []Op{opAccount("ann"), changed} {
		db := openTest(t, cfg)
		mustCommit(t, db, op)
		db.Close() // so that each version is in a table of its own
	}
	db := rotting(t, cfg, func(tables []string) { flipBit(t, tables[len(tables)-1], 20) })
	if a, err := db.Account("ann"); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestAnOlderVersionOfAnAccountIsFoundByVerify puts it back, as a compaction
// that passed over a block would.
func TestAnOlderVersionOfAnAccountIsFoundByVerify(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opAccount("ann"), opAccount("bob"))
	old := rawGet(t, db, keyOfAccount(1))
	mustCommit(t, db, Op{Update: &records.Update{Account: records.Account{Key: "ann", Version: 1}}})
	if found := verified(t, db); len(found) != 0 {
		t.Error(found)
	}
	rawSet(t, db, keyOfAccount(1), old)
	if found := verified(t, db); len(found) != 1 || !told(found[0]) {
		t.Error(found)
	}
}

// TestAFreedNameThatComesToLightIsTold puts back the name of a room that was
// forgotten.
func TestAFreedNameThatComesToLightIsTold(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"))
	old := rawGet(t, db, db.hasher.room("#a"))
	mustCommit(t, db, Op{Forget: &records.Forget{No: 1, Key: "#a"}})
	rawSet(t, db, db.hasher.room("#a"), old)
	if r, err := db.RoomByName("#a"); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("%+v, %v", r, err)
	}
	if out, err := db.Commit([]Op{opRoom("#a")}); err != nil || !errors.Is(out[0].Err, journal.ErrIntegrity) {
		t.Error(out, err)
	}
}

// TestDamageOfAHeadIsToldBeforeNumbersAreGivenTwice puts an old head back, as
// a block passed over would bring it to light.
func TestDamageOfAHeadIsToldBeforeNumbersAreGivenTwice(t *testing.T) {
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	mustCommit(t, db, opRoom("#a"), opSay(1, "1", ""))
	old := rawGet(t, db, keyOfHead(1))
	mustCommit(t, db, opSay(1, "2", ""))
	rawSet(t, db, keyOfHead(1), old)
	db.Close()
	db = openTest(t, cfg)
	out, err := db.Commit([]Op{opSay(1, "3", "")})
	if err != nil || !errors.Is(out[0].Err, journal.ErrIntegrity) {
		t.Fatal(fmt.Sprint(out), err)
	}
	page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: 10})
	if !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("a page of %d: %v", len(page), err)
	}
	if err := db.Health(); err != nil {
		t.Fatal(err)
	}
}

// TestATableThatIsCompactedWhileItIsReadIsNoDamage has the file of a table
// emptied, as Badger does before it removes it. The same of a table that is
// still in use is told.
func TestATableThatIsCompactedWhileItIsReadIsNoDamage(t *testing.T) {
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	mustCommit(t, db, opAccount("ann"))
	db.Close()
	const compacted = 99_999
	path := func(id uint64) string { return table.NewFilename(id, filepath.Join(cfg.Dir, databaseName)) }
	db = rotting(t, cfg, func([]string) { extend(t, path(compacted), 0, "") })
	if err := db.sureTable(compacted, keyOfAccount(1)); err != nil {
		t.Error(err)
	}
	listed := db.badger.Tables()
	newest := listed[len(listed)-1]
	flipBit(t, path(newest.ID), 20)
	if err := db.sureTable(newest.ID, y.ParseKey(newest.Left)); !errors.Is(err, journal.ErrIntegrity) {
		t.Error(err)
	}
}
