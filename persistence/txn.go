package persistence

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// txn is a transaction whose values are sealed. A reading one sees a snapshot.
type txn struct {
	*badger.Txn
	db     *DB
	sealer *sealer
	hasher *hasher
}

// read begins a reading transaction; the caller holds db.mu.
func (db *DB) read() txn {
	return txn{db.badger.NewTransaction(false), db, db.sealer, newHasher(db.nameKey)}
}

// view runs fn on a snapshot.
func (db *DB) view(fn func(t txn) error) error {
	db.mu.RLock()
	defer db.mu.RUnlock()
	if db.badger == nil || db.closed {
		return db.suspended()
	}
	return guard(func() error {
		t := db.read()
		defer t.Discard()
		return fn(t)
	})
}

// get reads and opens a value.
func (t txn) get(key []byte, v any) (found bool, err error) {
	item, err := t.Txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, damaged("reading a value: %v", err)
	}
	return true, t.openItem(key, item, v)
}

func (t txn) openItem(key []byte, item *badger.Item, v any) error {
	return item.Value(func(sealed []byte) error {
		plain, err := t.sealer.open(nil, key, sealed)
		if err != nil {
			return damaged("the value of a key of kind %q %v", key[0], err)
		}
		return decode(plain, v)
	})
}

// counts reads how many rooms and accounts there are.
func (t txn) counts() (c storedCommit, err error) {
	found, err := t.get(keyOfCommit(), &c)
	if err == nil && !found {
		err = damaged("the commit number is missing")
	}
	return c, err
}

// head reads the head of a room. That of a room whose number was given out
// must be there.
func (t txn) head(no journal.Room) (h storedHead, err error) {
	found, err := t.get(keyOfHead(no), &h)
	if err != nil || found {
		return h, err
	}
	c, err := t.counts()
	if err != nil {
		return h, err
	}
	if no == 0 || uint64(no) > c.Rooms {
		return h, ErrNoRoom
	}
	return h, damaged("the head of room %d is missing", no)
}

// checkedHead reads a head and whether the log ends there: an older head that
// came to light again would let sequence numbers be given out twice.
func (t txn) checkedHead(no journal.Room) (storedHead, error) {
	h, err := t.head(no)
	if err != nil {
		return h, err
	}
	if h.Seq > 0 {
		r, err := t.record(no, h.Seq)
		if err != nil {
			return h, err
		}
		if r.Time != h.Time || r.Said != h.Said {
			return h, damaged("the head of room %d does not fit to its last record", no)
		}
	}
	return h, t.ends(no, h)
}

// ends makes sure that a room does not go on after its head.
func (t txn) ends(no journal.Room, h storedHead) error {
	if _, err := t.Txn.Get(keyOfRecord(no, h.Seq+1)); !errors.Is(err, badger.ErrKeyNotFound) {
		return damaged("room %d goes on after its head (%v)", no, err)
	}
	return nil
}

// record reads a record that must be there.
func (t txn) record(no journal.Room, seq uint64) (r storedRecord, err error) {
	found, err := t.get(keyOfRecord(no, seq), &r)
	if err == nil && !found {
		err = fmt.Errorf("%w: number %d of room %d", journal.ErrGap, seq, no)
	}
	return r, err
}

// room reads a room, whose state must be the one that the head names.
func (t txn) room(no journal.Room) (r storedRoom, h storedHead, err error) {
	if h, err = t.head(no); err != nil {
		return r, h, err
	}
	found, err := t.get(keyOfRoom(no), &r)
	if err == nil && (!found || r.Version != h.State) {
		err = damaged("the state of room %d is missing or not the last one", no)
	}
	return r, h, err
}

// number reads what a name stands for; 0 when it stands for nothing.
func (t txn) number(key []byte) (uint64, error) {
	var n storedNumber
	_, err := t.get(key, &n)
	return n.No, err
}

// sureNumber is number for a name whose being free has consequences.
func (t txn) sureNumber(key []byte) (uint64, error) {
	no, err := t.number(key)
	if err == nil && no == 0 {
		err = t.surely(key)
	}
	return no, err
}

// lastAccount reads the last version of an account by its name.
func (t txn) lastAccount(key string) (no uint64, a storedAccount, err error) {
	no, err = t.sureNumber(t.hasher.account(key))
	if err == nil && no == 0 {
		err = records.ErrNoAccount
	}
	if err != nil {
		return 0, a, err
	}
	if a, err = t.account(no); err != nil {
		return 0, a, err
	}
	return no, a, t.surely(keyOfAccount(no))
}

// account reads an account by its number.
func (t txn) account(no uint64) (a storedAccount, err error) {
	found, err := t.get(keyOfAccount(no), &a)
	if err == nil && !found {
		err = damaged("account number %d is missing", no)
	}
	return a, err
}
