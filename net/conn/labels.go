package conn

import (
	"bytes"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// labelOwn appends a room's lines. A room shows a change to all its members
// alike; the line that this client's command has caused is its answer, so it
// gets the label here, or its place in the batch.
func (c *conn) labelOwn(dst, lines []byte, x *exchange) []byte {
	switch x.command {
	case "PART", "TOPIC", "KICK", "MODE":
	default:
		return append(dst, lines...)
	}
	cause := []byte(":" + source(c.profile) + " " + x.command + " ")
	for len(lines) > 0 {
		line := lines
		if i := bytes.IndexByte(lines, '\n'); i >= 0 {
			line = lines[:i+1]
		}
		lines = lines[len(line):]
		if tag, ok := x.mark(); ok && bytes.HasPrefix(withoutTags(line), cause) {
			x.told = true
			dst = appendTagged(dst, tag, line)
			continue
		}
		dst = append(dst, line...)
	}
	return dst
}

// mark is the tag for the next line of the answer; ok is false when the label
// has been used.
func (x *exchange) mark() (tag irc.Tag, ok bool) {
	if x.batch != "" {
		return irc.Tag{Key: irc.TagBatch, Value: x.batch}, true
	}
	return irc.Tag{Key: irc.TagLabel, Value: x.label}, !x.told
}

func withoutTags(line []byte) []byte {
	if len(line) > 0 && line[0] == '@' {
		_, rest, _ := bytes.Cut(line, []byte{' '})
		return rest
	}
	return line
}

// appendTagged appends the line with one more tag.
func appendTagged(dst []byte, tag irc.Tag, line []byte) []byte {
	dst = irc.AppendTags(dst, irc.Tags{tag})
	if line[0] == '@' {
		dst[len(dst)-1] = ';'
		line = line[1:]
	}
	return append(dst, line...)
}
