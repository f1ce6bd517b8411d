package bench

import (
	"bytes"
	"crypto/rand"
	"strconv"
	"strings"
)

// A text begins with a marker: "$", the tag of the run, five digits of the
// sender and nine of its message's number. "$" stands in no name of a user, host
// or room, and an older run's messages have another tag.
const (
	tagLen       = 3
	senderDigits = 5
	numberDigits = 9
	markerLen    = 1 + tagLen + senderDigits + numberDigits
)

// tag tells runs apart, in texts, nicks and rooms.
type tag string

func newTag() tag { return tag(strings.ToLower(rand.Text()[:tagLen])) }

// nick is at most nine bytes long for as many clients as there can be: more is
// not allowed everywhere.
func (t tag) nick(member int) string { return "b" + string(t) + strconv.FormatInt(int64(member), 36) }

func (t tag) room(room int) string { return "#b" + string(t) + "-" + strconv.Itoa(room) }

// text is the first text of a sender, padded to size.
func (t tag) text(sender, size int) []byte {
	text := append([]byte("$"+string(t)), strings.Repeat("0", senderDigits+numberDigits)...)
	putDigits(text[1+tagLen:1+tagLen+senderDigits], sender)
	for len(text) < size {
		text = append(text, 'x')
	}
	if size > markerLen {
		text[markerLen] = ' '
	}
	return text
}

// putNumber makes a text the one with that number.
func putNumber(text []byte, number int) { putDigits(text[markerLen-numberDigits:markerLen], number) }

func putDigits(to []byte, n int) {
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = byte('0' + n%10)
		n /= 10
	}
}

// marked is what a line says of the message in it.
type marked struct {
	sender, number int
	size           int // of the text, to the end of the line
}

// find looks for a marker of this run.
func (t tag) find(line []byte) (m marked, ok bool) {
	for from := 0; ; {
		i := bytes.IndexByte(line[from:], '$')
		if i < 0 {
			return m, false
		}
		from += i + 1
		rest := line[from:]
		if len(rest) < markerLen-1 || string(rest[:tagLen]) != string(t) {
			continue
		}
		sender, fine := digits(rest[tagLen : tagLen+senderDigits])
		number, also := digits(rest[tagLen+senderDigits : markerLen-1])
		if fine && also {
			return marked{sender, number, len(rest) + 1}, true
		}
	}
}

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
