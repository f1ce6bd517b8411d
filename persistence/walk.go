package persistence

import (
	"math/bits"
	"slices"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// eventRun is how many events in a row are read before the next thing said is
// searched for instead.
const eventRun = 64

// walk reads a page. What it passes over on either side of a place is bounded: a
// page that has come to journal.MaxPassed ends there with a record that says so,
// which is a place to go on from.
type walk struct {
	roomLog
	q      journal.Query
	looked int // records, and what a search for one costs
}

func (w *walk) read() ([]journal.Record, error) {
	limit := min(max(w.q.Limit, 1), journal.MaxPage)
	from, err := w.place(w.q.From)
	if err != nil {
		return nil, err
	}
	to, err := w.place(w.q.To)
	if err != nil {
		return nil, err
	}
	end := w.head.Seq
	switch w.q.Where {
	case journal.Latest:
		low := uint64(1)
		if !w.q.From.IsZero() {
			low = from.after
		}
		return w.backward(end, low, limit)
	case journal.Before:
		return w.backward(from.at-1, 1, limit)
	case journal.After:
		return w.forward(from.after, end, limit)
	case journal.Around:
		before, err := w.backward(from.at-1, 1, limit/2)
		if err != nil {
			return nil, err
		}
		rest, err := w.forward(from.at, end, limit-len(before))
		return append(before, rest...), err
	case journal.Between:
		if from.at <= to.at {
			return w.forward(from.after, to.at-1, limit)
		}
		return w.backward(from.at-1, to.after, limit)
	}
	return nil, journal.ErrNoMessage
}

// visible tells whether a record is for the reader.
func (r storedRecord) visible(q journal.Query) bool {
	return journal.MayRead(q.Role, r.MinRole) && (q.Redacted || r.Redacted == 0)
}

// stretch is what a walk has seen on one side of a place.
type stretch struct {
	page           []journal.Record
	passed, events int // events in a row
}

// visit looks at a record. run: so many events came in a row that what is behind
// them is to be searched for.
func (w *walk) visit(s *stretch, seq uint64) (r storedRecord, run bool, err error) {
	r, err = w.record(w.no, seq)
	if err != nil {
		return r, false, err
	}
	w.looked++
	event := !w.q.Events && !journal.Kind(r.Kind).Said()
	if !event {
		s.events = 0
	}
	if !event && r.visible(w.q) {
		s.page = append(s.page, r.record(w.no, seq))
		return r, false, nil
	}
	s.passed++
	if event {
		s.events++
	}
	return r, event && s.events%eventRun == 0, nil
}

// leap finds the first record of which reached holds, and counts what that costs.
func (w *walk) leap(s *stretch, reached func(storedRecord) bool) (uint64, error) {
	cost := bits.Len64(w.head.Seq)
	w.looked += cost
	s.passed += cost
	return w.search(reached)
}

// elide ends a stretch where it has passed over as much as it may.
func (w *walk) elide(s *stretch, seq uint64) error {
	r, err := w.record(w.no, seq)
	if err == nil {
		s.page = append(s.page, journal.Record{Room: w.no, Seq: seq, Time: timeOf(r.Time), Kind: journal.Elided})
	}
	return err
}

// forward reads from first towards last, both included.
func (w *walk) forward(first, last uint64, limit int) ([]journal.Record, error) {
	var s stretch
	for seq := first; seq <= last && len(s.page) < limit; seq++ {
		r, run, err := w.visit(&s, seq)
		if err != nil {
			return nil, err
		}
		if run {
			next, err := w.leap(&s, func(other storedRecord) bool { return other.Said > r.Said })
			if err != nil {
				return nil, err
			}
			seq = next - 1
		}
		if s.passed >= journal.MaxPassed && seq < last && len(s.page) < limit {
			return s.page, w.elide(&s, seq)
		}
	}
	return s.page, nil
}

// backward reads from last towards first, both included; the page ascends.
func (w *walk) backward(last, first uint64, limit int) ([]journal.Record, error) {
	var s stretch
	first = max(first, 1)
	for seq := last; seq >= first && len(s.page) < limit; seq-- {
		r, run, err := w.visit(&s, seq)
		if err != nil {
			return nil, err
		}
		if r.Said == 0 && !w.q.Events {
			break
		}
		if run {
			previous, err := w.leap(&s, func(other storedRecord) bool { return other.Said >= r.Said })
			if err != nil {
				return nil, err
			}
			seq = previous + 1
		}
		if s.passed >= journal.MaxPassed && seq > first && len(s.page) < limit {
			if err := w.elide(&s, seq); err != nil {
				return nil, err
			}
			break
		}
	}
	slices.Reverse(s.page)
	return s.page, nil
}
