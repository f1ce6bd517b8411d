package persistence

import (
	"fmt"
	"strconv"
	"strings"
)

// known is what the disk must hold: all that was acknowledged, or seen after a
// start, as a server would have shown it.
type known struct {
	facts        map[string]string
	broken       []string // promises
	acknowledged int      // records, accounts, rooms and memberships
}

func (k *known) broke(format string, args ...any) {
	k.broken = append(k.broken, fmt.Sprintf(format, args...))
}

// learn adds facts as a child says them.
func (k *known) learn(facts []string) {
	for _, f := range facts {
		fact, value, _ := strings.Cut(f, "\t")
		if before, ok := k.facts[fact]; !ok || grows(fact) && number(value) > number(before) {
			k.facts[fact] = value
		} else if !grows(fact) && before != value {
			k.broke("%s was %s, and is %s", fact, before, value)
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
			k.broke("%s: %s was %s, and is now %q", what, fact, value, now)
		}
	}
	if lost > 0 {
		k.broke("%s: %d of %d are lost", what, lost, len(k.facts))
	}
	k.order(what, found)
	k.learn(found)
}

// order: each room's numbers have no hole, no text is there twice, those of a
// round are in the order in which they were said, and of a batch all or none.
func (k *known) order(what string, found []string) {
	texts := map[string]bool{}
	seqs := map[int]int{}
	said := map[string]int{} // by round and room, how many
	for _, f := range found {
		fact, text, _ := strings.Cut(f, "\t")
		at := strings.Fields(fact)
		if at[0] != "record" {
			continue
		}
		room, seq := number(at[1]), number(at[2])
		if seqs[room]++; seqs[room] != seq {
			k.broke("%s: room %d has number %d in place %d", what, room, seq, seqs[room])
		}
		if texts[text] {
			k.broke("%s: %q is there twice", what, text)
		}
		texts[text] = true
		part := strings.Split(text, "/")
		if len(part) != 3 || part[1] != fmt.Sprint(room) {
			k.broke("%s: %q was never said in room %d", what, text, room)
			continue
		}
		if place := part[0] + "/" + part[1]; said[place] != number(part[2]) {
			k.broke("%s: %q follows %d others of its round", what, text, said[place])
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
				k.broke("%s: of round %s room %s has %d texts, room %d has %d", what, round, place, n, room, got)
			}
		}
	}
}
