package client

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// Bounds of what a server may make us hold while its batches are open.
const (
	mostDrafts    = 16
	mostDraftSize = 256 << 10
)

const draftRef = "m" // of our own batches: one is open at a time, and is said in one go

// MultilineLimits are the most bytes and lines that a message of several lines
// may have (ircv3 multiline: max-bytes, max-lines); 0 lines: the server takes
// none.
func (c *Client) MultilineLimits() (size, lines int) {
	c.mu.Lock()
	value, ok := c.caps[irc.CapMultiline]
	c.mu.Unlock()
	if !ok {
		return 0, 0
	}
	lines = mostDraftSize // max-lines is optional
	for pair := range strings.SplitSeq(value, ",") {
		key, text, _ := strings.Cut(pair, "=")
		n, err := strconv.Atoi(text)
		switch {
		case err != nil || n <= 0:
		case key == "max-bytes":
			size = n
		case key == "max-lines":
			lines = n
		}
	}
	if size == 0 {
		return 0, 0
	}
	return size, lines
}

// sendLines says one message as a batch of lines, none of which is longer than
// room bytes (ircv3 multiline). All of it leaves in one piece, so that nothing
// comes between.
func (c *Client) sendLines(target, text string, room int, tags irc.Tags) error {
	open := irc.New("BATCH", "+"+draftRef, irc.BatchMultiline, target)
	open.Tags = tags
	batch := []irc.Message{open}
	for line := range strings.SplitSeq(text, "\n") {
		for i, piece := range pieces(line, room) {
			m := irc.New("PRIVMSG", target, piece)
			m.Tags = irc.Tags{{Key: irc.TagBatch, Value: draftRef}}
			if i > 0 {
				m.Tags = append(m.Tags, irc.Tag{Key: irc.TagConcat})
			}
			batch = append(batch, m)
		}
	}
	return c.Send(append(batch, irc.New("BATCH", "-"+draftRef))...)
}

// pieces cuts a line so that its pieces, put together, are the line again.
func pieces(line string, room int) []string {
	room = max(room, utf8.UTFMax)
	var cut []string
	for len(line) > room {
		n := room
		for n > 1 && !utf8.RuneStart(line[n]) {
			n--
		}
		cut = append(cut, line[:n])
		line = line[n:]
	}
	return append(cut, line)
}

// PostLines is Post for a text of several lines, which is stored as one
// message. Lines longer than room bytes are sent in pieces.
func (c *Client) PostLines(ctx context.Context, target, text string, room int, clientID string, tags irc.Tags) (Receipt, error) {
	if _, lines := c.MultilineLimits(); lines == 0 {
		return Receipt{}, fmt.Errorf("%w: %s", ErrUnsupported, irc.CapMultiline)
	}
	return receipt(c.labelled(ctx, "BATCH", func(label irc.Tag) error {
		return c.sendLines(target, text, room, append(withID(tags, clientID), label))
	}))
}

// drafts puts the lines of batches together (ircv3 multiline). It belongs to
// the reading goroutine.
type drafts struct {
	open map[string]*draft
	size int // of all that are open
}

type draft struct {
	m     irc.Message // without its text
	text  strings.Builder
	lines int
}

// take gives the message itself, or the whole one of which this was the last
// line, with line feeds in its text; false: there is more to come.
func (d *drafts) take(m irc.Message) (irc.Message, bool) {
	sign, ref := batchOf(m)
	switch {
	case sign == '+' && m.Param(1) == irc.BatchMultiline && len(d.open) < mostDrafts:
		if d.open == nil {
			d.open = map[string]*draft{}
		}
		d.close(ref) // of a server that has not ended it
		d.open[ref] = &draft{m: irc.Message{Tags: m.Tags, Source: m.Source, Params: []string{m.Param(2)}}}
		return m, false
	case sign == '-' && d.open[ref] != nil:
		whole := d.close(ref)
		return whole, whole.Command != ""
	}
	of := d.open[m.Tag(irc.TagBatch)]
	if of == nil {
		return m, true
	}
	of.add(m, d)
	return m, false
}

// close gives what there is of a message, which may be nothing.
func (d *drafts) close(ref string) (whole irc.Message) {
	f := d.open[ref]
	if f == nil {
		return whole
	}
	delete(d.open, ref)
	d.size -= f.text.Len()
	f.m.Params = append(f.m.Params, f.text.String())
	return f.m
}

func (f *draft) add(m irc.Message, d *drafts) {
	text := m.Param(1)
	if _, concat := m.Tags.Get(irc.TagConcat); f.lines > 0 && !concat {
		text = "\n" + text
	}
	if d.size+len(text) > mostDraftSize { // the rest of it is not shown
		return
	}
	f.lines++
	d.size += len(text)
	f.m.Command = m.Command
	f.text.WriteString(text)
}

func withID(tags irc.Tags, clientID string) irc.Tags {
	tags = slices.Clone(tags)
	if clientID != "" {
		tags = append(tags, irc.Tag{Key: irc.TagClientID, Value: clientID})
	}
	return tags
}
