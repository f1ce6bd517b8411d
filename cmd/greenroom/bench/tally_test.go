package bench

import (
	"errors"
	"strings"
	"testing"
)

func TestTallyFindsWhatAServerDoesToMessages(t *testing.T) {
	for _, c := range []struct {
		name  string
		read  []int
		sent  int
		want  Faults
		first string
	}{
		{"all, in order", []int{0, 1, 2, 3}, 4, Faults{}, ""},
		{"one lost in the middle", []int{0, 2, 3}, 4, Faults{Lost: 1}, "got number 2 of the room's sender 0, when 1 was next"},
		{"the last ones lost", []int{0, 1}, 4, Faults{Lost: 2}, "did not get number 3"},
		{"nothing came", nil, 3, Faults{Lost: 3}, "did not get number 2"},
		{"one doubled", []int{0, 1, 1, 2}, 3, Faults{Doubled: 1}, "got number 1 of the room's sender 0 twice"},
		{"two swapped", []int{0, 2, 1, 3}, 4, Faults{Reordered: 1}, "when 1 was next"},
		{"late, and then again", []int{0, 2, 1, 1}, 3, Faults{Reordered: 1, Doubled: 1}, "when 1 was next"},
		{"all at once", []int{1, 0, 0, 4}, 6, Faults{Lost: 3, Doubled: 1, Reordered: 1}, "when 0 was next"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally := newTally(2, 1)
			for _, n := range c.read {
				tally.saw(1, 0, n)
			}
			tally.owes(1, 0, c.sent)
			err := tally.verdict()
			var bad *Unfaithful
			if !errors.As(err, &bad) {
				bad = &Unfaithful{}
			}
			if got := bad.Faults; !strings.Contains(got.First, c.first) || (got.First == "") != (c.first == "") {
				t.Errorf("it says %q, want %q", got.First, c.first)
			}
			bad.First = ""
			if bad.Faults != c.want {
				t.Errorf("%+v, want %+v", bad.Faults, c.want)
			}
		})
	}
}

func TestTallyKnowsItsReadersAndSendersApart(t *testing.T) {
	tally := newTally(2, 2)
	for reader := range 2 {
		for place := range 2 {
			if !tally.saw(reader, place, 0) {
				t.Errorf("reader %d, place %d: its first message is not fresh", reader, place)
			}
		}
	}
	if tally.saw(1, 1, 0) {
		t.Error("a second copy is fresh")
	}
}

func TestGapsThatAreTooManyToRememberAreStillLost(t *testing.T) {
	tally := newTally(1, 1)
	tally.saw(0, 0, 3*mostMissing)
	tally.owes(0, 0, 3*mostMissing+1)
	var bad *Unfaithful
	if err := tally.verdict(); !errors.As(err, &bad) || bad.Lost != 3*mostMissing {
		t.Errorf("%v, want %d lost", err, 3*mostMissing)
	}
}
