package persistence

import (
	"bytes"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// headForm counts up when the heads of rooms come to mean something else. The
// hash of form 0 was made of the records themselves, that of form 1 is made of
// their digests, and there is an index.
const headForm = 1

// upgrade brings what an earlier version has written to the present form, room
// by room. It may be interrupted anywhere: a room is rewritten in one commit, and
// the form of all is written when the last room has it.
func (db *DB) upgrade() error {
	if db.last.Form == headForm {
		return nil
	}
	if err := writeFormat(db.cfg.Dir); err != nil { // first: an earlier version is to stay away
		return err
	}
	if commit := db.commitTxn; db.cfg.upgrading != nil {
		db.commitTxn = func(txn *badger.Txn) error { return db.cfg.upgrading(txn, commit) }
		defer func() { db.commitTxn = commit }()
	}
	rooms := db.last.Rooms
	db.cfg.Log(fmt.Sprintf("bringing the data to format %d", formatVersion))
	for no := range rooms {
		if err := db.upgradeRoom(journal.Room(no + 1)); err != nil {
			return err
		}
	}
	return db.once(func(b *batch) error {
		b.counts.Form, b.wrote = headForm, true
		return nil
	})
}

// once makes one commit outside of Commit, while the store is being opened.
func (db *DB) once(work func(*batch) error) error {
	b := db.newBatch()
	defer b.Discard()
	if err := guard(func() error { return work(b) }); err != nil {
		return err
	}
	if !b.wrote {
		return nil
	}
	if err := guard(b.finish); err != nil {
		return err
	}
	if err := guard(func() error { return db.makeDurable(b) }); err != nil {
		return err
	}
	db.last = b.counts
	return nil
}

// upgradeRoom rewrites the head of a room, and then makes its index, in as many
// commits as it takes.
func (db *DB) upgradeRoom(no journal.Room) error {
	for done := false; !done; {
		err := db.once(func(b *batch) error {
			head, err := b.checkedHead(no)
			if err != nil {
				return err
			}
			if head.Form != headForm {
				return b.upgradeHead(no, head)
			}
			if done = (head.Blocks+1)*blockRecords > head.Seq && (head.Chapters+1)*chapterBlocks > head.Blocks; !done {
				b.setHead(no, head)
				b.wrote = true
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// upgradeHead reads the whole log, and takes over nothing that is not what was
// written.
func (b *batch) upgradeHead(no journal.Room, head storedHead) error {
	old, now := storedHead{}, storedHead{State: head.State, Form: headForm}
	for now.Seq < head.Seq {
		r, err := b.record(no, now.Seq+1)
		if err != nil {
			return err
		}
		plain, err := encode(nil, r)
		if err != nil {
			return err
		}
		old, now = old.chain(no, r, plain), now.add(no, r, plain)
	}
	if !bytes.Equal(old.Hash, head.Hash) || now.Time != head.Time || now.Said != head.Said {
		return damaged("the log of room %d is not the one that was written", no)
	}
	b.setHead(no, now)
	b.wrote = true
	return nil
}
