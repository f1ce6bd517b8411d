package bench

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// load is the messages that a crowd sends and reads.
type load struct {
	o        Options
	echoes   bool // the server shows senders their own
	tally    *tally
	sent     []int    // by sender: messages, over all rounds
	lines    [][]byte // by sender: the line that is sent, with its next marker
	text     []int    // where in the line the text begins
	fence    [][]byte // by sender: a PING with the marker; nil: not needed
	open     []int    // by sender and place in the window: readers that lack it
	left     int      // messages to send in this round
	expected int64    // copies of what was sent in this round
	got      int64    // copies of them that were read
	pace     *schedule
	base     []int // by sender: messages before this round's
	next     int   // of the open loop
	delays   *delays
	late     time.Duration // the latest that a message was sent after it was due
}

func newLoad(c *crowd, o Options, echoes bool) *load {
	senders := max(1, o.Rooms) * o.Senders
	l := &load{
		o: o, echoes: echoes, tally: newTally(len(c.members), o.Senders),
		sent: make([]int, senders), lines: make([][]byte, senders), text: make([]int, senders),
		open: make([]int, senders*max(1, o.Window)), base: make([]int, senders), delays: &delays{},
	}
	for s := range senders {
		command := []byte("PRIVMSG " + c.tag.room(s/o.Senders) + " :")
		text := c.tag.text(s, o.Size)
		l.text[s] = len(command)
		l.lines[s] = append(append(command, text...), "\r\n"...)
		if o.Complete == Echo && !echoes {
			l.fence = append(l.fence, append([]byte("PING :"), text[:markerLen]...))
		}
	}
	return l
}

// member is who a sender is: they stand at equal distances in their room.
func (l *load) member(sender int) int {
	room, place := sender/l.o.Senders, sender%l.o.Senders
	return room*l.o.Members + place*l.o.Members/l.o.Senders
}

// copies is how often a message is shown.
func (l *load) copies() int {
	if l.echoes {
		return l.o.Members
	}
	return l.o.Members - 1
}

// post sends the next message of a sender.
func (l *load) post(c *crowd, sender int) {
	if l.left == 0 {
		return
	}
	l.left--
	number := l.sent[sender]
	l.sent[sender]++
	line := l.lines[sender]
	putNumber(line[l.text[sender]:], number)
	if l.o.Window > 0 {
		l.open[sender*l.o.Window+number%l.o.Window] = l.copies()
	}
	l.expected += int64(l.copies())
	if l.fence != nil {
		putNumber(l.fence[sender][len("PING :"):], number)
		line = append(append(bytes.Clone(line), l.fence[sender]...), "\r\n"...)
	}
	c.say(l.member(sender), line)
}

// arrived looks at a message that a member has read.
func (l *load) arrived(c *crowd, number int, text marked, line []byte) {
	own := text.sender < len(l.sent) && l.member(text.sender) == number
	if own && !l.echoes {
		if _, command, _ := split(line); l.fence != nil && string(command) == "PONG" {
			l.post(c, text.sender)
			return
		}
		l.astray(number, line)
		return
	}
	if text.sender >= len(l.sent) || number/l.o.Members != text.sender/l.o.Senders || text.number >= l.sent[text.sender] {
		l.astray(number, line)
		return
	}
	if size := text.size - trailing(line); size != l.o.Size {
		l.tally.blame("client %d got a text of %d bytes, where %d were sent", number, size, l.o.Size)
		l.tally.faults.Altered++
	}
	if !l.tally.saw(number, text.sender%l.o.Senders, text.number) {
		return
	}
	l.got++
	if l.pace != nil && !own {
		l.delays.add(l.pace.delay(text.sender, text.number-l.base[text.sender], c.last))
	}
	l.complete(c, own, text)
}

// complete sends the next message where one is done.
func (l *load) complete(c *crowd, own bool, text marked) {
	if l.o.Window == 0 {
		return
	}
	open := &l.open[text.sender*l.o.Window+text.number%l.o.Window]
	*open--
	switch {
	case l.o.Complete == Echo && own, l.o.Complete == All && *open == 0:
		l.post(c, text.sender)
	}
}

func trailing(line []byte) int {
	if len(line) > 0 && line[len(line)-1] == '\r' {
		return 1
	}
	return 0
}

func (l *load) astray(number int, line []byte) {
	l.tally.blame("client %d was shown %q", number, line)
	l.tally.faults.Astray++
}

// due sends what an open loop owes by now.
func (l *load) due(c *crowd) {
	if l.pace == nil {
		return
	}
	for l.left > 0 {
		now, due := c.now(), l.pace.due(l.next)
		if now < due {
			c.wakeAfter(due - now)
			return
		}
		l.late = max(l.late, now-due)
		l.post(c, l.next%len(l.sent))
		l.next++
	}
}

// volley is one round of messages.
type volley struct {
	messages int
	copies   int64
	took     time.Duration // to the last copy
	delays   *delays
	late     time.Duration
}

// fire sends for a time, or so many messages, and waits for all copies. What
// does not come is for judge to find.
func (l *load) fire(ctx context.Context, c *crowd, d time.Duration, messages int) (volley, error) {
	began, patience := c.now(), l.o.Patience
	c.last = began
	copy(l.base, l.sent)
	l.left, l.expected, l.got, l.delays, l.late = messages, 0, 0, &delays{}, 0
	if messages == 0 {
		l.left = mostMessages
	}
	if l.o.Workload == Latency {
		interval := time.Duration(float64(time.Second) / l.o.Rate)
		l.pace, l.next = &schedule{start: began, interval: interval, senders: len(l.sent)}, 0
		patience += interval
		l.due(c)
	} else {
		l.begin(c)
	}
	err := c.until(ctx, patience, func() bool { return l.left == 0 || messages == 0 && c.now()-began >= d })
	l.left = 0
	if err == nil {
		err = c.until(ctx, patience, func() bool { return l.got >= l.expected })
	}
	l.pace = nil
	v := volley{copies: l.got, took: c.last - began, delays: l.delays, late: l.late}
	for s, n := range l.sent {
		v.messages += n - l.base[s]
	}
	return v, err
}

// begin fills every sender's window.
func (l *load) begin(c *crowd) {
	for range l.o.Window {
		for s := range l.sent {
			l.post(c, s)
		}
	}
}

// judge waits for what should not come any more, and tells what was lost,
// doubled and so on. When that is nothing, but fire has failed, it is why.
func (l *load) judge(ctx context.Context, c *crowd, fired error) error {
	if fired != nil && !errors.Is(fired, errSilence) {
		return fired
	}
	if err := c.quiet(ctx, afterwards); err != nil {
		return err
	}
	for reader := range c.members {
		for place := range l.o.Senders {
			sender := reader/l.o.Members*l.o.Senders + place
			if l.echoes || l.member(sender) != reader {
				l.tally.owes(reader, place, l.sent[sender])
			}
		}
	}
	if err := l.tally.verdict(); err != nil {
		return err
	}
	return fired
}

// afterwards is how long one listens for copies too many.
const afterwards = 100 * time.Millisecond
