package persistence

import (
	"errors"
	"fmt"
)

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
		return db.makeSpare()
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
