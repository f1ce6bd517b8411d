package persistence

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// known is what the disk must hold: all that was acknowledged, or seen after a
// start, as a server would have shown it.
type known struct {
	testing.TB
	facts        map[string]string
	acknowledged int // records, accounts, rooms and memberships
}

func newKnown(t testing.TB) *known { return &known{TB: t, facts: map[string]string{}} }

// learn adds facts as a child says them.
func (k *known) learn(facts []string) {
	for _, f := range facts {
		fact, value, _ := strings.Cut(f, "\t")
		if before, ok := k.facts[fact]; !ok || grows(fact) && number(value) > number(before) {
			k.facts[fact] = value
		} else if !grows(fact) && before != value {
			k.Errorf("%s was %s, and is %s", fact, before, value)
		}
	}
}

// grows tells whether a fact's value is a number that grows.
func grows(fact string) bool {
	kind, _, _ := strings.Cut(fact, " ")
	return kind == "commit" || kind == "account" || kind == "member"
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// compare looks for all that is known in what a start has found, and at what
// was found besides.
func (k *known) compare(what string, found []string) {
	k.Helper()
	there := make(map[string]string, len(found))
	for _, f := range found {
		fact, value, _ := strings.Cut(f, "\t")
		there[fact] = value
	}
	lost := 0
	for fact, value := range k.facts {
		now, ok := there[fact]
		if ok && (now == value || grows(fact) && number(now) > number(value)) {
			continue
		}
		if lost++; lost < 10 {
			k.Errorf("%s: %s was %s, and is now %q", what, fact, value, now)
		}
	}
	if lost > 0 {
		k.Errorf("%s: %d of %d are lost", what, lost, len(k.facts))
	}
	k.order(what, found)
	k.learn(found)
}

// order: each room's numbers have no hole, no text is there twice, those of a
// round are in the order in which they were said, and of a batch all or none.
func (k *known) order(what string, found []string) {
	k.Helper()
	texts := map[string]bool{}
	seqs := map[int]int{}
	said := map[string]int{} // by round and room, how many
	for _, f := range found {
		var room, seq int
		var text string
		if _, err := fmt.Sscanf(f, "record %d %d\t%s", &room, &seq, &text); err != nil {
			continue
		}
		if seqs[room]++; seqs[room] != seq {
			k.Errorf("%s: room %d has number %d in place %d", what, room, seq, seqs[room])
		}
		if texts[text] {
			k.Errorf("%s: %q is there twice", what, text)
		}
		texts[text] = true
		part := strings.Split(text, "/")
		if len(part) != 3 || part[1] != fmt.Sprint(room) {
			k.Errorf("%s: %q was never said in room %d", what, text, room)
			continue
		}
		if place := part[0] + "/" + part[1]; said[place] != number(part[2]) {
			k.Errorf("%s: %q follows %d others of its round", what, text, said[place])
		} else {
			said[place]++
		}
	}
	for place, n := range said {
		round, _, _ := strings.Cut(place, "/")
		if !strings.HasSuffix(round, wayBatches) {
			continue
		}
		for room := 1; room <= powerRooms; room++ {
			if got := said[fmt.Sprint(round, "/", room)]; got != n {
				k.Errorf("%s: of round %s room %s has %d texts, room %d has %d", what, round, place, n, room, got)
			}
		}
	}
}
