package persistence

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// DB is the Store over Badger.
//
// Commit and Resume have one caller at a time. Readers run beside Commit, and
// wait while Resume reopens the database.
type DB struct {
	cfg     Config
	sealer  *sealer
	nameKey []byte
	indexer indexer
	lock    *os.File
	opened  time.Time

	mu       sync.RWMutex // held for writing while badger is replaced
	badger   *badger.DB   // nil when it is closed or could not be reopened
	readOnly bool         // the disk is nearly full
	closed   bool

	// Of the committer alone.
	commits    *commitFile
	last       storedCommit // as committed
	heads      heads
	unfinished openBlocks
	hasher     *hasher
	backed     walBacking
	touched    []journal.Room // by the commit that failed

	failure struct {
		sync.Mutex
		err error // why commits are refused; nil when they are not
	}

	commitTxn func(*badger.Txn) error // replaced by tests
}

var _ Store = (*DB)(nil)

// Open opens the store in cfg.Dir, or makes it. It refuses, and changes
// nothing, when another process has it, when the master key is not the right
// one, when the data are damaged or of a later version, and when there is too
// little space.
func Open(cfg Config) (*DB, error) {
	cfg = cfg.withDefaults()
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	db := &DB{cfg: cfg, lock: lock, opened: cfg.Now(), commitTxn: (*badger.Txn).Commit}
	if err := db.open(); err != nil {
		db.release()
		lock.Close()
		return nil, err
	}
	return db, nil
}

// release closes what is open, but for the lock.
func (db *DB) release() error {
	err := db.closeBadger()
	if db.commits != nil {
		err = errors.Join(err, db.commits.close())
		db.commits = nil
	}
	return err
}

// Close implements Store. On a disk that filled at once it leaves the database as a kill
// would, which loses nothing: Badger would write a table, and the process
// would end in the middle of it. The directory stays locked then until the
// process ends.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	db.suspend(ErrClosed)
	if err := db.checkSpace(); err != nil && db.badger != nil && !db.readOnly {
		db.cfg.Log(fmt.Sprintf("the database is left without closing it: %v", err))
		return nil
	}
	return errors.Join(db.release(), db.lock.Close())
}

// Health implements Store.
func (db *DB) Health() error {
	if err := db.suspended(); err != nil {
		return err
	}
	return db.checkSpace()
}

// steady is the time by the clock that was in force when the store was opened,
// wherever that has been set to since.
func (db *DB) steady() time.Time { return db.opened.Add(db.cfg.Now().Sub(db.opened)) }

// guard turns a panic into an error, also one of a mapped file that became
// shorter or unreadable.
func guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damaged("the database panicked: %v", r)
		}
	}()
	return fn()
}
