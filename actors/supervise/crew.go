package supervise

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// mostIdle is how many goroutines of a Crew wait for work; more end with theirs.
const mostIdle = 512

// Crew runs what actors and connections have to do on goroutines that are used
// again, so that their stacks need to grow but once. There are always enough:
// who blocks one keeps nobody waiting. It is shared by all who send, and ends
// with Close. The nil Crew runs each work on a goroutine of its own.
type Crew struct {
	mu    sync.Mutex
	idle  []hand
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
	c.idle = append(c.idle, h)
	return true
}

// Close ends those who are idle, and the others when they have done their work.
func (c *Crew) Close() {
	c.mu.Lock()
	idle := c.idle
	c.idle, c.ended = nil, true
	c.mu.Unlock()
	for _, h := range idle {
		h <- nil
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
