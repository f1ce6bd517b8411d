package persistence

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// format1 unpacks a data directory of format 1: an account, a room of 300
// messages, a conversation of one, and a room without any.
func format1(t *testing.T) Config {
	t.Helper()
	dir := t.TempDir()
	f, err := os.Open("testdata/format1.tar.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else {
			var text []byte
			if text, err = io.ReadAll(archive); err == nil {
				err = os.WriteFile(path, text, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg := testConfig(dir)
	cfg.MasterKey = []byte("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	return cfg
}

// checkFormat1 looks whether all of it is there, and can be gone on with.
func checkFormat1(t *testing.T, db *DB) {
	t.Helper()
	room, err := db.RoomByName("#green")
	if err != nil || room.LastSeq != 300 || room.State.Founder != "ann" {
		t.Fatalf("%+v, %v", room, err)
	}
	page, _, err := db.Range(room.No, journal.Query{Where: journal.Latest, Limit: journal.MaxPage})
	if err != nil || len(page) != 300 || page[299].Text != "message number 299 about word5" {
		t.Fatalf("%d messages, %v", len(page), err)
	}
	if list, err := db.Memberships("ann"); err != nil || len(list) != 2 || !list[0].Marker.Equal(time.UnixMilli(1_700_000_000_500)) {
		t.Errorf("%+v, %v", list, err)
	}
	if found := verified(t, db); len(found) != 0 {
		t.Errorf("Verify found %v", found)
	}
	mustCommit(t, db, opRedact(room.No, 7), opSay(room.No, "new", ""))
	if found := verified(t, db); len(found) != 0 {
		t.Errorf("after a redaction Verify found %v", found)
	}
}

func TestDataOfFormat1AreTakenOver(t *testing.T) {
	cfg := format1(t)
	checkFormat1(t, openTest(t, cfg))
}

// TestAttack88AnEarlierVersionStaysAwayFromDataThatWereTakenOver: whoever reads
// format 1 alone refuses.
func TestAttack88AnEarlierVersionStaysAwayFromDataThatWereTakenOver(t *testing.T) {
	cfg := format1(t)
	openTest(t, cfg).Close()
	text, err := os.ReadFile(filepath.Join(cfg.Dir, formatName))
	if err != nil || string(text) != "greenroom data, format 2\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestAnUpgradeThatIsInterruptedGoesOn: at each commit of it, whether or not
// that one is on the disk.
func TestAnUpgradeThatIsInterruptedGoesOn(t *testing.T) {
	interrupted := 0
	for at := 0; ; at++ {
		cfg := format1(t)
		left := at
		cfg.upgrading = func(txn *badger.Txn, commit func(*badger.Txn) error) error {
			if left--; left >= 0 {
				return commit(txn)
			}
			if at%2 == 0 {
				if err := commit(txn); err != nil {
					t.Error(err)
				}
			}
			return errors.New("power cut")
		}
		db, err := Open(cfg)
		if err == nil {
			db.Close()
			break
		}
		interrupted++
		cfg.upgrading = nil
		db = openTest(t, cfg)
		checkFormat1(t, db)
		db.Close()
	}
	if interrupted != 4 { // three rooms, and the end
		t.Errorf("interrupted %d times", interrupted)
	}
}

// TestAnUpgradeRefusesWhatIsDamaged: it takes over nothing that was not written.
func TestAnUpgradeRefusesWhatIsDamaged(t *testing.T) {
	cfg := format1(t)
	cfg.upgrading = func(*badger.Txn, func(*badger.Txn) error) error { return errors.New("not yet") }
	if _, err := Open(cfg); err == nil {
		t.Fatal("opened")
	}
	db := &DB{cfg: cfg.withDefaults()}
	ring, err := loadKeyring(cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	if db.sealer, err = newSealer(ring.Data); err != nil {
		t.Fatal(err)
	}
	if err := db.openBadger(filepath.Join(cfg.Dir, databaseName), false); err != nil {
		t.Fatal(err)
	}
	key := keyOfRecord(1, 20)
	plain, err := encode(nil, storedRecord{Time: 1_700_000_020_000, Kind: 1, Said: 20, Text: "lies"})
	if err != nil {
		t.Fatal(err)
	}
	rawSet(t, db, key, db.sealer.seal(key, plain))
	db.closeBadger()
	cfg.upgrading = nil
	if _, err := Open(cfg); !errors.Is(err, journal.ErrIntegrity) {
		t.Errorf("%v", err)
	}
}
