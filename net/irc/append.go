package irc

import (
	"errors"
	"strings"
)

// ErrBadParam: a parameter that a line cannot express.
var ErrBadParam = errors.New("irc: parameter cannot be sent")

// Append writes the message as one line with its CRLF. Whatever the message
// holds, it is exactly one line with as many parameters: CR, LF and NUL become
// spaces, and in a parameter that is not the last one a space becomes '_', a
// leading ':' too, and nothing at all becomes '*'. Who would rather refuse than
// see text altered asks Check first.
func Append(dst []byte, m Message) []byte {
	return AppendBody(AppendTags(dst, m.Tags), m)
}

// AppendBody is Append without the tags: with AppendTags before it, one message
// is encoded for clients of different capabilities.
func AppendBody(dst []byte, m Message) []byte {
	if m.Source != "" {
		dst = AppendSource(dst, m.Source)
	}
	dst = appendClean(dst, m.Command, " \r\n\x00")
	for i, p := range m.Params {
		switch {
		case i < len(m.Params)-1:
			dst = AppendParam(dst, p)
		case needsColon(p) || wantsColon(m.Command):
			dst = AppendTrailing(dst, p)
		default:
			dst = AppendParam(dst, p)
		}
	}
	return append(dst, '\r', '\n')
}

// AppendSource writes ':', the source and a space.
func AppendSource(dst []byte, source string) []byte {
	dst = append(dst, ':')
	dst = appendClean(dst, source, " \r\n\x00")
	return append(dst, ' ')
}

// AppendParam writes a space and a parameter that is not the last one.
func AppendParam(dst []byte, p string) []byte {
	dst = append(dst, ' ')
	switch {
	case p == "":
		return append(dst, '*')
	case p[0] == ':':
		dst, p = append(dst, '_'), p[1:]
	}
	return appendClean(dst, p, " \r\n\x00")
}

// AppendTrailing writes a space, ':' and the last parameter.
func AppendTrailing(dst []byte, p string) []byte {
	dst = append(dst, ' ', ':')
	start := len(dst)
	dst = append(dst, p...)
	for i := start; i < len(dst); i++ {
		switch dst[i] {
		case '\r', '\n', 0:
			dst[i] = ' '
		}
	}
	return dst
}

// appendClean writes s with each of the bytes in bad made '_'.
func appendClean(dst []byte, s, bad string) []byte {
	if !strings.ContainsAny(s, bad) {
		return append(dst, s...)
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if strings.IndexByte(bad, c) >= 0 {
			c = '_'
		}
		dst = append(dst, c)
	}
	return dst
}

// needsColon tells whether only the trailing form can express the parameter.
func needsColon(p string) bool {
	return p == "" || p[0] == ':' || strings.ContainsAny(p, " \r\n\x00")
}

// wantsColon names the commands whose last parameter old clients read only
// after a colon, though the grammar does not ask for it.
func wantsColon(command string) bool {
	switch command {
	case "PRIVMSG", "NOTICE", string(RplUserhost), string(RplWhoisChannels), string(RplNamReply):
		return true
	}
	return false
}

// Check tells why Append would have to alter the message: ErrBadCommand,
// ErrBadParam, or ErrTagsTooLong and ErrTooLong beyond the limits.
func (m Message) Check(limits Limits) error {
	if _, plain := upperCommand(m.Command); !plain || m.Command == "" {
		return ErrBadCommand
	}
	for i, p := range m.Params {
		if strings.ContainsAny(p, "\r\n\x00") || i < len(m.Params)-1 && needsColon(p) {
			return ErrBadParam
		}
	}
	if strings.ContainsAny(m.Source, " \r\n\x00") {
		return ErrBadParam
	}
	if TagDataLen(m.Tags) > limits.TagData {
		return ErrTagsTooLong
	}
	if m.bodyLen() > limits.Body {
		return ErrTooLong
	}
	return nil
}

// bodyLen is the length of the line with CRLF, without its tags.
func (m Message) bodyLen() int {
	n := len(m.Command) + len("\r\n")
	if m.Source != "" {
		n += len(": ") + len(m.Source)
	}
	for _, p := range m.Params {
		n += len(" ") + len(p)
	}
	if len(m.Params) > 0 && (needsColon(m.Last()) || wantsColon(m.Command)) {
		n += len(":")
	}
	return n
}
