package persistence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// Badger writes through maps of files: where the disk is full, the process
// ends, and compactions write whenever they like. So
//
//   - nothing is committed while less than the reserve is free;
//   - then the database is closed, and opened for reading only;
//   - a spare file keeps the space that closing may need, whoever fills the
//     disk.

func freeSpace(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}

func (db *DB) sparePath() string { return filepath.Join(db.cfg.Dir, spareName) }

func (db *DB) spareBytes() uint64 { return db.cfg.ReserveBytes / 2 }

// checkSpace wants the reserve to be free, and the spare file's space if that
// file has yet to be made.
func (db *DB) checkSpace() error {
	free, err := db.cfg.Free(db.cfg.Dir)
	if err != nil {
		return err
	}
	need := db.cfg.ReserveBytes
	if !db.spareIsThere() {
		need += db.spareBytes()
	}
	if free < need {
		return fmt.Errorf("%w: %d MiB are free where %s lies, and %d MiB must be: make room",
			journal.ErrDiskLow, free>>20, db.cfg.Dir, need>>20)
	}
	return nil
}

// spareIsThere tells whether the spare file has its size: a power cut may have
// left its name alone.
func (db *DB) spareIsThere() bool {
	info, err := os.Stat(db.sparePath())
	return err == nil && info.Size() >= int64(db.spareBytes())
}

// makeSpare makes the spare file when it is not there.
func (db *DB) makeSpare() error {
	if db.spareIsThere() {
		return nil
	}
	f, err := os.OpenFile(db.sparePath(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	err = unix.Fallocate(int(f.Fd()), 0, 0, int64(db.spareBytes()))
	if errors.Is(err, unix.EOPNOTSUPP) {
		_, err = f.Write(make([]byte, db.spareBytes()))
	}
	if err != nil {
		return errors.Join(err, os.Remove(db.sparePath()))
	}
	return nil
}

// retreat goes on for reading only, until Resume.
func (db *DB) retreat(why error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed || db.badger == nil || db.suspended() != nil {
		return
	}
	if err := os.Remove(db.sparePath()); err != nil && !errors.Is(err, os.ErrNotExist) {
		db.cfg.Log(fmt.Sprintf("giving the spare space back: %v", err))
	}
	if free, err := db.cfg.Free(db.cfg.Dir); err != nil || free < db.spareBytes() {
		return // too late to close; nothing more will be written but by compactions under way
	}
	db.cfg.Log(fmt.Sprintf("reading only: %v", why))
	db.suspend(why)
	if err := db.closeBadger(); err != nil {
		db.cfg.Log(fmt.Sprintf("closing the database: %v", err))
	}
	if err := db.openBadger(filepath.Join(db.cfg.Dir, databaseName), true); err != nil {
		db.cfg.Log(fmt.Sprintf("opening the database for reading: %v", err))
	}
	db.readOnly = true
}
