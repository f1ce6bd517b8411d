package repl

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// What is in the outbox is on disk before it is shown as waiting, and that it may have been sent is on disk before it
// is. So whatever ends the program, the next start knows each line that was entered, sends it under the same id, and
// knows of which it must be found out whether they are stored already.

// keeping is what a post has to do with the disk.
type keeping struct {
	at    time.Time // when it was entered
	kept  bool
	tried time.Time // as on disk: when it may first have been sent
	after mark      // the last line of its room then
	maybe bool      // it may have been sent before this start
	sure  bool      // it was looked for, and is not stored
	asked bool      // we have asked to be let into its room
}

// outboxDisk is the loop's side of the file. One write is under way at a time.
type outboxDisk struct {
	file    *keptFile // nil: nothing is kept, as in a pipe
	writing chan struct{}
	done    []keptLine      // to be written
	stored  map[string]bool // ids of messages that were ours and are not in doubt
	failed  bool
}

// settled notes that a post waits no longer.
func (d *outboxDisk) settled(p post, msgid string) {
	if d.file == nil {
		return
	}
	d.done = append(d.done, keptLine{ID: p.id, Done: true, MsgID: msgid})
	if msgid != "" {
		d.stored[msgid] = true
	}
}

// kept tells whether what waits outlives this program.
func (o *outbox) kept() bool { return o.disk.file != nil && !o.disk.failed }

// openOutbox takes over what earlier chats of the account have left.
func (c *chat) openOutbox(prefix string) {
	file, found, damaged, err := openKept(prefix)
	if file == nil {
		c.refuse("What you type is not kept on disk until it is stored: " + sentence(err.Error()))
		return
	}
	c.outbox.disk = outboxDisk{file: file, stored: map[string]bool{}}
	if err != nil {
		c.refuse("What waits from an earlier start cannot be read: " + sentence(err.Error()))
	}
	if damaged > 0 {
		c.refuse(count(damaged, "line", "lines") + " of what waits from an earlier start cannot be read.")
	}
	c.outbox.recover(found)
	if n := len(c.outbox.posts); n > 0 {
		c.say(count(n, "line of an earlier start is", "lines of an earlier start are") + " still to be sent; /drop forgets what waits.")
	}
}

// recover puts lines of a file into the outbox.
func (o *outbox) recover(lines []keptLine) {
	last := map[string]keptLine{}
	for _, l := range lines {
		if was, ok := last[l.ID]; !ok || !was.Done {
			last[l.ID] = l
		}
		if l.MsgID != "" {
			o.disk.stored[l.MsgID] = true
		}
	}
	for _, l := range lines {
		if p, ok := last[l.ID]; ok && !p.Done {
			o.posts = append(o.posts, post{
				target: p.Target, text: p.Text, id: p.ID, reply: p.Reply,
				keeping: keeping{at: p.At, kept: true, tried: p.Tried, after: mark{p.After, p.Since}, maybe: !p.Tried.IsZero()},
			})
		}
		delete(last, l.ID)
	}
	slices.SortStableFunc(o.posts, func(a, b post) int { return a.at.Compare(b.at) }) // they may be of several files
}

// mayBeSent tells whether nothing is in the way of the first post: it is on disk, it is not stored already, and we are
// in its room. Else that is taken care of, and the answer comes to send again.
func (c *chat) mayBeSent(p *post) bool {
	switch {
	case c.outbox.disk.file == nil:
		return true
	case !p.kept || p.tried.IsZero():
		c.keep()
	case c.settling && isRoom(p.target):
	case isRoom(p.target) && c.find(p.target) == nil && !p.asked:
		p.asked = true
		c.join(p.target, "")
	case c.doubtful(p):
		c.lookFor(p)
	default:
		p.sure = false
		return true
	}
	return false
}

// keep writes what is not on disk yet: all together, while the write before has been under way.
func (c *chat) keep() {
	d := &c.outbox.disk
	if d.file == nil || d.writing != nil {
		return
	}
	var lines []keptLine
	online, waiting := c.conn != nil, len(c.outbox.posts)
	for _, p := range c.outbox.posts {
		if !p.kept || online && p.tried.IsZero() {
			lines = append(lines, c.lineOf(p, online))
		}
	}
	if len(lines) == 0 && len(d.done) == 0 {
		return
	}
	if waiting == 0 {
		clear(d.stored)
	}
	durable, all, done := len(lines) > 0, append(d.done, lines...), make(chan struct{})
	d.writing, d.done = done, nil
	c.aside(func(context.Context) func() {
		defer close(done)
		var err error
		if waiting == 0 {
			err = d.file.clear()
		} else {
			err = d.file.write(all, durable)
		}
		return func() { c.keptNow(lines, err) }
	})
}

// lineOf is a post as it is to be on disk. Online it may be sent at any moment.
func (c *chat) lineOf(p post, online bool) keptLine {
	l := keptLine{ID: p.id, Target: p.target, Text: p.text, Reply: p.reply, At: p.at, Tried: p.tried, After: p.after.id, Since: p.after.at}
	if l.At.IsZero() {
		l.At = c.o.now()
	}
	if online && l.Tried.IsZero() {
		l.Tried = c.o.now().Round(0) // by the clock on the wall, which goes on while a laptop sleeps
		if r := c.find(p.target); r != nil {
			l.After, l.Since = r.last.id, r.last.at
		}
	}
	return l
}

// keptNow takes the outcome of a write. A disk that does not take a line does not keep it from being sent.
func (c *chat) keptNow(lines []keptLine, err error) {
	d := &c.outbox.disk
	d.writing = nil
	if err != nil && !d.failed {
		c.refuse("What you type is not kept on disk until it is stored: " + sentence(err.Error()))
	}
	d.failed = err != nil
	written := map[string]keptLine{}
	for _, l := range lines {
		written[l.ID] = l
	}
	for i := range c.outbox.posts {
		p := &c.outbox.posts[i]
		if l, ok := written[p.id]; ok {
			p.at, p.kept, p.tried, p.after = l.At, true, l.Tried, mark{l.After, l.Since}
		}
	}
	c.keep()
	c.send()
}

// leaveOutbox makes sure that what waits is on disk, and says so; without a file it says what is lost.
func (c *chat) leaveOutbox() {
	d := &c.outbox.disk
	if d.file == nil {
		c.lose()
		return
	}
	if d.writing != nil {
		select {
		case <-d.writing:
		case <-time.After(quitWait): // a disk that hangs
			c.lose()
			return
		}
	}
	if len(c.outbox.posts) == 0 {
		_ = d.file.remove() // an empty file does no harm
		return
	}
	lines := d.done
	for _, p := range c.outbox.posts {
		lines = append(lines, c.lineOf(p, false))
	}
	err := d.file.write(lines, true)
	_ = d.file.close() // it is written, or that is told
	if err != nil {
		c.refuse(sentence(err.Error()))
		c.lose()
		return
	}
	c.say(fmt.Sprintf("%s not stored yet; the next start sends %s.", count(len(c.outbox.posts), "line is", "lines are"), them(len(c.outbox.posts))))
}

// lose shows what is not stored, so that it is not lost unseen.
func (c *chat) lose() {
	for _, p := range c.outbox.posts {
		c.refuse("Not sent to " + p.target + ": " + p.text)
	}
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// cmdDrop forgets the lines that wait, but for those that may have reached the server.
func (c *chat) cmdDrop(string) {
	var rest []post
	dropped := 0
	for _, p := range c.outbox.posts {
		if p.tries > 0 || p.maybe && !p.sure {
			rest = append(rest, p)
			continue
		}
		dropped++
		c.outbox.disk.settled(p, "")
		c.say("Not sent to " + p.target + ": " + p.text)
	}
	c.outbox.posts = rest
	c.keep()
	switch {
	case len(rest) > 0:
		c.refuse(count(len(rest), "line", "lines") + " may have reached the server already.")
	case dropped == 0:
		c.say("No line waits to be sent.")
	}
}
