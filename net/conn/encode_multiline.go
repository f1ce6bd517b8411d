package conn

import (
	"strings"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// isMultiline tells whether a message has more than one line.
func isMultiline(r journal.Record) bool {
	return r.Kind.Said() && (len(r.Cuts) > 0 || strings.IndexByte(r.Text, '\n') >= 0)
}

// sentLine is a line of a message as its sender had it; concat: it goes on with
// the one before.
type sentLine struct {
	text   string
	concat bool
}

func linesOf(r journal.Record) []sentLine {
	var lines []sentLine
	text, cuts := r.Text, r.Cuts
	line := sentLine{}
	for start, i := 0, 0; ; i++ {
		cut := len(cuts) > 0 && int(cuts[0]) == i
		if i < len(text) && text[i] != '\n' && !cut {
			continue
		}
		line.text = text[start:i]
		lines = append(lines, line)
		if i == len(text) {
			return lines
		}
		line, start = sentLine{concat: cut}, i+1
		if cut {
			cuts, start = cuts[1:], i
		}
	}
}

// encodeBatch appends a message of several lines as a batch, whose opening has
// all tags of the message (ircv3 multiline).
func encodeBatch(dst []byte, class room.Class, e room.Event, m irc.Message, extra irc.Tags) []byte {
	ref := "M" + msgid(e) // capital: no batch of a connection's own is called so
	frame := irc.Message{Source: m.Source, Command: "BATCH", Params: []string{"+" + ref, irc.BatchMultiline, m.Params[0]}}
	dst = irc.AppendTags(dst, extra, serverTags(class, e), clientTags(class, e.Record))
	dst = irc.AppendBody(dst, frame)
	for _, line := range linesOf(e.Record) {
		tags := irc.Tags{{Key: irc.TagBatch, Value: ref}}
		if line.concat {
			tags = append(tags, irc.Tag{Key: irc.TagConcat})
		}
		m.Params = []string{m.Params[0], line.text}
		dst = irc.AppendBody(irc.AppendTags(dst, tags), m)
	}
	frame.Params = []string{"-" + ref}
	return irc.AppendBody(irc.AppendTags(dst, within(extra)), frame)
}

// encodeLines appends it as lines, for those who do not know the batch: "Servers
// MUST NOT send blank lines", and all tags are on the first (ircv3 multiline:
// fallback), where those of the client stay on the others.
func encodeLines(dst []byte, class room.Class, e room.Event, m irc.Message, extra irc.Tags) []byte {
	client := clientTags(class, e.Record)
	for _, line := range linesOf(e.Record) {
		if line.text == "" {
			continue
		}
		m.Params = []string{m.Params[0], line.text}
		dst = irc.AppendTags(dst, extra, serverTags(class, e), client)
		dst = irc.AppendBody(dst, m)
		extra, e.Record.Seq = within(extra), 0 // no second msgid
	}
	return dst
}

// within keeps of the tags for one receiver the batch that a line is in.
func within(extra irc.Tags) irc.Tags {
	for _, t := range extra {
		if t.Key == irc.TagBatch {
			return irc.Tags{t}
		}
	}
	return nil
}
