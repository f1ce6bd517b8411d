package persistence

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// Account implements Store; the error is records.ErrNoAccount when there is none.
func (db *DB) Account(key string) (account records.Account, err error) {
	err = db.view(func(t txn) error {
		_, stored, err := t.lastAccount(key)
		account = stored.account()
		return err
	})
	return account, err
}

// Room implements Store; the error is ErrNoRoom when there is none.
func (db *DB) Room(no journal.Room) (room records.Room, err error) {
	err = db.view(func(t txn) error {
		stored, head, err := t.room(no)
		room = stored.room(no, head)
		return err
	})
	return room, err
}

// RoomByName implements Store; the error is ErrNoRoom when there is none.
func (db *DB) RoomByName(key string) (records.Room, error) {
	return db.namedRoom(func(h *hasher) []byte { return h.room(key) })
}

// Conversation implements Store; the error is ErrNoRoom when there is none.
func (db *DB) Conversation(pair [2]string) (records.Room, error) {
	return db.namedRoom(func(h *hasher) []byte { return h.pair(pair) })
}

func (db *DB) namedRoom(name func(*hasher) []byte) (room records.Room, err error) {
	err = db.view(func(t txn) error {
		no, err := t.sureNumber(name(t.hasher))
		if err != nil {
			return err
		}
		if no == 0 {
			return ErrNoRoom
		}
		stored, head, err := t.room(journal.Room(no))
		if err == nil {
			err = stored.named(journal.Room(no))
		}
		room = stored.room(journal.Room(no), head)
		return err
	})
	return room, err
}

// Memberships implements Store, by room number. Rooms whose name was freed are
// left out.
func (db *DB) Memberships(account string) (list []records.Membership, err error) {
	err = db.view(func(t txn) error {
		list, err = t.memberships(account)
		return err
	})
	return list, err
}

func (t txn) memberships(account string) (list []records.Membership, err error) {
	var want storedCount
	if _, err := t.get(t.hasher.memberCount(account), &want); err != nil {
		return nil, err
	}
	read := uint64(0)
	err = t.each(t.hasher.members(account), func(key []byte, item *badger.Item) error {
		read++
		m, err := t.membership(key, item)
		if err == nil && m != nil {
			list = append(list, *m)
		}
		return err
	})
	if err == nil && read != want.N {
		err = damaged("%d of %d rooms of an account are there", read, want.N)
	}
	if err != nil {
		return nil, err
	}
	return list, nil
}

// membership reads one; nil when it is only a marker, or of a freed room.
func (t txn) membership(key []byte, item *badger.Item) (*records.Membership, error) {
	var stored storedMember
	if err := t.openItem(key, item, &stored); err != nil || !stored.Joined {
		return nil, err
	}
	no := journal.Room(numberIn(key))
	room, head, err := t.room(no)
	if err != nil || room.forgotten() {
		return nil, err
	}
	return &records.Membership{
		Room: no, Key: room.Key, Name: room.Name, Pair: [2]string{room.A, room.B},
		Marker: timeOf(stored.Marker), Last: timeOf(head.Time),
	}, nil
}

// forgotten tells whether the room has lost its name.
func (s storedRoom) forgotten() bool { return s.Key == "" && s.A == "" }

// errFreed: nothing should lead to a room without a name.
var errFreed = damaged("a freed name leads to a room again")

// named refuses a room that a name leads to although it has none.
func (s storedRoom) named(no journal.Room) error {
	if s.forgotten() {
		return fmt.Errorf("%w: room %d", errFreed, no)
	}
	return nil
}

// each calls fn for the keys with a prefix, in order.
func (t txn) each(prefix []byte, fn func(key []byte, item *badger.Item) error) error {
	opt := badger.DefaultIteratorOptions
	opt.Prefix = prefix
	opt.PrefetchValues = false
	it := t.NewIterator(opt)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := fn(it.Item().KeyCopy(nil), it.Item()); err != nil {
			return err
		}
	}
	return nil
}

// Cursors of Names: the next number to look at.
const (
	cursorAccounts = "a"
	cursorRooms    = "r"
)

var errCursor = errors.New("not a cursor")

// Names implements Store: all accounts, then all rooms that have a name, by
// number. A page looks at no more than four times limit numbers, so it may be
// short or empty although more follow.
func (db *DB) Names(cursor string, limit int) (page records.Named, err error) {
	if cursor == "" {
		cursor = cursorAccounts + "1"
	}
	next, err := strconv.ParseUint(cursor[1:], 10, 64)
	if err != nil || next == 0 {
		return page, fmt.Errorf("%w: %q", errCursor, cursor)
	}
	limit = max(limit, 1)
	err = db.view(func(t txn) error {
		c, err := t.counts()
		if err != nil {
			return err
		}
		if cursor[:1] == cursorAccounts {
			return t.accountNames(&page, next, c.Accounts, limit)
		}
		return t.roomNames(&page, next, c.Rooms, limit)
	})
	return page, err
}

func (t txn) accountNames(page *records.Named, next, count uint64, limit int) error {
	for ; next <= count && len(page.Accounts) < limit; next++ {
		a, err := t.account(next)
		if err != nil {
			return err
		}
		if err := t.checkName(t.hasher.account(a.Key), next); err != nil {
			return err
		}
		page.Accounts = append(page.Accounts, records.Name{Key: a.Key, Name: a.Name, Certificates: a.Certificates})
	}
	page.Next = cursorAccounts + strconv.FormatUint(next, 10)
	if next > count {
		page.Next = cursorRooms + "1"
	}
	return nil
}

func (t txn) roomNames(page *records.Named, next, count uint64, limit int) error {
	for looked := 0; next <= count && len(page.Rooms) < limit && looked < 4*limit; next++ {
		looked++
		room, _, err := t.room(journal.Room(next))
		if err != nil {
			return err
		}
		if err := t.checkRoomName(room, next); err != nil {
			return err
		}
		if room.Key != "" {
			page.Rooms = append(page.Rooms, records.Name{Key: room.Key, Name: room.Name, Room: journal.Room(next)})
		}
	}
	if next <= count {
		page.Next = cursorRooms + strconv.FormatUint(next, 10)
	}
	return nil
}

// checkName refuses a number that its name does not lead to: a name that
// cannot be read would look free.
func (t txn) checkName(name []byte, no uint64) error {
	found, err := t.number(name)
	if err == nil && found != no {
		err = damaged("the name of number %d leads to number %d", no, found)
	}
	return err
}

func (t txn) checkRoomName(room storedRoom, no uint64) error {
	switch {
	case room.Key != "":
		return t.checkName(t.hasher.room(room.Key), no)
	case !room.forgotten():
		return t.checkName(t.hasher.pair([2]string{room.A, room.B}), no)
	}
	return nil
}
