package prove

import (
	"slices"
	"time"
)

// history is a place as one reader found it, from its beginning to its end.
type history struct {
	reader  string // who, and in which way
	in      *place
	entries []entry
}

type entry struct{ id, from, text string }

// check compares what was answered and seen with the histories. The load is
// over, and nobody writes into the ledger any more.
func (l *ledger) check(all []history) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, in := range l.places {
		l.compare(in, slices.DeleteFunc(slices.Clone(all), func(h history) bool { return h.in != in }))
	}
	for _, p := range l.posts {
		l.checkPost(p)
	}
	for _, in := range l.places {
		for _, v := range in.views {
			l.checkView(v)
		}
	}
}

// compare takes the first history of a place for the truth, and holds the
// others against it.
func (l *ledger) compare(in *place, all []history) {
	if len(all) == 0 {
		if len(in.lines) > 0 {
			l.verdict(ordered).undecided = "the history of " + in.name + " was not read"
		}
		return
	}
	for _, e := range all[0].entries {
		l.admit(in, e, all[0].reader)
	}
	for _, other := range all[1:] {
		l.checked(ordered, len(other.entries))
		for i := range max(len(other.entries), len(all[0].entries)) {
			a, b := nth(all[0], i), nth(other, i)
			if a != b {
				seq := uint64(0)
				if i < len(in.log) {
					seq = in.log[i]
				}
				l.breach(ordered, in, seq, "line %d of the history of %s is %s for %s, and %s for %s",
					i+1, in.name, a, all[0].reader, b, other.reader)
				break
			}
		}
	}
}

func nth(h history, i int) entry {
	if i < len(h.entries) {
		return h.entries[i]
	}
	return entry{}
}

// String is an entry in a sentence.
func (e entry) String() string {
	if e == (entry{}) {
		return "missing"
	}
	return e.id + " <" + e.from + "> " + clip(e.text)
}

func clip(text string) string { return text[:min(len(text), 24)] }

// admit takes a line of the history into the place's log.
func (l *ledger) admit(in *place, e entry, reader string) {
	p := l.find(e.text, e.from, in)
	if p == nil {
		l.breach(stored, in, 0, "the history of %s has %s, which nobody has said", in.name, e)
		return
	}
	seq, ok := l.identify(in, p, e.id, reader)
	if !ok {
		return
	}
	l.checked(dense, 1)
	switch n := len(in.log); {
	case n > 0 && in.log[n-1] == seq:
		l.breach(p.twice(), in, seq, "%s is in the history twice", p)
		return
	case n > 0 && in.log[n-1] > seq:
		l.breach(dense, in, seq, "%s stands in the history behind %s", e.id, l.id(in, in.log[n-1]))
		return
	}
	in.log = append(in.log, seq)
}

// has tells whether a message is in the history.
func (in *place) has(seq uint64) bool {
	_, found := slices.BinarySearch(in.log, seq)
	return found && seq != 0
}

func (l *ledger) checkPost(p *post) {
	switch p.fate() {
	case acknowledged:
		l.checked(stored, 1)
		if len(p.tries) > 1 {
			l.checked(resolved, 1)
		}
		if !p.in.has(p.seq) {
			l.breach(stored, p.in, p.seq, "%s was acknowledged at %s, and is not in the history of %s", p, l.clock(p.settled(0)), p.in.name)
		}
	case refused:
		l.checked(refusedNowhere, 1)
		if p.in.has(p.seq) {
			l.breach(refusedNowhere, p.in, p.seq, "%s was refused (%s), and is in the history of %s", p, p.tries[len(p.tries)-1].why, p.in.name)
		}
	default:
		why := "never sent"
		if n := len(p.tries); n > 0 {
			why = p.tries[n-1].why
		}
		l.breach(resolved, p.in, p.seq, "what became of %s is not known after %d tries: %s", p, len(p.tries), why)
	}
}

// checkView: what was seen is stored, and a piece of the history without a gap
// that begins when the session came in.
func (l *ledger) checkView(v *view) {
	for i, at := range v.at {
		if seq := v.first + uint64(i); at != 0 && !v.in.has(seq) {
			l.breach(stored, v.in, seq, "%s was shown to %s at %s, and is not in the history",
				l.posts[v.in.lines[seq]], v.session, l.clock(v.sees(seq)))
		}
	}
	for _, seq := range v.in.log {
		p := l.posts[v.in.lines[seq]]
		inside := v.last != 0 && seq >= v.first && seq <= v.last
		before := v.last != 0 && seq < v.first && p.tries[0].call > v.entered
		if !inside && !before {
			continue
		}
		l.checked(shown, 1)
		if v.sees(seq) == 0 && !v.again[seq] && !v.missed[seq] {
			l.breach(shown, v.in, seq, "%s was not shown to %s, who was there from %s to %s and saw what was said before or after it",
				p, v.session, l.clock(v.entered), l.until(v.left))
		}
	}
}

func (l *ledger) until(left time.Duration) string {
	if left == 0 {
		return "the end"
	}
	return l.clock(left)
}
