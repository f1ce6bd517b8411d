package bench

import "fmt"

// Faults are what a server did to messages that it should have passed on.
type Faults struct {
	Lost      int64  `json:"lost"`
	Doubled   int64  `json:"doubled"`
	Reordered int64  `json:"reordered"` // later than a younger one of the same sender
	Altered   int64  `json:"altered"`   // not as long as it was
	Astray    int64  `json:"astray"`    // shown to those outside the room, or never sent
	First     string `json:"first"`
}

// Unfaithful is the error of a run in which messages did not arrive as they
// were sent.
type Unfaithful struct{ Faults }

// Error is a sentence with all counts.
func (u *Unfaithful) Error() string {
	f := u.Faults
	return fmt.Sprintf("the messages did not arrive as they were sent: %d lost, %d doubled, %d out of order, %d altered, %d astray; first: %s",
		f.Lost, f.Doubled, f.Reordered, f.Altered, f.Astray, f.First)
}

// mostMissing bounds what is remembered of gaps; beyond it they are only
// counted, and what fills them later counts as doubled.
const mostMissing = 100_000

// tally knows for each reader which message of each sender in its room
// is next; place is the sender's among those of the room.
type tally struct {
	senders int
	next    []int32 // by reader and place
	missing map[gap]struct{}
	gaps    int64 // missing ones, remembered or not
	faults  Faults
}

type gap struct{ reader, place, number int32 }

func newTally(readers, senders int) *tally {
	return &tally{senders: senders, next: make([]int32, readers*senders), missing: map[gap]struct{}{}}
}

// saw notes that a reader has read a message, and tells whether it is the first
// time.
func (t *tally) saw(reader, place, number int) (fresh bool) {
	next := &t.next[reader*t.senders+place]
	switch n := int32(number); {
	case n == *next:
		*next++
		return true
	case n > *next:
		t.blame("client %d got number %d of the room's sender %d, when %d was next", reader, n, place, *next)
		t.skip(reader, place, *next, n)
		*next = n + 1
		return true
	default:
		hole := gap{int32(reader), int32(place), n}
		if _, late := t.missing[hole]; late {
			delete(t.missing, hole)
			t.gaps--
			t.faults.Reordered++
			return true
		}
		t.blame("client %d got number %d of the room's sender %d twice", reader, n, place)
		t.faults.Doubled++
		return false
	}
}

func (t *tally) skip(reader, place int, from, to int32) {
	t.gaps += int64(to - from)
	for n := from; n < to && len(t.missing) < mostMissing; n++ {
		t.missing[gap{int32(reader), int32(place), n}] = struct{}{}
	}
}

// blame keeps the first fault in words.
func (t *tally) blame(format string, args ...any) {
	if t.faults.First == "" {
		t.faults.First = fmt.Sprintf(format, args...)
	}
}

// owes adds what is lost at the end: the gaps, and what came after the last that
// a reader was shown.
func (t *tally) owes(reader, place, sent int) {
	if behind := sent - int(t.next[reader*t.senders+place]); behind > 0 {
		t.blame("client %d did not get number %d of the room's sender %d, which was the last", reader, sent-1, place)
		t.faults.Lost += int64(behind)
	}
}

// verdict is nil when every message came once, in order and whole. owes has
// been asked for everybody before.
func (t *tally) verdict() error {
	f := t.faults
	f.Lost += t.gaps
	if f == (Faults{}) {
		return nil
	}
	return &Unfaithful{f}
}
