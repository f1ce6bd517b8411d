package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/persistence"
)

// passingIsBounded: a page that would have to pass over too much ends there, and
// whoever goes on from its end has seen everything that is theirs, from either side
// and by message or time.
func passingIsBounded(t *testing.T, s *subject) {
	a := s.room("#a")
	ours := []uint64{}
	const run = journal.MaxPassed + 500
	for n := range 3 {
		s.advance(time.Hour)
		ours = append(ours, s.commit(say(a, "for all"))[0].Record.Seq)
		switch n {
		case 0:
			s.hidden(a, run)
		case 1:
			s.redacted(a, run)
		}
	}
	for _, back := range []bool{false, true} {
		for _, byTime := range []bool{false, true} {
			t.Run(fmt.Sprintf("back=%v,byTime=%v", back, byTime), func(t *testing.T) {
				got, pages := s.walk(t, a, back, byTime)
				if !slices.Equal(got, ours) || pages > 12 {
					t.Errorf("%d pages with %v, want %v", pages, got, ours)
				}
			})
		}
	}
	page, looked, err := s.Range(a, journal.Query{Where: journal.Around, From: journal.Point{Seq: ours[1] - 100}, Limit: 10})
	if err != nil || len(page) != 3 || page[0].Kind != journal.Elided || page[1].Seq != ours[1] || page[2].Kind != journal.Elided ||
		looked > 2*journal.MaxPassed+100 {
		t.Errorf("on both sides of a place, %d looked at: %+v, %v", looked, page, err)
	}
	page = s.read(a, journal.Query{Where: journal.Before, From: journal.Point{Seq: ours[1]}, Limit: 10, Role: 1})
	if len(page) != 10 || page[0].Kind == journal.Elided {
		t.Errorf("of whom it is for, %+v", page)
	}
}

// hidden stores n messages that are for a role.
func (s *subject) hidden(room journal.Room, n int) {
	var ops []persistence.Op
	for range n {
		op := say(room, "x")
		op.Append.Record.MinRole = 1
		ops = append(ops, op)
	}
	s.commitAll(ops)
}

// redacted stores n messages and takes each away.
func (s *subject) redacted(room journal.Room, n int) {
	var said, gone []persistence.Op
	for range n {
		said = append(said, say(room, "x"))
	}
	for _, out := range s.commitAll(said) {
		gone = append(gone, redact(room, out.Record.Seq, journal.Redaction{}))
	}
	s.commitAll(gone)
}

func (s *subject) commitAll(ops []persistence.Op) (all []persistence.Outcome) {
	s.t.Helper()
	for batch := range slices.Chunk(ops, 256) {
		all = append(all, s.commit(batch...)...)
	}
	return all
}

// walk reads a room from one end to the other as a client does that stops at an
// empty page, and counts the pages.
func (s *subject) walk(t *testing.T, room journal.Room, back, byTime bool) (said []uint64, pages int) {
	q := journal.Query{Where: journal.After, From: journal.Point{Time: time.UnixMilli(1)}, Limit: 2}
	if back {
		q = journal.Query{Where: journal.Latest, Limit: 2}
	}
	for ; pages < 100; pages++ {
		page, looked, err := s.Range(room, q)
		if err != nil || looked > journal.MaxPassed+100 {
			t.Fatalf("%+v: %d looked at, %v", q, looked, err)
		}
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			if r.Kind != journal.Elided {
				said = append(said, r.Seq)
			} else if r.Text != "" || r.Author != (journal.Author{}) || r.MinRole != 0 {
				t.Errorf("what ends a page tells %+v", r)
			}
		}
		last := page[len(page)-1]
		if back {
			q.Where, last = journal.Before, page[0]
		}
		if q.From = (journal.Point{Seq: last.Seq}); byTime {
			q.From = journal.Point{Time: last.Time}
		}
	}
	slices.Sort(said)
	return said, pages
}
