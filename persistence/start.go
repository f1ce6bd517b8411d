package persistence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sys/unix"
)

// open looks at everything before it writes anything: whatever it refuses must
// be as it was.
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
	db.indexer = indexer{binary.BigEndian.Uint64(db.Derive("words"))}
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
	if err := db.openBadger(dir, false); err != nil {
		return err
	}
	err := db.badger.Update(func(t *badger.Txn) error {
		plain, err := encode(nil, storedCommit{G: 1, Form: headForm})
		if err != nil {
			return err
		}
		return t.Set(keyOfCommit(), db.sealer.seal(keyOfCommit(), plain))
	})
	if err != nil {
		return err
	}
	first := mark{G: 1, Version: db.badger.MaxVersion()}
	err = errors.Join(
		db.closeBadger(),
		syncDir(dir),
		makeCommitFile(db.cfg.Dir, first),
		syncNames(db.cfg.Dir),
	)
	if err != nil {
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
	if err := db.prepare(dir, acknowledged); err != nil {
		return err
	}
	if err := keepManifest(db.cfg.Dir); err != nil {
		return err
	}
	if err := db.makeSpare(); err != nil {
		return err
	}
	if err := db.openBadger(dir, false); err != nil {
		return err
	}
	db.readOnly = false
	db.heads, db.unfinished = newHeads(), openBlocks{}
	t := db.read()
	defer t.Discard()
	if db.last, err = t.counts(); err != nil {
		return err
	}
	if db.last.G < acknowledged.G {
		return damaged("the database ends at commit %d, but %d was acknowledged", db.last.G, acknowledged.G)
	}
	if err := db.commits.write(mark{db.last.G, t.ReadTs()}); err != nil {
		return fmt.Errorf("write the commit number: %w", err)
	}
	if err := db.backed.start(dir, db.cfg.memTable); err != nil {
		return err
	}
	return db.upgrade()
}

// prepare inspects the database, and removes what an end in the middle of
// something has left in it.
func (db *DB) prepare(dir string, acknowledged mark) error {
	listed, err := inspect(dir, acknowledged)
	if err != nil {
		return err
	}
	cut, err := listed.cut()
	if err != nil {
		return err
	}
	if cut {
		db.cfg.Log("the MANIFEST of the database ended with an entry that was never finished; it was taken out, and nothing is lost")
	}
	return removeEmptyLogs(dir)
}

func (db *DB) openBadger(dir string, readOnly bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = damaged("the database panicked when it was opened: %v", r)
		}
	}()
	sink := &badgerLog{tell: db.cfg.Log}
	options := badgerOptions(dir, db.cfg.memTable).WithSyncWrites(!db.cfg.careless)
	opened, err := badger.Open(options.WithReadOnly(readOnly).WithLogger(sink))
	if errors.As(err, new(unix.Errno)) {
		return fmt.Errorf("open the database: %w", err)
	}
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
