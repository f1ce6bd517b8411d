package persistence

import (
	"errors"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

func opRedact(room journal.Room, seq uint64) Op {
	return Op{Append: &journal.Append{
		Record:    journal.Record{Room: room, Kind: journal.Redact, Redacts: seq, Author: journal.Author{ID: "dorothea"}},
		Redaction: &journal.Redaction{},
	}}
}

// TestAttack82ARedactionThatWasTamperedWithIsFound: neither can the content come
// back, nor can another record be made to look redacted.
func TestAttack82ARedactionThatWasTamperedWithIsFound(t *testing.T) {
	key := func(seq uint64) []byte { return keyOfRecord(1, seq) }
	rewrite := func(db *DB, seq uint64, change func(*storedRecord)) {
		r, err := db.read().record(1, seq)
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		plain, err := encode(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		rawSet(t, db, key(seq), db.sealer.seal(key(seq), plain))
	}
	for _, test := range []struct {
		name   string
		tamper func(db *DB, was []byte)
	}{
		{"the content comes back", func(db *DB, was []byte) { rawSet(t, db, key(2), was) }},
		{"the author is another", func(db *DB, _ []byte) { rewrite(db, 2, func(r *storedRecord) { r.Nick = "Eve" }) }},
		{"with another text", func(db *DB, _ []byte) { rewrite(db, 2, func(r *storedRecord) { r.Text = "lies" }) }},
		{"one more looks redacted", func(db *DB, _ []byte) {
			rewrite(db, 1, func(r *storedRecord) {
				plain, _ := encode(nil, *r)
				r.Text, r.Redacted, r.Digest = "", 4, digestOf(plain)
			})
		}},
		{"the redaction names another", func(db *DB, _ []byte) { rewrite(db, 4, func(r *storedRecord) { r.Redacts = 1 }) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := openTest(t, testConfig(t.TempDir()))
			mustCommit(t, db, opRoom("#a"))
			mustCommit(t, db, opSay(1, "one", ""), opSay(1, "two", ""), opSay(1, "three", ""))
			was := rawGet(t, db, key(2))
			mustCommit(t, db, opRedact(1, 2))
			if found := verified(t, db); len(found) != 0 {
				t.Fatalf("before: %v", found)
			}
			test.tamper(db, was)
			if found := verified(t, db); len(found) != 1 || !errors.Is(found[0], journal.ErrIntegrity) {
				t.Errorf("Verify found %v", found)
			}
		})
	}
}

// TestARedactionIsStoredWithItsEffectOrNotAtAll: a commit of which nobody knows
// whether it has happened leaves either.
func TestARedactionIsStoredWithItsEffectOrNotAtAll(t *testing.T) {
	for _, happened := range []bool{false, true} {
		db := openTest(t, testConfig(t.TempDir()))
		mustCommit(t, db, opRoom("#a"), opSay(1, "one", ""))
		commit := db.commitTxn
		db.commitTxn = func(txn *badger.Txn) error {
			if happened {
				if err := commit(txn); err != nil {
					t.Error(err)
				}
			}
			return errors.New("the disk is on fire")
		}
		if _, err := db.Commit([]Op{opRedact(1, 1)}); !errors.Is(err, ErrUnknownOutcome) {
			t.Fatal(err)
		}
		db.commitTxn = commit
		if err := db.Resume(); err != nil {
			t.Fatal(err)
		}
		page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: 9, Events: true, Redacted: true})
		if err != nil || len(page) == 0 || page[0].Redacted != happened || (len(page) == 2) != happened {
			t.Errorf("happened %v: %+v, %v", happened, page, err)
		}
		if found := verified(t, db); len(found) != 0 {
			t.Errorf("happened %v: %v", happened, found)
		}
	}
}
