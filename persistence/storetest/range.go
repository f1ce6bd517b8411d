package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/persistence"
)

// ranges reads a room of ten messages, a second apart.
func ranges(t *testing.T, s *subject) {
	a := s.room("#a")
	start := s.now()
	for range 10 {
		s.commit(say(a, "x"))
		s.advance(time.Second)
	}
	at := func(seq uint64) journal.Point { return journal.Point{Seq: seq} }
	when := func(seq int) journal.Point { return journal.Point{Time: start.Add(time.Duration(seq-1) * time.Second)} }
	later := func(p journal.Point, d time.Duration) journal.Point { return journal.Point{Time: p.Time.Add(d)} }
	none := journal.Point{}
	tests := []struct {
		where    journal.Where
		from, to journal.Point
		limit    int
		want     string
	}{
		{journal.Latest, none, none, 3, "[8 9 10]"},
		{journal.Latest, none, none, 100, "[1 2 3 4 5 6 7 8 9 10]"},
		{journal.Latest, at(8), none, 5, "[9 10]"},
		{journal.Latest, at(5), none, 2, "[9 10]"},
		{journal.Latest, at(10), none, 5, "[]"},
		{journal.Latest, when(8), none, 5, "[9 10]"},
		{journal.Before, at(4), none, 2, "[2 3]"},
		{journal.Before, at(1), none, 2, "[]"},
		{journal.Before, when(4), none, 2, "[2 3]"},
		{journal.Before, later(when(4), time.Millisecond), none, 2, "[3 4]"},
		{journal.Before, later(when(4), time.Microsecond), none, 2, "[3 4]"},
		{journal.Before, later(when(10), time.Hour), none, 2, "[9 10]"},
		{journal.Before, later(when(1), -time.Hour), none, 2, "[]"},
		{journal.After, at(4), none, 2, "[5 6]"},
		{journal.After, at(9), none, 5, "[10]"},
		{journal.After, at(10), none, 5, "[]"},
		{journal.After, when(4), none, 2, "[5 6]"},
		{journal.After, later(when(4), -time.Microsecond), none, 2, "[4 5]"},
		{journal.After, later(when(1), -time.Hour), none, 2, "[1 2]"},
		{journal.After, later(when(10), time.Hour), none, 2, "[]"},
		{journal.Around, at(5), none, 4, "[3 4 5 6]"},
		{journal.Around, at(5), none, 1, "[5]"},
		{journal.Around, at(1), none, 4, "[1 2 3 4]"},
		{journal.Around, at(10), none, 4, "[8 9 10]"},
		{journal.Around, when(5), none, 3, "[4 5 6]"},
		{journal.Around, later(when(5), time.Millisecond), none, 4, "[4 5 6 7]"},
		{journal.Around, later(when(10), time.Hour), none, 4, "[9 10]"},
		{journal.Between, at(3), at(7), 10, "[4 5 6]"},
		{journal.Between, at(3), at(7), 2, "[4 5]"},
		{journal.Between, at(7), at(3), 10, "[4 5 6]"},
		{journal.Between, at(7), at(3), 2, "[5 6]"},
		{journal.Between, at(3), at(4), 10, "[]"},
		{journal.Between, at(3), at(3), 10, "[]"},
		{journal.Between, when(3), when(7), 2, "[4 5]"},
		{journal.Between, when(7), when(3), 2, "[5 6]"},
		{journal.Between, at(3), when(7), 10, "[4 5 6]"},
		{journal.Between, later(when(1), -time.Hour), later(when(10), time.Hour), 20, "[1 2 3 4 5 6 7 8 9 10]"},
	}
	for _, test := range tests {
		q := journal.Query{Where: test.where, From: test.from, To: test.to, Limit: test.limit}
		if got := seqs(s.read(a, q)); got != test.want {
			t.Errorf("%+v: got %s, want %s", q, got, test.want)
		}
	}
	for _, q := range []journal.Query{
		{Where: journal.Before, From: at(11), Limit: 1},
		{Where: journal.Between, From: at(1), To: at(11), Limit: 1},
	} {
		if page, _, err := s.Range(a, q); !errors.Is(err, journal.ErrNoMessage) {
			t.Errorf("%+v: %v, %v", q, seqs(page), err)
		}
	}
	if page, _, err := s.Range(a+100, journal.Query{Where: journal.Latest, Limit: 1}); !errors.Is(err, persistence.ErrNoRoom) {
		t.Errorf("of a room that is not there: %v, %v", page, err)
	}
	if page := s.read(s.room("#empty"), journal.Query{Where: journal.Latest, Limit: 1}); len(page) != 0 {
		t.Errorf("of an empty room: %v", seqs(page))
	}
}

func rangesWithoutEvents(t *testing.T, s *subject) {
	a := s.room("#a")
	for i := range 12 { // every third is said
		kind := journal.Join
		if i%3 == 2 {
			kind = journal.Notice
		}
		s.commit(post(a, kind, "x", ""))
	}
	tests := []struct {
		where  journal.Where
		from   uint64
		events bool
		limit  int
		want   string
	}{
		{journal.Latest, 0, false, 2, "[9 12]"},
		{journal.Latest, 0, true, 2, "[11 12]"},
		{journal.Before, 12, false, 10, "[3 6 9]"},
		{journal.After, 3, false, 2, "[6 9]"},
		{journal.Around, 6, false, 4, "[3 6 9 12]"},
		{journal.Around, 7, false, 2, "[6 9]"},
	}
	for _, test := range tests {
		q := journal.Query{Where: test.where, From: journal.Point{Seq: test.from}, Limit: test.limit, Events: test.events}
		if got := seqs(s.read(a, q)); got != test.want {
			t.Errorf("%+v: got %s, want %s", q, got, test.want)
		}
	}
}

// rangesByRole: what is for others does not count, so that a page is as long as
// if it were not there, and not empty while there is more to read.
func rangesByRole(t *testing.T, s *subject) {
	a := s.room("#a")
	restricted := func(role uint8) {
		op := say(a, "x")
		op.Append.Record.MinRole = role
		s.commit(op)
	}
	s.commit(say(a, "1"), post(a, journal.Join, "", ""), say(a, "3"))
	for range 200 {
		restricted(2) // 4 to 203
	}
	restricted(1)
	s.commit(post(a, journal.Join, "", ""), say(a, "206"))
	for _, test := range []struct {
		where    journal.Where
		from, to uint64
		events   bool
		role     uint8
		limit    int
		want     string
	}{
		{journal.Latest, 0, 0, false, 0, 3, "[1 3 206]"},
		{journal.Latest, 0, 0, true, 0, 3, "[3 205 206]"},
		{journal.Latest, 0, 0, true, 0, 9, "[1 2 3 205 206]"},
		{journal.Latest, 0, 0, true, 1, 3, "[204 205 206]"},
		{journal.Latest, 0, 0, false, 2, 3, "[203 204 206]"},
		{journal.Latest, 0, 0, false, journal.AnyRole, 3, "[203 204 206]"},
		{journal.Latest, 0, 0, false, 4, 3, "[3 204 206]"}, // half an operator
		{journal.Latest, 0, 0, false, 8 | 1, 3, "[203 204 206]"},
		{journal.Latest, 206, 0, false, 0, 3, "[]"},
		{journal.Before, 204, 0, false, 0, 1, "[3]"},
		{journal.Before, 206, 0, false, 0, 2, "[1 3]"},
		{journal.Before, 206, 0, false, 1, 2, "[3 204]"},
		{journal.After, 3, 0, false, 0, 5, "[206]"},
		{journal.After, 3, 0, true, 0, 5, "[205 206]"},
		{journal.After, 1, 0, false, 2, 2, "[3 4]"},
		{journal.Around, 100, 0, false, 0, 4, "[1 3 206]"},
		{journal.Around, 100, 0, false, 2, 2, "[99 100]"},
		{journal.Between, 1, 206, false, 0, 1, "[3]"},
		{journal.Between, 206, 1, true, 0, 9, "[2 3 205]"},
	} {
		q := journal.Query{
			Where: test.where, From: journal.Point{Seq: test.from}, To: journal.Point{Seq: test.to},
			Limit: test.limit, Events: test.events, Role: test.role,
		}
		if got := seqs(s.read(a, q)); got != test.want {
			t.Errorf("%+v: got %s, want %s", q, got, test.want)
		}
	}
}

// eventsAreCrossed looks for the few things said among many events, from both
// sides, and does not say that there are none.
func eventsAreCrossed(t *testing.T, s *subject) {
	a := s.room("#a")
	events := func() {
		for range 10 {
			var ops []persistence.Op
			for range 100 {
				ops = append(ops, post(a, journal.Join, "", ""))
			}
			s.commit(ops...)
		}
	}
	events()
	s.commit(say(a, "1001"))
	events()
	s.commit(say(a, "2002"), say(a, "2003"))
	events()
	for _, test := range []struct {
		where journal.Where
		from  uint64
		limit int
		want  string
	}{
		{journal.Latest, 0, 10, "[1001 2002 2003]"},
		{journal.Latest, 0, 2, "[2002 2003]"},
		{journal.After, 1, 10, "[1001 2002 2003]"},
		{journal.After, 1, 1, "[1001]"},
		{journal.Before, 2002, 10, "[1001]"},
		{journal.Before, 1001, 10, "[]"},
		{journal.After, 2003, 10, "[]"},
		{journal.Around, 1500, 4, "[1001 2002 2003]"},
	} {
		q := journal.Query{Where: test.where, From: journal.Point{Seq: test.from}, Limit: test.limit}
		if got := seqs(s.read(a, q)); got != test.want {
			t.Errorf("%+v: got %s, want %s", q, got, test.want)
		}
	}
	if got := len(s.read(a, journal.Query{Where: journal.Latest, Limit: 5000, Events: true})); got != journal.MaxPage {
		t.Errorf("a page of %d", got)
	}
}

// readersSeeWholeCommits reads while commits of five go on.
func readersSeeWholeCommits(t *testing.T, s *subject) {
	a := s.room("#a")
	done := make(chan error, 1)
	go func() {
		for range 200 {
			page, _, err := s.Range(a, journal.Query{Where: journal.Latest, Limit: journal.MaxPage})
			if err == nil && len(page)%5 != 0 {
				err = fmt.Errorf("%d records of commits of five", len(page))
			}
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for range 50 {
		s.commit(say(a, "1"), say(a, "2"), say(a, "3"), say(a, "4"), say(a, "5"))
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
