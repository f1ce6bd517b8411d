package irc

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"
)

// timeLayout is ircv3 server-time: UTC, milliseconds, always 24 bytes.
const timeLayout = "2006-01-02T15:04:05.000Z"

// ErrBadTime is returned for a text that is not a server-time.
var ErrBadTime = errors.New("irc: not a time of the form 2006-01-02T15:04:05.000Z")

// FormatTime prints t for the time tag and for CHATHISTORY.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTime reads what FormatTime prints, and nothing else but second 60, which
// ircv3 server-time allows and which becomes the first of the next minute.
func ParseTime(text string) (time.Time, error) {
	if len(text) != len(timeLayout) || text[19] != '.' {
		return time.Time{}, ErrBadTime
	}
	leap := time.Duration(0)
	if text[17:19] == "60" {
		text = text[:17] + "59" + text[19:]
		leap = time.Second
	}
	t, err := time.Parse(timeLayout, text)
	if err != nil {
		return time.Time{}, ErrBadTime
	}
	return t.Add(leap), nil
}

// MaxText is how many bytes of text fit a line of 512 that others receive as
// ":source COMMAND target :text".
func MaxText(source, command, target string) int {
	return MaxBody - len(":  "+" :\r\n") - len(source) - len(command) - len(target)
}

// SplitText cuts text into pieces of at most room bytes: at line ends, then at
// spaces in the second half of a piece, then between characters. Empty lines
// are left out. It is what clients do before they send; servers refuse.
func SplitText(text string, room int) []string {
	room = max(room, utf8.UTFMax)
	var pieces []string
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		for len(line) > room {
			cut, skip := cutAt(line, room)
			pieces = append(pieces, line[:cut])
			line = line[cut+skip:]
		}
		if line != "" {
			pieces = append(pieces, line)
		}
	}
	return pieces
}

// cutAt finds where to cut a line that is longer than room, and how many bytes
// to drop there.
func cutAt(line string, room int) (cut, skip int) {
	if i := strings.LastIndexByte(line[:room+1], ' '); i > room/2 {
		return i, 1
	}
	for cut = room; cut > 0 && !utf8.RuneStart(line[cut]); cut-- {
	}
	if cut == 0 { // no character begins there: not UTF-8
		cut = room
	}
	return cut, 0
}

// ForeignProtocol names another protocol whose first line this is: a browser
// or a mail program that was pointed, perhaps by a web page, at a chat port.
func ForeignProtocol(line string) (name string, ok bool) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PRI":
		return "HTTP", strings.Contains(rest, "HTTP/")
	case "PROXY": // of haproxy, from somebody who is not trusted with it
		return "PROXY", strings.HasPrefix(rest, "TCP") || strings.HasPrefix(rest, "UNKNOWN")
	case "HELO", "EHLO":
		return "SMTP", true
	}
	switch {
	case strings.HasPrefix(line, "SSH-"):
		return "SSH", true
	case strings.HasPrefix(line, "\x16\x03"):
		return "TLS", true
	}
	return "", false
}
