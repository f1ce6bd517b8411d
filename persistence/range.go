package persistence

import (
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// roomLog is the log of one room in a snapshot. Sequence numbers are dense, times
// and counts of what was said ascend with them; so a record is one read, and
// a place given by time or count is found by halving.
type roomLog struct {
	txn
	no   journal.Room
	head storedHead
}

// Range implements Store. A query for a message that is not there is
// journal.ErrNoMessage; a stored record that cannot be found is
// journal.ErrGap.
func (db *DB) Range(room journal.Room, q journal.Query) (page []journal.Record, looked int, err error) {
	err = db.view(func(t txn) error {
		head, err := t.head(room)
		if err != nil {
			return err
		}
		if err := t.ends(room, head); err != nil {
			return err
		}
		w := walk{roomLog: roomLog{t, room, head}, q: q}
		page, err = w.read()
		looked = w.looked
		return err
	})
	return page, looked, err
}

// place is where a point lies in the log: at is the first sequence number that
// is not before it, after the first that is after it.
type place struct{ at, after uint64 }

func (l roomLog) place(p journal.Point) (place, error) {
	switch {
	case p.IsZero():
		return place{1, 1}, nil
	case p.Seq > l.head.Seq:
		return place{}, journal.ErrNoMessage
	case p.Seq > 0:
		return place{p.Seq, p.Seq + 1}, nil
	}
	ms := p.Time.UnixMilli()
	first := ms
	if p.Time.Nanosecond()%int(time.Millisecond) != 0 {
		first++
	}
	at, err := l.search(func(r storedRecord) bool { return r.Time >= first })
	if err != nil {
		return place{}, err
	}
	after, err := l.search(func(r storedRecord) bool { return r.Time > ms })
	return place{at, after}, err
}

// search finds the first record of which reached holds, or the end of the log.
func (l roomLog) search(reached func(storedRecord) bool) (uint64, error) {
	low, high := uint64(1), l.head.Seq+1
	for low < high {
		middle := low + (high-low)/2
		r, err := l.record(l.no, middle)
		if err != nil {
			return 0, err
		}
		if reached(r) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low, nil
}
