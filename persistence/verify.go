package persistence

import (
	"bytes"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// Verify reads everything that is stored and tells found of each damage: the
// records of each room in their order, each account with its memberships and
// each name. It runs beside commits and sees the state at its beginning.
func (db *DB) Verify(found func(damage error)) error {
	db.mu.RLock()
	defer db.mu.RUnlock()
	if db.badger == nil || db.closed {
		return db.suspended()
	}
	t := db.read()
	defer t.Discard()
	counts, err := t.counts()
	if err != nil {
		return err
	}
	t.verifyAccounts(counts, found)
	for no := range counts.Rooms {
		if err := guard(func() error { return t.verifyRoom(journal.Room(no + 1)) }); err != nil {
			found(err)
		}
	}
	return nil
}

func (t txn) verifyAccounts(counts storedCommit, found func(damage error)) {
	versions, damages := uint64(0), 0
	for no := range counts.Accounts {
		err := guard(func() error {
			version, err := t.verifyAccount(no + 1)
			versions += version
			return err
		})
		if err != nil {
			damages++
			found(err)
		}
	}
	if damages == 0 && versions != counts.Versions {
		found(damaged("an account is not the last version of itself"))
	}
}

func (t txn) verifyAccount(no uint64) (version uint64, err error) {
	a, err := t.account(no)
	if err != nil {
		return 0, err
	}
	if err := t.checkName(t.hasher.account(a.Key), no); err != nil {
		return 0, err
	}
	_, err = t.memberships(a.Key)
	return a.Version, err
}

// verifyRoom reads the whole log of a room and computes its hash again.
func (t txn) verifyRoom(no journal.Room) error {
	room, want, err := t.room(no)
	if err != nil {
		return err
	}
	if err := t.checkRoomName(room, uint64(no)); err != nil {
		return err
	}
	got := storedHead{State: want.State}
	stubs := make(map[uint64][]byte)
	for got.Seq < want.Seq {
		r, err := t.record(no, got.Seq+1)
		if err != nil {
			return err
		}
		plain, err := encode(nil, r)
		if err != nil {
			return err
		}
		got = got.add(no, r, plain)
		if err := checkStub(stubs, no, got.Seq, r, plain); err != nil {
			return err
		}
	}
	if len(stubs) > 0 {
		return damaged("room %d has %d redacted messages that nobody has redacted", no, len(stubs))
	}
	if !bytes.Equal(got.Hash, want.Hash) || got.Time != want.Time || got.Said != want.Said {
		return damaged("the log of room %d is not the one that was written", no)
	}
	return t.verifyIndex(no, want)
}
