package persistence

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// batch is a commit in the making. Its transaction sees what was written in
// it, so operations of one batch see each other; heads and counters are kept
// beside it and written once, at its end.
type batch struct {
	txn
	now     int64 // in ms
	steady  int64 // the same, without the jumps of the clock
	counts  storedCommit
	heads   map[journal.Room]storedHead
	dirty   []journal.Room // rooms whose head changed, each once
	blocks  []blockAt      // of the index, that were redacted in
	indexed int64          // bytes of index in this commit
	fresh   []fresh        // what the next commits index
	staged  []entry        // of the operation at hand
	wrote   bool
	plain   []byte // scratch
}

// entry is a change; sealed is nil when the key is deleted.
type entry struct {
	key, sealed []byte
	expires     bool
}

// Commit implements Store.
func (db *DB) Commit(ops []Op) (outcomes []Outcome, err error) {
	if err := db.ready(); err != nil {
		if errors.Is(err, journal.ErrDiskLow) {
			db.retreat(err)
		}
		return nil, err
	}
	db.mu.RLock()
	defer db.mu.RUnlock()
	if err := db.suspended(); err != nil { // closed meanwhile
		return nil, err
	}
	b := db.newBatch()
	defer b.Discard()
	err = guard(func() error {
		outcomes, err = b.applyAll(ops)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !b.wrote {
		return outcomes, nil
	}
	ready := db.readWords(b.fresh)
	err = guard(func() error { return db.makeDurable(b) })
	<-ready
	if err != nil {
		db.touched = b.dirty
		db.suspend(err)
		return nil, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	db.last = b.counts
	for _, no := range b.dirty {
		db.heads.put(no, b.heads[no])
	}
	return outcomes, nil
}

// readWords takes in what is to be indexed while the disk is waited for. What
// goes wrong there costs the reading of a block later.
func (db *DB) readWords(list []fresh) (done <-chan struct{}) {
	ended := make(chan struct{})
	go func() { // ends with the list; it has the blocks until then
		defer close(ended)
		err := guard(func() error { db.unfinished.addAll(db.indexer, list); return nil })
		if err != nil {
			db.unfinished = openBlocks{}
		}
	}()
	return ended
}

func (db *DB) newBatch() *batch {
	return &batch{
		txn:    txn{db.badger.NewTransaction(true), db, db.sealer, db.hasher},
		now:    db.cfg.Now().UnixMilli(),
		steady: db.steady().UnixMilli(),
		counts: db.last,
		heads:  make(map[journal.Room]storedHead),
	}
}

// ready tells why nothing can be committed now.
func (db *DB) ready() error {
	if err := db.suspended(); err != nil {
		if errors.Is(err, ErrClosed) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrSuspended, err)
	}
	if err := db.checkSpace(); err != nil {
		return err
	}
	return db.backed.extend()
}

// makeDurable commits the transaction and then remembers its number outside
// of the database. When either fails nobody can tell what is on the disk, and
// a second fsync may well succeed without having written anything; so commits
// are refused until the store has been reopened.
func (db *DB) makeDurable(b *batch) error {
	version := b.ReadTs() + 1
	if err := db.commitTxn(b.Txn); err != nil {
		return err
	}
	if err := db.backed.extend(); err != nil && !errors.Is(err, journal.ErrDiskLow) {
		return fmt.Errorf("sync the name of the write-ahead log: %w", err)
	}
	if err := db.commits.write(mark{b.counts.G, version}); err != nil {
		return fmt.Errorf("write the commit number: %w", err)
	}
	return nil
}

// applyAll does the operations in order and then what each commit does once.
func (b *batch) applyAll(ops []Op) ([]Outcome, error) {
	outcomes := make([]Outcome, len(ops))
	for i, op := range ops {
		var err error
		if outcomes[i], err = b.apply(op); err != nil {
			return nil, err
		}
	}
	if !b.wrote {
		return outcomes, nil
	}
	return outcomes, b.finish()
}

// apply does one operation. What it refuses is the operation's outcome; the
// error is the batch's.
func (b *batch) apply(op Op) (Outcome, error) {
	b.staged = b.staged[:0]
	counts, taken := b.counts, len(b.fresh)
	out := b.do(op)
	if out.Err != nil {
		b.counts, b.fresh = counts, b.fresh[:taken]
		return Outcome{Err: out.Err}, nil
	}
	for _, e := range b.staged {
		if err := b.write(e); err != nil {
			return Outcome{}, err
		}
	}
	return out, nil
}

// do stages what the operation changes. It changes the heads last, when
// nothing can be refused any more.
func (b *batch) do(op Op) Outcome {
	switch {
	case op.Append != nil:
		return b.append(op.Append)
	case op.Create != nil:
		return b.create(op.Create.Account)
	case op.Update != nil:
		return b.update(op.Update.Account)
	case op.Open != nil:
		return b.open(op.Open)
	case op.Forget != nil:
		return b.forget(op.Forget.No, op.Forget.Key)
	case op.Mark != nil:
		return b.mark(op.Mark.Account, op.Mark.Room, op.Mark.At)
	}
	return Outcome{Err: errors.New("an operation without a command")}
}

// finish writes what each commit writes once.
func (b *batch) finish() error {
	if err := b.stageIndex(); err != nil {
		return err
	}
	b.staged = b.staged[:0]
	for _, no := range b.dirty {
		if err := b.stage(keyOfHead(no), b.heads[no]); err != nil {
			return err
		}
	}
	b.counts.G++
	if err := b.stage(keyOfCommit(), b.counts); err != nil {
		return err
	}
	for _, e := range b.staged {
		if err := b.write(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) write(e entry) (err error) {
	b.wrote = true
	switch {
	case e.sealed == nil:
		err = b.Delete(e.key)
	case e.expires:
		err = b.SetEntry(badger.NewEntry(e.key, e.sealed).WithTTL(dedupeFor))
	default:
		err = b.Set(e.key, e.sealed)
	}
	if errors.Is(err, badger.ErrTxnTooBig) {
		return fmt.Errorf("%w: the batch does not fit into a transaction", journal.ErrTooLarge)
	}
	return err
}

// stage seals a value for the operation at hand.
func (b *batch) stage(key []byte, v any) error {
	plain, err := encode(b.plain[:0], v)
	if err != nil {
		return err
	}
	b.plain = plain
	return b.stagePlain(key, plain)
}

func (b *batch) stagePlain(key, plain []byte) error {
	if len(plain) > maxValue {
		return journal.ErrTooLarge
	}
	b.staged = append(b.staged, entry{key: key, sealed: b.sealer.seal(key, plain)})
	return nil
}

func (b *batch) stageDelete(key []byte) {
	b.staged = append(b.staged, entry{key: key})
}

// stageAll stages pairs of keys and values.
func (b *batch) stageAll(pairs ...keyValue) error {
	for _, p := range pairs {
		if err := b.stage(p.key, p.value); err != nil {
			return err
		}
	}
	return nil
}

type keyValue struct {
	key   []byte
	value any
}
