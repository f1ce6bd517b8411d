package repl

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
	"github.com/greenroom-chat/greenroom/repl/settings"
)

const (
	askWait   = 30 * time.Second
	quitWait  = 2 * time.Second
	orderWait = 25 * time.Millisecond
)

// typed is what the reading goroutine hands to the loop.
type typed struct {
	line string
	err  error
	room *room       // that of the prompt when the line was entered
	done chan func() // closed when the prompt shows what the line has changed; what it calls for comes before
}

// chat is the loop and all that it owns. Everything but read runs on the goroutine that has called run.
type chat struct {
	o       Options
	ui      ui
	show    renderer
	look    settings.Look
	recall  *recall // the reading goroutine's
	seen    *seen   // nil where it is not kept
	state   seenState
	login   client.Options
	conn    *client.Client // nil while there is none
	me      string
	ctx     context.Context // of run; work aside ends with it
	answers chan func()
	typed   chan typed
	retry   client.Backoff

	lines      sayings
	comings    comings
	typing     typing
	edits      chan string // the line that is being typed, when it has changed
	pasting    *pasting    // nil: no /paste is under way
	refused    []post      // for /resend
	mentioned  []event     // since the start
	mostBytes  int         // of a message of several lines; 0: there are none
	mostLines  int
	marking    bool // the server is about to be told what is read
	away       bool
	elsewhere  bool // the user looks at another window
	toldResend bool

	rooms      []*room
	current    *room    // nil before the first one
	heading    string   // the room to go to as soon as we are let in
	settling   bool     // the server is still telling in which rooms we are
	people     []string // with whom there is a conversation
	outbox     outbox
	seenFailed bool
	nextTry    time.Time     // to connect
	hurry      chan struct{} // closed to connect at once; nil when there is nothing to hurry
	hurried    bool          // the user wants to know how it went
	lostAt     time.Time
	piped      bool   // lines are text for the only room, and their end is ours
	draining   bool   // that end has come
	warned     bool   // that lines are lost by leaving
	quitting   bool   // as soon as what is typed is stored
	interview  func() // questions that the last line calls for, for the reading goroutine
	over       bool
	code       int
	prompts    []string             // as last set
	shown      atomic.Pointer[room] // in that prompt; the reading goroutine looks
	notes      []string
	hint       string
	window     string // its title
	limit      int
}

func newChat(o Options, u ui, conn *client.Client, login client.Options) *chat {
	c := &chat{
		o: o, ui: u, conn: conn, login: login, me: conn.Nick(), answers: make(chan func(), 64), typed: make(chan typed), edits: make(chan string, 1),
		show: renderer{zone: o.zone}, retry: client.Backoff{Min: 2 * time.Second, Max: 15 * time.Second},
	}
	c.show.words = c.words
	c.show.dayLine(o.now()) // today needs no line
	c.noteLimits()
	return c
}

// run is the loop. It returns the exit code.
func (c *chat) run(ctx context.Context) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.ctx = ctx
	c.ui.Complete(c.complete)
	c.shown.Store(c.current)
	c.listen()
	go c.read(ctx)
	c.begin()
	if c.seen != nil {
		c.keepSeenSoon()
	}
	for !c.over {
		c.refresh()
		c.next(ctx)
	}
	c.leave()
	return c.code
}

// next waits for one thing to happen.
func (c *chat) next(ctx context.Context) {
	var events <-chan irc.Message
	if c.conn != nil {
		events = c.conn.Events()
	}
	lines := c.typed
	if c.piped && len(c.outbox.posts) >= mostPiped {
		lines = nil
	}
	select {
	case m, ok := <-events:
		if ok {
			c.handle(m)
		} else {
			c.lost()
		}
	case t := <-lines:
		c.entered(t)
		c.refresh()
		if c.interview != nil {
			t.done <- c.interview
			c.interview = nil
		}
		close(t.done)
	case answer := <-c.answers:
		answer()
	case line := <-c.edits:
		c.edited(line)
	case <-ctx.Done():
		c.over, c.code = true, exitRefused
	}
}

// drain handles what has already arrived.
func (c *chat) drain() {
	for c.conn != nil {
		select {
		case m, ok := <-c.conn.Events():
			if !ok {
				return // the loop will find out
			}
			c.handle(m)
		default:
			return
		}
	}
}

// aside runs work beside the loop and what it returns on the loop.
func (c *chat) aside(work func(context.Context) func()) {
	ctx := c.ctx
	go func() { // ends with its work, which ctx bounds
		defer c.ui.Recover()
		answer := work(ctx)
		select {
		case c.answers <- answer:
		case <-ctx.Done():
		}
	}()
}

// after runs f on the loop in a while.
func (c *chat) after(d time.Duration, f func()) {
	c.aside(func(ctx context.Context) func() {
		pause(ctx, d)
		return f
	})
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// ask sends a request and runs then on the loop with its answer, if the connection is still the same.
func (c *chat) ask(m irc.Message, then func([]irc.Message, error)) {
	conn := c.conn
	c.aside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		replies, err := conn.Do(ctx, m)
		return func() {
			if c.conn == conn {
				then(replies, err)
			}
		}
	})
}

// read is the reading goroutine. It ends with the input; where that is a terminal, at the end of the program.
func (c *chat) read(ctx context.Context) {
	defer c.ui.Recover()
	for {
		line, err := c.ui.ReadLine("")
		if c.recall != nil && err == nil {
			c.remember(line)
		}
		t := typed{line, err, c.shown.Load(), make(chan func(), 1)}
		select {
		case c.typed <- t:
		case <-ctx.Done():
			return
		}
		select {
		case interview := <-t.done:
			if interview != nil {
				interview()
			}
		case <-ctx.Done():
			return
		}
		if err != nil && !errors.Is(err, screen.ErrInterrupted) {
			return
		}
	}
}

func (c *chat) remember(line string) {
	if strings.Contains(line, "\n") {
		return // it came from a paste or an editor, which have it still
	}
	keep, err := c.recall.keep(line)
	if keep {
		c.ui.Remember(line)
	}
	if err != nil && !c.recall.failed {
		c.ui.Print("! What you type is not in the history file: " + sentence(err.Error()))
	}
	c.recall.failed = err != nil
}

// leave says goodbye to the server.
func (c *chat) leave() {
	c.keepSeen()
	c.leaveOutbox()
	if c.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), quitWait)
		defer cancel()
		if marks := c.newMarks(); len(marks) > 0 { // of the last moment
			_ = c.conn.Send(marks...)
		}
		_ = c.conn.Quit(ctx, c.outbox.farewell)
	}
}
