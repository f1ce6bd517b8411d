package persistence

import (
	"slices"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// eventRun is how many events in a row are read before the next thing said is
// searched for instead.
const eventRun = 64

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
func (db *DB) Range(room journal.Room, q journal.Query) (page []journal.Record, err error) {
	err = db.view(func(t txn) error {
		head, err := t.head(room)
		if err != nil {
			return err
		}
		if err := t.ends(room, head); err != nil {
			return err
		}
		page, err = roomLog{t, room, head}.page(q)
		return err
	})
	return page, err
}

func (l roomLog) page(q journal.Query) ([]journal.Record, error) {
	limit := min(max(q.Limit, 1), journal.MaxPage)
	from, err := l.place(q.From)
	if err != nil {
		return nil, err
	}
	to, err := l.place(q.To)
	if err != nil {
		return nil, err
	}
	end := l.head.Seq
	switch q.Where {
	case journal.Latest:
		low := uint64(1)
		if !q.From.IsZero() {
			low = from.after
		}
		return l.backward(end, low, limit, q)
	case journal.Before:
		return l.backward(from.at-1, 1, limit, q)
	case journal.After:
		return l.forward(from.after, end, limit, q)
	case journal.Around:
		before, err := l.backward(from.at-1, 1, limit/2, q)
		if err != nil {
			return nil, err
		}
		rest, err := l.forward(from.at, end, limit-len(before), q)
		return append(before, rest...), err
	case journal.Between:
		if from.at <= to.at {
			return l.forward(from.after, to.at-1, limit, q)
		}
		return l.backward(from.at-1, to.after, limit, q)
	}
	return nil, journal.ErrNoMessage
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

// visible tells whether a record is for the reader.
func (r storedRecord) visible(q journal.Query) bool {
	return journal.MayRead(q.Role, r.MinRole) && (q.Redacted || r.Redacted == 0)
}

// forward reads from first towards last, both included.
func (l roomLog) forward(first, last uint64, limit int, q journal.Query) ([]journal.Record, error) {
	var page []journal.Record
	skipped := 0
	for seq := first; seq <= last && len(page) < limit; seq++ {
		r, err := l.record(l.no, seq)
		if err != nil {
			return nil, err
		}
		if q.Events || journal.Kind(r.Kind).Said() {
			if r.visible(q) {
				page = append(page, r.record(l.no, seq))
			}
			skipped = 0
			continue
		}
		if skipped++; skipped%eventRun != 0 {
			continue
		}
		next, err := l.search(func(s storedRecord) bool { return s.Said > r.Said })
		if err != nil {
			return nil, err
		}
		seq = next - 1
	}
	return page, nil
}

// backward reads from last towards first, both included; the page ascends.
func (l roomLog) backward(last, first uint64, limit int, q journal.Query) ([]journal.Record, error) {
	var page []journal.Record
	skipped := 0
	for seq := last; seq >= max(first, 1) && len(page) < limit; seq-- {
		r, err := l.record(l.no, seq)
		if err != nil {
			return nil, err
		}
		if q.Events || journal.Kind(r.Kind).Said() {
			if r.visible(q) {
				page = append(page, r.record(l.no, seq))
			}
			skipped = 0
			continue
		}
		if r.Said == 0 {
			break
		}
		if skipped++; skipped%eventRun != 0 {
			continue
		}
		previous, err := l.search(func(s storedRecord) bool { return s.Said >= r.Said })
		if err != nil {
			return nil, err
		}
		seq = previous + 1
	}
	slices.Reverse(page)
	return page, nil
}
