package irc

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// What the specifications allow, in bytes.
const (
	// MaxBody is the longest line without tags, CRLF included (RFC 2812 2.3).
	MaxBody = 512
	// MaxClientTagData is the longest tag section that a client may send,
	// without '@' and the space after it (ircv3 message-tags: size limit).
	MaxClientTagData = 4094
	// MaxTagData is the same for what a client receives: the server's own
	// tags, ';' and the sender's.
	MaxTagData = 8189
	// MaxParams is the most that RFC 2812 2.3.1 allows.
	MaxParams = 15
)

// Errors of Parse. Those marked (m) come with the message as far as it could be
// read, so that the answer can name the command and carry the label; such a
// message must be neither obeyed nor relayed.
var (
	// ErrEmpty: no command. RFC 2812 2.3.1 has such lines ignored.
	ErrEmpty = errors.New("irc: no command")
	// ErrBOM: the line begins with a byte order mark.
	ErrBOM = errors.New("irc: byte order mark")
	// ErrBadByte (m): NUL, CR or LF inside the line.
	ErrBadByte = errors.New("irc: NUL, CR or LF inside a line")
	// ErrBadCommand (m): the command is not made of letters and digits.
	ErrBadCommand = errors.New("irc: malformed command")
	// ErrTagsTooLong (m, without its tags): numeric 417.
	ErrTagsTooLong = errors.New("irc: tags too long")
	// ErrTooManyTags (m, with the first of its tags).
	ErrTooManyTags = errors.New("irc: too many tags")
	// ErrTooLong (m): numeric 417. REGISTER and other commands that a server
	// lets be longer may be obeyed all the same: the message is complete.
	ErrTooLong = errors.New("irc: line too long")
	// ErrInvalidUTF8 (m): FAIL INVALID_UTF8.
	ErrInvalidUTF8 = errors.New("irc: not UTF-8")
	// ErrTooManyParams (m). The message is complete, like that of ErrTooLong,
	// but for parameters beyond 128.
	ErrTooManyParams = errors.New("irc: too many parameters")
)

// Limits bound what Parse accepts.
type Limits struct {
	Body    int  // longest line without tags, with CRLF, whether it was there or not
	TagData int  // longest tag section without '@' and space
	Tags    int  // most tags
	Params  int  // most parameters
	UTF8    bool // refuse what is not UTF-8
}

// FromClient is what a server accepts.
var FromClient = Limits{Body: MaxBody, TagData: MaxClientTagData, Tags: 64, Params: MaxParams, UTF8: true}

// FromServer is what a client accepts. Servers other than ours may relay what
// is not UTF-8, and send longer lines.
var FromServer = Limits{Body: MaxLine, TagData: MaxTagData, Tags: 256, Params: paramsKept - 1}

// paramsKept is how many parameters are read whatever the limit says.
const paramsKept = 128

// Parse reads one line, with or without its ending. The message shares the
// memory of the line.
func Parse(line string, limits Limits) (Message, error) {
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if strings.HasPrefix(line, "\ufeff") {
		return Message{}, ErrBOM
	}
	var m Message
	var fault error
	whole := line
	if len(line) > 0 && line[0] == '@' {
		m.Tags, line, fault = takeTags(line, limits)
	}
	if fault == nil && len(line)+len("\r\n") > limits.Body {
		fault = ErrTooLong
	}
	line = trimSpaces(line)
	if len(line) > 0 && line[0] == ':' {
		m.Source, line = takeWord(line[1:])
		line = trimSpaces(line)
	}
	m.Command, line = takeWord(line)
	if m.Command == "" {
		return Message{}, ErrEmpty
	}
	var plain bool
	m.Command, plain = upperCommand(m.Command)
	m.Params = takeParams(line)
	switch {
	case strings.ContainsAny(whole, "\x00\r\n"):
		return m, ErrBadByte
	case fault != nil:
		return m, fault
	case limits.UTF8 && !utf8.ValidString(whole):
		return m, ErrInvalidUTF8
	case !plain:
		return m, ErrBadCommand
	case len(m.Params) > limits.Params:
		return m, ErrTooManyParams
	}
	return m, nil
}

// takeWord cuts at the first space; the rest begins after it.
func takeWord(s string) (word, rest string) {
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

func trimSpaces(s string) string {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

// upperCommand returns the command in upper case, without making a copy when
// it is already, and whether it holds letters and digits only.
func upperCommand(s string) (string, bool) {
	lower, plain := false, true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			lower = true
		case 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		default:
			plain = false
		}
	}
	if lower && plain {
		s = strings.ToUpper(s)
	}
	return s, plain
}

// takeParams reads the parameters after the command.
func takeParams(line string) []string {
	n := countParams(line)
	if n == 0 {
		return nil
	}
	params := make([]string, 0, n)
	for len(params) < n {
		line = trimSpaces(line)
		if line[0] == ':' {
			return append(params, line[1:])
		}
		var word string
		word, line = takeWord(line)
		params = append(params, word)
	}
	return params
}

// countParams counts up to paramsKept, so that takeParams allocates once.
func countParams(line string) int {
	n := 0
	for line = trimSpaces(line); line != "" && n < paramsKept; line = trimSpaces(line) {
		n++
		if line[0] == ':' {
			break
		}
		_, line = takeWord(line)
	}
	return n
}
