package prove

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Shape of an explanation: the messages on each side, and how many of those
// who missed one are named.
const (
	slicesAround = 2
	namedMissing = 3
)

// explain is the part of a place around a message: who said what when, and who
// saw it.
func (l *ledger) explain(b breach) []string {
	if b.in == nil || b.seq == 0 {
		return nil
	}
	seqs := slices.Sorted(maps.Keys(b.in.lines))
	at, found := slices.BinarySearch(seqs, b.seq)
	to := at + slicesAround
	if found {
		to++
	}
	var lines []string
	for _, seq := range seqs[max(0, at-slicesAround):min(len(seqs), to)] {
		sign := " "
		if seq == b.seq {
			sign = ">"
		}
		lines = append(lines, fmt.Sprintf("%s %-8s %s", sign, l.id(b.in, seq), l.story(b.in, seq)))
	}
	return lines
}

// story is all that happened to a message, in one line.
func (l *ledger) story(in *place, seq uint64) string {
	p := l.posts[in.lines[seq]]
	words := []string{fmt.Sprintf("%d of %s", p.no, p.by)}
	words = append(words, l.tried(p)...)
	if in.log != nil && !in.has(seq) {
		words = append(words, "not stored")
	}
	return strings.Join(append(words, l.audience(in, seq)), ", ")
}

// tried is how often a post was sent, and how that was answered.
func (l *ledger) tried(p *post) (words []string) {
	for _, t := range p.tries {
		words = append(words, "sent "+l.clock(t.call))
		switch t.fate {
		case acknowledged:
			words = append(words, "ok "+l.clock(t.end))
		case refused:
			words = append(words, "refused "+l.clock(t.end))
		case unknown:
			words = append(words, "unknown "+l.clock(t.end))
		}
	}
	return words
}

// audience tells who was shown a message, among those who were there.
func (l *ledger) audience(in *place, seq uint64) string {
	var from, to time.Duration
	var missed []string
	saw, again := 0, 0
	for _, v := range in.views {
		at := v.sees(seq)
		switch {
		case at != 0:
			if saw == 0 || at < from {
				from = at
			}
			to = max(to, at)
			saw++
		case v.again[seq]:
			again++
		case v.last != 0 && v.first < seq && (seq < v.last || v.left == 0):
			missed = append(missed, v.session)
		}
	}
	text := "seen by nobody"
	switch {
	case saw > 0:
		text = fmt.Sprintf("seen by %d %s to %s", saw, l.clock(from), l.clock(to))
	case again > 0:
		text = "seen by who sent it again"
	}
	if len(missed) > 0 {
		text += ", not by " + strings.Join(missed[:min(len(missed), namedMissing)], " ")
		if more := len(missed) - namedMissing; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
	}
	return text
}
