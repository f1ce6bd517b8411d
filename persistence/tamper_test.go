package persistence

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// rawGet and rawSet go past the seal, as somebody with the disk would.
func rawGet(t testing.TB, db *DB, key []byte) (value []byte) {
	t.Helper()
	err := db.badger.View(func(t *badger.Txn) error {
		item, err := t.Get(key)
		if err != nil {
			return err
		}
		value, err = item.ValueCopy(nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func rawSet(t testing.TB, db *DB, key, value []byte) {
	t.Helper()
	err := db.badger.Update(func(t *badger.Txn) error {
		if value == nil {
			return t.Delete(key)
		}
		return t.Set(key, value)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// verified is what Verify finds.
func verified(t testing.TB, db *DB) (damages []error) {
	t.Helper()
	if err := db.Verify(func(damage error) { damages = append(damages, damage) }); err != nil {
		t.Fatal(err)
	}
	return damages
}

func TestAttack82ARecordThatWasMovedSwappedOrAlteredIsRefused(t *testing.T) {
	record := func(room journal.Room, seq uint64) []byte { return keyOfRecord(room, seq) }
	tests := []struct {
		name   string
		tamper func(t *testing.T, db *DB)
		want   error
	}{
		{"moved within the room", func(t *testing.T, db *DB) { rawSet(t, db, record(1, 2), rawGet(t, db, record(1, 1))) }, journal.ErrIntegrity},
		{"moved from another room", func(t *testing.T, db *DB) { rawSet(t, db, record(1, 2), rawGet(t, db, record(2, 2))) }, journal.ErrIntegrity},
		{"swapped", func(t *testing.T, db *DB) {
			one, two := rawGet(t, db, record(1, 1)), rawGet(t, db, record(1, 2))
			rawSet(t, db, record(1, 1), two)
			rawSet(t, db, record(1, 2), one)
		}, journal.ErrIntegrity},
		{"altered", func(t *testing.T, db *DB) {
			value := rawGet(t, db, record(1, 2))
			value[len(value)/2] ^= 1
			rawSet(t, db, record(1, 2), value)
		}, journal.ErrIntegrity},
		{"cut short", func(t *testing.T, db *DB) { rawSet(t, db, record(1, 2), rawGet(t, db, record(1, 2))[:20]) }, journal.ErrIntegrity},
		{"of a key that does not exist", func(t *testing.T, db *DB) {
			value := rawGet(t, db, record(1, 2))
			value[0], value[1] = 9, 9
			rawSet(t, db, record(1, 2), value)
		}, journal.ErrIntegrity},
		{"deleted", func(t *testing.T, db *DB) { rawSet(t, db, record(1, 2), nil) }, journal.ErrGap},
		{"the head deleted", func(t *testing.T, db *DB) { rawSet(t, db, keyOfHead(1), nil) }, journal.ErrIntegrity},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			db := openTest(t, testConfig(t.TempDir()))
			mustCommit(t, db, opRoom("#a"), opRoom("#b"))
			for range 3 {
				mustCommit(t, db, opSay(1, "one", ""), opSay(2, "two", ""))
			}
			test.tamper(t, db)
			page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: 10})
			if !errors.Is(err, test.want) || len(page) != 0 {
				t.Errorf("%d records, %v", len(page), err)
			}
			if found := verified(t, db); len(found) != 1 {
				t.Errorf("Verify found %v", found)
			}
		})
	}
}

func TestAnAccountThatWasPutInAnothersPlaceIsRefused(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opAccount("ann"), opAccount("eve"))
	rawSet(t, db, keyOfAccount(1), rawGet(t, db, keyOfAccount(2)))
	if a, err := db.Account("ann"); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("%+v, %v", a, err)
	}
	rawSet(t, db, db.hasher.account("ann"), nil)
	if _, err := db.Names("", 10); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("a name that was freed on the disk: %v", err)
	}
}

func TestAMembershipThatWasRemovedOnTheDiskIsMissed(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"), opRoom("#b"), opMember(1, "ann"), opMember(2, "ann"))
	rawSet(t, db, db.hasher.member("ann", 1), nil)
	if list, err := db.Memberships("ann"); !errors.Is(err, journal.ErrIntegrity) || list != nil {
		t.Error(list, err)
	}
}

// TestNothingReadableIsInTheDataDirectory looks for every word that was stored,
// in logs and in tables.
func TestNothingReadableIsInTheDataDirectory(t *testing.T) {
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	fill(t, db)
	mustCommit(t, db, Op{Open: &records.Open{Pair: [2]string{"casaubon", "~ladislaw"}}})
	secret := opSay(1, "middlemarch", "clientword")
	secret.Append.Record.Author = journal.Author{ID: "~ladislaw", Nick: "Rosamond", Username: "lydgate", Host: "tipton.example", Account: "brooke"}
	secret.Append.Record.Tags = []journal.Tag{{Key: "+farebrother", Value: "bulstrode"}}
	secret.Append.State = &journal.State{Topic: "vincy", Key: "garth", Bans: []journal.Mask{{Mask: "*!*@cadwallader"}}}
	secret.Append.Members = []journal.Member{{Account: "celia", Joined: true}}
	mustCommit(t, db, secret)
	words := []string{"dorothea", "orchard", "secret", "lorem", "argon2id", "hush", "client-id", "casaubon", "ladislaw",
		"middlemarch", "clientword", "rosamond", "lydgate", "tipton", "brooke", "farebrother", "bulstrode", "vincy",
		"garth", "cadwallader", "celia"}
	look := func() {
		files := contents(t, cfg.Dir)
		if len(files) < 6 {
			t.Fatalf("only %d files", len(files))
		}
		for name, text := range files {
			lower := bytes.ToLower([]byte(text))
			for _, word := range words {
				if bytes.Contains(lower, []byte(word)) {
					t.Errorf("%s holds %q", name, word)
				}
			}
		}
	}
	look()
	db.Close()
	look()
	if key, err := os.ReadFile(cfg.MasterKeyFile); err != nil || len(strings.TrimSpace(string(key))) != 64 {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(cfg.Dir, keyringName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if info, err := os.Stat(cfg.MasterKeyFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
}
