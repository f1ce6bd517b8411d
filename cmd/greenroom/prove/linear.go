package prove

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// A place is a log: a post puts its message at the end, a reading tells how
// long the log is. The checker looks for an order of both that fits what was
// answered and when. It is given pieces of so many messages, since what it
// remembers grows with the square; between pieces, precede looks.
const pieceOf = 2000

// decideWithin bounds the search.
const decideWithin = 2 * time.Minute

// Input and output of an operation: the length of the log before a post and at
// a reading.
type appended struct{ at int }
type length struct{ is int }

var logModel = porcupine.Model{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation { return [][]porcupine.Operation{all} },
	Init:      func() any { return -1 },
	Step: func(state, input, _ any) (bool, any) {
		n := state.(int)
		switch op := input.(type) {
		case appended:
			return n < 0 || n == op.at, op.at + 1
		case length:
			return n < 0 || n == op.is, op.is
		}
		return false, state
	},
}

// checkLinear is called when the histories are known.
func (l *ledger) checkLinear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decideAll(time.Now().Add(decideWithin))
}

func (l *ledger) decideAll(deadline time.Time) {
	for _, in := range l.places {
		ops := l.operations(in)
		l.checked(linear, len(ops))
		if l.precede(in, ops) {
			continue
		}
		for piece := range slices.Chunk(ops, pieceOf) {
			switch decide(piece, time.Until(deadline)) {
			case illegal:
				l.breach(linear, in, 0, "there is no order in which %s could be a log", in.name)
			case undecided:
				l.verdict(linear).undecided = fmt.Sprintf("cut off after %v in %s", decideWithin, in.name)
			}
		}
	}
}

// What the checker says.
const (
	legal     = porcupine.Ok
	illegal   = porcupine.Illegal
	undecided = porcupine.Unknown
)

// decide looks for an order; to the checker no time at all means any time.
func decide(ops []porcupine.Operation, within time.Duration) porcupine.CheckResult {
	if within <= 0 {
		return undecided
	}
	return porcupine.CheckOperationsTimeout(logModel, ops, within)
}

// operations of a place, in the order that the history gives them.
func (l *ledger) operations(in *place) []porcupine.Operation {
	var ops []porcupine.Operation
	for i, seq := range in.log {
		p := l.posts[in.lines[seq]]
		ops = append(ops, porcupine.Operation{
			Input: appended{i}, Call: int64(p.tries[0].call), Return: int64(p.settled(never)), Metadata: seq,
		})
	}
	for _, r := range in.reads {
		if n, found := slices.BinarySearch(in.log, r.newest); found || r.newest == 0 {
			if found {
				n++
			}
			ops = append(ops, porcupine.Operation{Input: length{n}, Call: int64(r.call), Return: int64(r.end), Metadata: r.newest})
		} else {
			l.breach(linear, in, r.newest, "%s read at %s that %s was the newest in %s; it is not in the history",
				r.by, l.clock(r.end), l.id(in, r.newest), in.name)
		}
	}
	// Readings of one length stand in any order: they are noted in that of
	// their answers, and precede wants that of their questions.
	slices.SortStableFunc(ops, func(a, b porcupine.Operation) int {
		return cmp.Or(cmp.Compare(lengthAfter(a), lengthAfter(b)), cmp.Compare(a.Call, b.Call))
	})
	return ops
}

func lengthAfter(op porcupine.Operation) int {
	switch op := op.Input.(type) {
	case appended:
		return 2 * (op.at + 1)
	case length:
		return 2*op.is + 1
	}
	return 0
}

// precede finds an operation that had returned before another was called which
// the history puts in front of it. That alone breaks the order of a log; the
// checker knows no more, but this names the two.
func (l *ledger) precede(in *place, ops []porcupine.Operation) (broken bool) {
	var latest porcupine.Operation
	for i, op := range ops {
		if i > 0 && op.Return < latest.Call {
			l.breach(linear, in, op.Metadata.(uint64), "%s was answered at %s, before %s was asked at %s, yet stands behind it in the history",
				l.describe(in, op), l.clock(time.Duration(op.Return)), l.describe(in, latest), l.clock(time.Duration(latest.Call)))
			return true
		}
		if i == 0 || op.Call > latest.Call {
			latest = op
		}
	}
	return false
}

func (l *ledger) describe(in *place, op porcupine.Operation) string {
	if n, ok := op.Input.(length); ok {
		return fmt.Sprintf("a reading of %d messages in %s", n.is, in.name)
	}
	return l.posts[in.lines[op.Metadata.(uint64)]].String()
}
