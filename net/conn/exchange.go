package conn

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// exchange is a command under way and what is answered to it. It is complete
// when nothing more is asked and no step is left; then its token returns.
type exchange struct {
	command string
	label   string // empty: the client gave none, or may not
	post    bool
	cost    int
	asking  int    // questions not yet answered
	steps   []step // what comes after, one at a time

	lines []irc.Message // held back, as one line is labelled unlike several
	batch string        // the open batch, which carries the label
	told  bool          // a line has carried the label

	unasked bool // no command of this client: it counts as what others have done
}

// step is a part of a command that takes several, such as JOIN #a,#b.
type step func(ctx actor.Context)

// question is something asked of another actor, for an exchange.
type question struct {
	ref     uint64
	x       *exchange
	subject []string // what a refusal is about
	due     time.Time
	then    func(ctx actor.Context, answer any)
	refused func(ctx actor.Context, reason error) // nil: render.go says it
}

// lineRead queues a command; commands take effect in order.
func (c *conn) lineRead(ctx actor.Context, m lineRead) {
	if c.ended {
		return
	}
	c.heard()
	c.queue = append(c.queue, m)
	c.run(ctx)
}

// run obeys the commands that need not wait: none follows one that is under
// way, except that posts may be under way together; nor does any while the
// client leaves much unread.
func (c *conn) run(ctx actor.Context) {
	for len(c.queue) > 0 && c.current == nil && !c.out.crowded() && !c.ended {
		next := c.queue[0]
		post := c.isPost(next)
		if c.posts > 0 && !post || c.owes() {
			return
		}
		c.queue[0] = lineRead{}
		c.queue = c.queue[1:]
		x := &exchange{command: strings.ToValidUTF8(next.msg.Command, "?"), post: post, cost: 1}
		if post {
			c.posts++
		} else {
			c.current = x
		}
		c.obey(ctx, x, next)
		c.credit.spend(c.cfg.Now(), x.cost)
		c.settle(ctx, x)
	}
	if len(c.queue) == 0 {
		c.queue = nil
	}
}

// owes tells whether the client has used up its credit; then the timer goes on
// with its commands.
func (c *conn) owes() bool {
	wait := c.credit.debt(c.cfg.Now())
	if wait > 0 && c.timers[creditTimer].t == nil {
		c.set(creditTimer, wait)
	}
	return wait > 0
}

func (c *conn) isPost(l lineRead) bool {
	return c.user != nil && l.fault == nil && (l.msg.Command == "PRIVMSG" || l.msg.Command == "NOTICE")
}

// settle takes the next step of an exchange that waits for nothing, or ends it.
func (c *conn) settle(ctx actor.Context, x *exchange) {
	for x.asking == 0 && len(x.steps) > 0 && !c.ended {
		next := x.steps[0]
		x.steps = x.steps[1:]
		next(ctx)
	}
	if x.asking == 0 && !c.ended {
		c.finish(x)
	}
}

func (c *conn) finish(x *exchange) {
	c.deliver(x)
	if x.post {
		c.posts--
	} else {
		c.current = nil
	}
	c.lineDone()
	c.credit.allow(1)
}

// deliver shows what was held back: one line is labelled, several go into a
// batch, none is an ACK (ircv3 labeled-response).
func (c *conn) deliver(x *exchange) {
	switch {
	case x.batch != "":
		c.closeBatch(x)
	case x.label == "" || x.told:
	case len(x.lines) == 0:
		c.labelled(x, irc.New("ACK"))
	case len(x.lines) == 1:
		c.labelled(x, x.lines[0])
	default:
		c.openBatch(x, irc.BatchLabeled)
		c.closeBatch(x)
	}
	x.lines = nil
}

// reply answers an exchange with a line.
func (c *conn) reply(x *exchange, m irc.Message) {
	switch {
	case x.batch != "":
		c.answerLine(tagged(m, irc.Tag{Key: irc.TagBatch, Value: x.batch}))
	case x.label != "":
		x.lines = append(x.lines, m)
	case x.unasked:
		c.tellLine(m)
	default:
		c.answerLine(m)
	}
}

// stream shows at once what is answered from here on, in the place where it
// belongs among the lines of others.
func (c *conn) stream(x *exchange) {
	if x.label != "" && x.batch == "" && !x.told {
		c.openBatch(x, irc.BatchLabeled)
	}
}

// openBatch begins a batch that carries the label, if there is one, and moves
// into it what was held back.
func (c *conn) openBatch(x *exchange, kind string, params ...string) {
	c.batches++
	id := strconv.FormatUint(c.batches, 36)
	start := irc.New("BATCH", append([]string{"+" + id, kind}, params...)...)
	if x.label != "" {
		c.labelled(x, start)
	} else {
		c.answerLine(start)
	}
	x.batch = id
	held := x.lines
	x.lines = nil
	for _, m := range held {
		c.reply(x, m)
	}
}

func (c *conn) closeBatch(x *exchange) {
	c.answerLine(irc.New("BATCH", "-"+x.batch))
	x.batch = ""
}

// beginBatch begins a batch within the answer: in that of a label, if there is
// one, which is opened for it.
func (c *conn) beginBatch(x *exchange, kind string, params ...string) (id string) {
	c.stream(x)
	c.batches++
	id = strconv.FormatUint(c.batches, 36)
	c.reply(x, irc.New("BATCH", append([]string{"+" + id, kind}, params...)...))
	return id
}

// replyIn answers within such a batch; no id: without.
func (c *conn) replyIn(x *exchange, id string, m irc.Message) {
	if id == "" {
		c.reply(x, m)
		return
	}
	m = tagged(m, irc.Tag{Key: irc.TagBatch, Value: id})
	if x.unasked {
		c.tellLine(m)
	} else {
		c.answerLine(m)
	}
}

func (c *conn) endBatch(x *exchange, id string) {
	if id != "" {
		c.reply(x, irc.New("BATCH", "-"+id))
	}
}

func (c *conn) labelled(x *exchange, m irc.Message) {
	x.told = true
	c.answerLine(tagged(m, irc.Tag{Key: irc.TagLabel, Value: x.label}))
}

// ask notes a question and returns its ticket; then is called with the answer.
func (c *conn) ask(x *exchange, subject []string, then func(ctx actor.Context, answer any)) ask.Ticket {
	return c.askOr(x, subject, then, nil)
}

// askOr is ask with an answer of its own to a refusal.
func (c *conn) askOr(x *exchange, subject []string, then func(actor.Context, any), refused func(actor.Context, error)) ask.Ticket {
	c.lastRef++
	x.asking++
	if len(c.asked) == 0 && c.timers[answerTimer].t == nil {
		c.set(answerTimer, c.cfg.Timeouts.Answer)
	}
	c.asked = append(c.asked, question{
		ref: c.lastRef, x: x, subject: subject,
		due: c.cfg.Now().Add(c.cfg.Timeouts.Answer), then: then, refused: refused,
	})
	return ask.Ticket{ReplyTo: c.self, Ref: c.lastRef}
}

// asking finds the question of that number. It may be over: then its answer
// comes late and says nothing new.
func (c *conn) asking(ref uint64) int {
	return slices.IndexFunc(c.asked, func(q question) bool { return q.ref == ref })
}

// answered goes on with the exchange that asked.
func (c *conn) answered(ctx actor.Context, ref uint64, answer any) {
	i := c.asking(ref)
	if i < 0 || c.ended {
		return
	}
	q := c.asked[i]
	c.asked = slices.Delete(c.asked, i, i+1)
	q.x.asking--
	refusal, no := answer.(ask.Refused)
	switch {
	case !no && q.then != nil:
		q.then(ctx, answer)
	case no && q.refused != nil:
		q.refused(ctx, refusal.Reason)
	case no:
		c.refuse(q.x, refusal.Reason, q.subject...)
	}
	c.settle(ctx, q.x)
	c.run(ctx)
}

// expire refuses what was asked too long ago, and sets the timer for what is
// left. Questions are in order of age.
func (c *conn) expire(ctx actor.Context) {
	now := c.cfg.Now()
	for len(c.asked) > 0 && !c.asked[0].due.After(now) {
		c.answered(ctx, c.asked[0].ref, ask.Refused{Ref: c.asked[0].ref, Reason: ask.ErrUnknown})
	}
	if len(c.asked) > 0 {
		c.set(answerTimer, c.asked[0].due.Sub(now))
	}
}

// numeric answers with a numeric; the client's nick is put first.
func (c *conn) numeric(x *exchange, n irc.Numeric, params ...string) {
	c.reply(x, c.numericOf(n, params...))
}

func (c *conn) numericOf(n irc.Numeric, params ...string) irc.Message {
	return irc.New(string(n), append([]string{c.shownNick()}, params...)...)
}

// shownNick is what numerics call the client.
func (c *conn) shownNick() string {
	if c.nick == "" {
		return "*"
	}
	return c.nick
}

// fail answers with a standard reply; text comes last.
func (c *conn) fail(x *exchange, code string, params ...string) {
	command := x.command
	if command == "" {
		command = "*"
	}
	c.reply(x, irc.New("FAIL", append([]string{clip(command), code}, params...)...))
}
