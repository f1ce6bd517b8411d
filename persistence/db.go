package persistence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"

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
	lock    *os.File

	mu     sync.RWMutex // held for writing while badger is replaced
	badger *badger.DB   // nil when it is closed or could not be reopened
	closed bool

	// Of the committer alone.
	commits *commitFile
	last    storedCommit // as committed
	heads   heads
	hasher  *hasher
	backed  walBacking
	touched []journal.Room // by the commit that failed

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
	db := &DB{cfg: cfg, lock: lock, commitTxn: (*badger.Txn).Commit}
	if err := db.open(); err != nil {
		db.release()
		lock.Close()
		return nil, err
	}
	return db, nil
}

func (db *DB) open() error {
	initialised, err := checkFormat(db.cfg.Dir)
	if err != nil {
		return err
	}
	if err := db.checkSpace(); err != nil {
		return err
	}
	if !initialised {
		if _, err := os.Stat(filepath.Join(db.cfg.Dir, databaseName)); err == nil {
			return damaged("%s holds data, but its file %q is missing", db.cfg.Dir, formatName)
		}
	}
	ring, err := loadKeyring(db.cfg, !initialised)
	if err != nil {
		return err
	}
	if db.sealer, err = newSealer(ring.Data); err != nil {
		return err
	}
	db.nameKey = ring.Names
	db.hasher = newHasher(ring.Names)
	if !initialised {
		if err := db.initialise(); err != nil {
			return err
		}
	}
	return db.load()
}

// initialise makes an empty database beside the place where it will be and
// moves it there at last, so that an interrupted first start is simply begun
// again.
func (db *DB) initialise() error {
	dir := filepath.Join(db.cfg.Dir, databaseNew)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := db.openBadger(dir); err != nil {
		return err
	}
	err := db.badger.Update(func(t *badger.Txn) error {
		plain, err := encode(nil, storedCommit{G: 1})
		if err != nil {
			return err
		}
		return t.Set(keyOfCommit(), db.sealer.seal(keyOfCommit(), plain))
	})
	if err != nil {
		return err
	}
	first := mark{G: 1, Version: db.badger.MaxVersion()}
	if err := db.closeBadger(); err != nil {
		return err
	}
	if err := makeCommitFile(db.cfg.Dir, first); err != nil {
		return err
	}
	return writeFormat(db.cfg.Dir)
}

// settle moves a database to its place that a first start had just made.
func settle(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, databaseName)); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	err := os.Rename(filepath.Join(dir, databaseNew), filepath.Join(dir, databaseName))
	if errors.Is(err, os.ErrNotExist) {
		return damaged("the database %s is missing", filepath.Join(dir, databaseName))
	}
	if err != nil {
		return err
	}
	return syncDir(dir)
}

// load checks an initialised database and opens it.
func (db *DB) load() error {
	if err := settle(db.cfg.Dir); err != nil {
		return err
	}
	dir := filepath.Join(db.cfg.Dir, databaseName)
	commits, acknowledged, err := openCommitFile(db.cfg.Dir)
	if err != nil {
		return err
	}
	db.commits = commits
	if err := inspect(dir, acknowledged); err != nil {
		return err
	}
	if err := keepManifest(db.cfg.Dir); err != nil {
		return err
	}
	if err := db.openBadger(dir); err != nil {
		return err
	}
	db.heads = newHeads()
	t := db.read()
	defer t.Discard()
	found, err := t.get(keyOfCommit(), &db.last)
	if err != nil {
		return err
	}
	if !found || db.last.G < acknowledged.G {
		return damaged("the database ends at commit %d, but %d was acknowledged", db.last.G, acknowledged.G)
	}
	if err := db.commits.write(mark{db.last.G, t.ReadTs()}); err != nil {
		return fmt.Errorf("write the commit number: %w", err)
	}
	return db.backed.start(dir, db.cfg.memTable)
}

func (db *DB) openBadger(dir string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged("the database panicked when it was opened: %v", r)
		}
	}()
	sink := &badgerLog{tell: db.cfg.Log}
	opened, err := badger.Open(badgerOptions(dir, db.cfg.memTable).WithLogger(sink))
	if err != nil {
		return damaged("the database does not open: %v", err)
	}
	db.badger = opened
	if what := sink.ignored(); what != "" {
		return damaged("the database opened without a part of it: %s", what)
	}
	return nil
}

func (db *DB) closeBadger() (err error) {
	if db.badger == nil {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database panicked when it was closed: %v", r)
		}
	}()
	opened := db.badger
	db.badger = nil
	return opened.Close()
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

// Close implements Store. On a full disk it leaves the database as a kill
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
	if err := db.checkSpace(); err != nil && db.badger != nil {
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

func (db *DB) suspend(why error) {
	db.failure.Lock()
	defer db.failure.Unlock()
	db.failure.err = why
}

func (db *DB) suspended() error {
	db.failure.Lock()
	defer db.failure.Unlock()
	return db.failure.err
}

func (db *DB) checkSpace() error {
	free, err := db.cfg.Free(db.cfg.Dir)
	if err != nil {
		return err
	}
	if free < db.cfg.ReserveBytes {
		return fmt.Errorf("%w: %d MiB are free where %s lies, and %d MiB must be: make room",
			journal.ErrDiskLow, free>>20, db.cfg.Dir, db.cfg.ReserveBytes>>20)
	}
	return nil
}

// Resume implements Store.
func (db *DB) Resume() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return ErrClosed
	}
	if err := db.checkSpace(); err != nil {
		return err
	}
	if db.suspended() == nil {
		return nil
	}
	if err := db.release(); err != nil {
		db.cfg.Log(fmt.Sprintf("closing the database to check it: %v", err))
	}
	err := guard(db.reload)
	db.suspend(err)
	if err != nil {
		err = errors.Join(err, db.release())
	}
	return err
}

// reload opens the database again and looks whether the rooms that the failed
// commit touched end where their heads say.
func (db *DB) reload() error {
	if err := db.load(); err != nil {
		return err
	}
	t := db.read()
	defer t.Discard()
	for _, no := range db.touched {
		if _, err := t.checkedHead(no); err != nil && !errors.Is(err, ErrNoRoom) {
			return err
		}
	}
	db.touched = nil
	return nil
}

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
