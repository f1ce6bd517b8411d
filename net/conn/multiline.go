package conn

import (
	"slices"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// draft is a message of several lines in the making: a batch that the client
// has opened and not yet closed (ircv3 multiline, client-batch). It is one
// message, with one place in the log.
type draft struct {
	ref, target string
	label       string // of the opening BATCH, to which all is the answer
	command     string // of its lines; empty: none has come
	post        room.Post
	text        []byte
	cuts        []uint16
	lines       int
	words       bool // a line is not blank
	failed      bool // it was refused: what belongs to it is ignored until it is closed
	counted     int  // bytes, as commands under way
}

// multiline is the value of the capability.
func (cfg *Config) multiline() string {
	return "max-bytes=" + strconv.Itoa(cfg.Limits.MultilineBytes) + ",max-lines=" + strconv.Itoa(cfg.Limits.MultilineLines)
}

// batchCommand is BATCH, of which clients may open one kind.
func (c *conn) batchCommand(ctx actor.Context, x *exchange, m irc.Message) {
	ref := m.Param(0)
	switch {
	case !c.caps.has(capMultiline | capBatch):
		c.unknownCommand(x)
	case strings.HasPrefix(ref, "+"):
		c.openDraft(x, ref[1:], m)
	case strings.HasPrefix(ref, "-"):
		c.closeDraft(ctx, x, ref[1:])
	default:
		c.fail(x, "INVALID_REFTAG", clip(orStar(ref)), "A batch is opened with + and closed with -")
	}
}

func (c *conn) openDraft(x *exchange, ref string, m irc.Message) {
	if c.draft != nil && !c.draft.failed {
		c.failDraft("MULTILINE_INVALID", "Another batch was opened before this one was closed; nothing of it was sent")
	}
	c.dropDraft()
	c.draft = &draft{ref: ref, target: m.Param(2), label: x.label}
	x.label = "" // whatever comes of it carries the label
	c.set(batchTimer, c.cfg.Timeouts.Batch)
	_, nested := m.Tags.Get(irc.TagBatch)
	switch {
	case !isRefTag(ref):
		c.failDraft("INVALID_REFTAG", clip(orStar(ref)), "A reference tag is made of letters, digits and hyphens")
	case m.Param(1) != irc.BatchMultiline:
		c.failDraft("UNKNOWN_TYPE", clip(ref), clip(orStar(m.Param(1))), "Clients may open batches of the type draft/multiline")
	case nested || m.Param(2) == "":
		c.failDraft("MULTILINE_INVALID", "A multiline batch has a target, and is in no other")
	}
	c.draft.post = room.Post{User: c.user, Author: author(c.profile), Kind: journal.Message}
	c.draft.post.Tags, c.draft.post.ClientID = c.clientTags(m.Tags)
	if len(c.draft.post.ClientID) > maxClientID && !c.draft.failed {
		c.failDraft("INVALID_CLIENT_ID", textLongClientID)
	}
}

func isRefTag(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	})
}

// ofBatch tells whether a line belongs to a batch of the client's, or would have
// to: while one is open nothing else may be said.
func (c *conn) ofBatch(m irc.Message) bool {
	if !c.caps.has(capMultiline|capBatch) || m.Command == "BATCH" {
		return false
	}
	_, tagged := m.Tags.Get(irc.TagBatch)
	says := m.Command == "PRIVMSG" || m.Command == "NOTICE" || m.Command == "TAGMSG"
	return tagged || says && c.draft != nil && !c.draft.failed
}

// batchLine adds a line to the draft, or refuses all of it.
func (c *conn) batchLine(x *exchange, m irc.Message) {
	d, ref := c.draft, m.Tag(irc.TagBatch)
	switch {
	case d == nil || ref != d.ref && d.failed:
		x.command = "BATCH"
		c.fail(x, "MULTILINE_INVALID", "There is no such batch; the line was not sent")
	case d.failed:
	case ref != d.ref:
		c.failDraft("MULTILINE_INVALID", "A line that is not of the open batch; nothing was sent")
	default:
		d.add(c, m)
	}
}

func (d *draft) add(c *conn, m irc.Message) {
	text := m.Param(1)
	_, concat := m.Tags.Get(irc.TagConcat)
	feed := 0
	if d.lines > 0 && !concat {
		feed = 1
	}
	l := &c.cfg.Limits
	switch {
	case m.Command != "PRIVMSG" && m.Command != "NOTICE" || d.command != "" && d.command != m.Command:
		c.failDraft("MULTILINE_INVALID", "A multiline batch is all PRIVMSG or all NOTICE")
	case irc.Fold(m.Param(0)) != irc.Fold(d.target):
		c.failDraft("MULTILINE_INVALID_TARGET", clip(d.target), clip(orStar(m.Param(0))), "Invalid multiline target")
	case concat && text == "":
		c.failDraft("MULTILINE_INVALID", "Invalid multiline batch with concatenated blank line")
	case d.lines == l.MultilineLines:
		c.failDraft("MULTILINE_MAX_LINES", strconv.Itoa(l.MultilineLines), "Multiline batch max-lines exceeded")
	case len(d.text)+feed+len(text) > l.MultilineBytes:
		c.failDraft("MULTILINE_MAX_BYTES", strconv.Itoa(l.MultilineBytes), "Multiline batch max-bytes exceeded")
	case len(text) > irc.MaxText(source(c.profile), m.Command, d.target):
		c.failDraft("MULTILINE_INVALID", "A line of the batch is too long for those without draft/multiline; nothing was sent")
	case !c.countDraft(weigh([]byte(text))):
		c.failDraft("BUSY", "The server is too busy; nothing was sent, try again in a moment")
	default:
		switch {
		case feed == 1:
			d.text = append(d.text, '\n')
		case d.lines > 0:
			d.cuts = append(d.cuts, uint16(len(d.text)))
		}
		d.text = append(d.text, text...)
		d.command, d.words = m.Command, d.words || text != ""
		d.lines++
	}
}

// closeDraft sends what has been collected.
func (c *conn) closeDraft(ctx actor.Context, x *exchange, ref string) {
	d := c.draft
	if d == nil || d.ref != ref {
		c.fail(x, "MULTILINE_INVALID", "There is no such batch")
		return
	}
	if !d.failed && !d.words {
		c.failDraft("MULTILINE_INVALID", "Invalid multiline batch with blank lines only")
	}
	c.dropDraft()
	if d.failed {
		return // that was answered
	}
	if d.label != "" {
		x.label = d.label
	}
	x.command = d.command
	if d.command == "NOTICE" {
		d.post.Kind = journal.Notice
	}
	d.post.Text, d.post.Cuts = string(d.text), slices.Clip(d.cuts)
	c.post(ctx, x, d.target, d.post)
}

// failDraft answers for the whole batch, of which nothing is sent.
func (c *conn) failDraft(code string, params ...string) {
	d := c.draft
	answer := &exchange{command: "BATCH", label: d.label}
	c.fail(answer, code, params...)
	c.deliver(answer)
	d.failed, d.text, d.cuts = true, nil, nil
	c.uncountDraft()
}

// spoilDraft fails a batch of which a line could not be read.
func (c *conn) spoilDraft() {
	if c.draft != nil && !c.draft.failed {
		c.failDraft("MULTILINE_INVALID", "A line of the batch could not be read; nothing was sent")
	}
}

// batchOver fails a batch that was not closed in time (ircv3 client-batch).
func (c *conn) batchOver() {
	if c.draft != nil && !c.draft.failed {
		c.failDraft("TIMEOUT", clip(c.draft.ref), "The batch was open for too long; nothing was sent")
	}
}

func (c *conn) dropDraft() {
	if c.draft != nil {
		c.uncountDraft()
		c.draft = nil
		c.timers[batchTimer].stop()
	}
}

// countDraft counts a line among those of all clients that are under way, and
// tells whether there is room. A single line always has.
func (c *conn) countDraft(bytes int) bool {
	if c.cfg.Commands == nil {
		return true
	}
	held, size := c.cfg.Commands(bytes)
	c.draft.counted += bytes
	return held <= size || c.draft.lines == 0
}

func (c *conn) uncountDraft() {
	if n := c.draft.counted; n > 0 {
		c.cfg.Commands(-n)
		c.draft.counted = 0
	}
}
