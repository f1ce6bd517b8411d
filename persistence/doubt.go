package persistence

import (
	"errors"
	"slices"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

var errNoTail = errors.New("the tail before the commit is not known")

// appendsByRoom lists, for each room, the places of the appends that make a
// record; those in again do not.
func appendsByRoom(items []item, again map[int]int) map[journal.Room][]int {
	rooms := make(map[journal.Room][]int)
	for i, it := range items {
		if _, said := again[i]; said {
			continue
		}
		if a := it.op.Append; a != nil && !a.Silent {
			rooms[a.Record.Room] = append(rooms[a.Record.Room], i)
		}
	}
	return rooms
}

// saidAgain finds the appends that were sent again while the first was still
// waiting: each with the place of the first that has its client id.
func saidAgain(items []item) map[int]int {
	type name struct {
		room       journal.Room
		author, id string
	}
	first, again := make(map[name]int), make(map[int]int)
	for i, it := range items {
		a := it.op.Append
		if a == nil || a.ClientID == "" {
			continue
		}
		n := name{a.Record.Room, a.Record.Author.ID, a.ClientID}
		if of, said := first[n]; said {
			again[i] = of
		} else {
			first[n] = i
		}
	}
	return again
}

// after returns what a room holds after its tail of before.
func (d *desk) after(room journal.Room) ([]journal.Record, error) {
	tail, ok := d.before[room]
	if !ok {
		return nil, errNoTail
	}
	q := journal.Query{
		Where: journal.Latest, From: journal.Point{Seq: tail}, Limit: journal.MaxPage,
		Events: true, Redacted: true, Role: journal.AnyRole,
	}
	return d.rangeOf(room, q)
}

// align tells for each append of a room, in the order of at, which of the
// stored records it became. The records are the appends in their order, some
// left out. An append that only might be one of them, because the same was
// said twice, gets ask.ErrUnknown.
func align(items []item, at []int, stored []journal.Record) []Outcome {
	outcomes := make([]Outcome, len(at))
	wants := func(n, s int) bool { return became(items[at[n]].op.Append.Record, stored[s]) }
	first, last, ok := embed(len(at), len(stored), wants)
	for n := range at {
		outcomes[n].Err = ask.ErrUnavailable
		if !ok {
			outcomes[n].Err = ask.ErrUnknown
		}
		for s := range first {
			switch {
			case first[s] == n && last[s] == n:
				outcomes[n] = Outcome{Record: stored[s]}
			case first[s] <= n && n <= last[s] && wants(n, s):
				outcomes[n].Err = ask.ErrUnknown
			}
		}
	}
	return outcomes
}

// embed finds, for each of s records in order, the first and the last of n
// appends that it can have been; not ok when there is no way.
func embed(n, s int, wants func(n, s int) bool) (first, last []int, ok bool) {
	first, last = make([]int, s), make([]int, s)
	i := 0
	for k := range s {
		for i < n && !wants(i, k) {
			i++
		}
		if i == n {
			return nil, nil, false
		}
		first[k] = i
		i++
	}
	i = n - 1
	for k := s - 1; k >= 0; k-- {
		for !wants(i, k) {
			i--
		}
		last[k] = i
		i--
	}
	return first, last, true
}

// became tells whether an append that asked for one record may have made the
// other.
func became(asked, stored journal.Record) bool {
	return asked.Room == stored.Room && asked.Kind == stored.Kind && asked.Author == stored.Author &&
		asked.Subject == stored.Subject && asked.Target == stored.Target && asked.Redacts == stored.Redacts &&
		(asked.MinRole == stored.MinRole || asked.Kind == journal.Redact) &&
		(stored.Redacted || asked.Text == stored.Text && slices.Equal(asked.Tags, stored.Tags) && slices.Equal(asked.Cuts, stored.Cuts))
}
