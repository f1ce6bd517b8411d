package repl

import (
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	idLetters  = "abcdefghjkmnpqrstuvwxyz23456789" // none that looks like another
	mostLines  = len(idLetters) * len(idLetters)
	listedIDs  = 10 // by /ids and Tab
	mostQuoted = 24 // columns of a line that is answered

	longestNoted = 512 // bytes of a line that is remembered
)

// sayings remembers what was said lately, everywhere, so that it can be spoken of. Each has a name of two letters; after
// mostLines of them the names begin again.
type sayings struct {
	said []event // a ring
	next int
	at   map[string]int // by msgid
}

// note remembers an event and gives its name.
func (l *sayings) note(e event) string {
	if e.id == "" || !e.speech() {
		return ""
	}
	if i, ok := l.at[e.id]; ok {
		return idOf(i)
	}
	if l.at == nil {
		l.at = map[string]int{}
	}
	e.text = shortened(e.text)
	i := l.next
	l.next = (l.next + 1) % mostLines
	if i < len(l.said) {
		delete(l.at, l.said[i].id)
		l.said[i] = e
	} else {
		l.said = append(l.said, e)
	}
	l.at[e.id] = i
	return idOf(i)
}

// shortened is as much of a text as is needed to know it again.
func shortened(text string) string {
	first, _, more := strings.Cut(text, "\n")
	if len(first) > longestNoted {
		first, more = strings.ToValidUTF8(first[:longestNoted], ""), true
	}
	if more {
		first += " …"
	}
	return first
}

func idOf(i int) string {
	return string([]byte{idLetters[i/len(idLetters)], idLetters[i%len(idLetters)]})
}

// byMsgID gives the line of that msgid; nil: it is not remembered.
func (l *sayings) byMsgID(id string) *event {
	i, ok := l.at[id]
	if !ok {
		return nil
	}
	e := l.said[i]
	return &e
}

// forget is for what was deleted.
func (l *sayings) forget(id string) {
	if i, ok := l.at[id]; ok {
		delete(l.at, id)
		l.said[i].room = "" // in no room
	}
}

// of gives the lines of a room, newest first.
func (l *sayings) of(room string) []event {
	var found []event
	for i := range l.said {
		e := l.said[((l.next-1-i)%len(l.said)+len(l.said))%len(l.said)]
		if e.room != "" && same(e.room, room) {
			found = append(found, e)
		}
	}
	return found
}

// find gives the line that a user means: by its name of two letters, by the nick of who said it last, or "^" for the
// last one: of ours, or else of the others.
func (l *sayings) find(word, room string, ours bool) (event, bool) {
	if len(word) == 2 {
		first, second := strings.IndexByte(idLetters, word[0]), strings.IndexByte(idLetters, word[1])
		if i := first*len(idLetters) + second; first >= 0 && second >= 0 && i < len(l.said) && l.said[i].room != "" {
			return l.said[i], true
		}
	}
	said := l.of(room)
	i := slices.IndexFunc(said, func(e event) bool {
		if word == "^" {
			return e.self == ours
		}
		return irc.Fold(e.nick) == irc.Fold(strings.TrimRight(word, ":,"))
	})
	if i < 0 {
		return event{}, false
	}
	return said[i], true
}
