package supervise

import (
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

const (
	// mostIdle is how many goroutines of a Crew wait for work; more end with theirs.
	mostIdle = 512
	// pace is how long those are kept for whom there is no work.
	pace = time.Second
)

// Crew runs what actors and connections have to do on goroutines that are used
// again, so that their stacks need to grow but once. There are always enough: who
// blocks one keeps nobody waiting. They end when there is no work. It is shared by
// all who send, and ends with Close. The nil Crew runs each work on a goroutine of
// its own.
type Crew struct {
	mu    sync.Mutex
	idle  []hand
	spare int         // how many of them were idle all the time since the timer was set
	timer *time.Timer // set while somebody is idle
	ended bool
}

// hand is a goroutine that waits for work; nil ends it.
type hand chan func()

// NewCrew makes a crew of nobody.
func NewCrew() *Crew { return &Crew{} }

// Go runs work and does not wait for it.
func (c *Crew) Go(work func()) {
	if c == nil {
		go Roomy(work)
		return
	}
	if h := c.take(); h != nil {
		h <- work
		return
	}
	go c.serve(work) // ends with its work when enough are idle, else by Close
}

// take finds who was idle last: its stack is the warmest.
func (c *Crew) take() (h hand) {
	c.mu.Lock()
	if last := len(c.idle) - 1; last >= 0 {
		h, c.idle = c.idle[last], c.idle[:last]
		c.spare = min(c.spare, last)
	}
	c.mu.Unlock()
	return h
}

func (c *Crew) serve(work func()) {
	h := make(hand, 1)
	for work != nil {
		Roomy(work)
		if !c.rest(h) {
			return
		}
		work = <-h
	}
}

// rest tells whether a goroutine is to wait for more.
func (c *Crew) rest(h hand) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended || len(c.idle) >= mostIdle {
		return false
	}
	if len(c.idle) == 0 {
		c.look()
	}
	c.idle = append(c.idle, h)
	return true
}

// look has the timer look after those who are idle.
func (c *Crew) look() {
	if c.timer == nil {
		c.timer = time.AfterFunc(pace, c.thin)
	} else {
		c.timer.Reset(pace)
	}
}

// thin ends those for whom there was no work.
func (c *Crew) thin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dismiss(c.spare)
	if c.spare = len(c.idle); c.spare > 0 {
		c.look()
	}
}

// dismiss ends the first of those who are idle, whose stacks are the coldest.
func (c *Crew) dismiss(n int) {
	for _, h := range c.idle[:n] {
		h <- nil // at once: it has room for one
	}
	left := copy(c.idle, c.idle[n:])
	clear(c.idle[left:])
	c.idle, c.spare = c.idle[:left], 0
}

// Close ends those who are idle, and the others when they have done their work.
func (c *Crew) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.dismiss(len(c.idle))
	if c.timer != nil {
		c.timer.Stop()
	}
}

// Actors is the option of actors that get their turns from the crew, and let
// others go on after so many messages.
func (c *Crew) Actors(throughput int) actor.PropsOption {
	return actor.WithDispatcher(crewed{c, throughput})
}

// crewed is an actor.Dispatcher.
type crewed struct {
	*Crew
	throughput int
}

func (d crewed) Schedule(work func()) { d.Go(work) }

func (d crewed) Throughput() int { return d.throughput }
