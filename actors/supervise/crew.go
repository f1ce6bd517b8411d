package supervise

import (
	"runtime"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

const (
	// mostIdle is how many goroutines of a Crew wait for work; more end with theirs.
	mostIdle = 512
	// pace is how long those are kept for whom there is no work.
	pace = time.Second
	// inARow is how many pieces of work a goroutine does before it lets others go
	// on that are not of the crew.
	inARow = 16
	// tries is how often a lock is tried for.
	tries = 100
)

// Crew runs what actors and connections have to do on goroutines that are used
// again, so that their stacks need to grow but once. Work waits in one line for
// whoever has done theirs; of those who are idle one at a time is woken, and the
// next one when that one has begun and there is more. So what a processor can do
// at once is done without a change of goroutines, and who blocks one keeps nobody
// waiting. They end when there is no work. It is shared by all who send, and ends
// with Close. The nil Crew runs each work on a goroutine of its own.
type Crew struct {
	mu     sync.Mutex
	line   line
	waking bool // somebody was woken, or made, and has not begun
	idle   []hand
	spare  int         // how many of them were idle all the time since the timer was set
	timer  *time.Timer // set while somebody is idle
	ended  bool
}

// hand is a goroutine that waits for work; false ends it.
type hand chan bool

// NewCrew makes a crew of nobody.
func NewCrew() *Crew { return &Crew{} }

// Go runs work and does not wait for it.
func (c *Crew) Go(work func()) {
	if c == nil {
		go Roomy(work)
		return
	}
	c.lock()
	c.line.push(work)
	c.unlockAndWake()
}

// lock tries for a moment: who is put to sleep over a lock that is held for a few
// instructions makes room for one more goroutine.
func (c *Crew) lock() {
	for range tries {
		if c.mu.TryLock() {
			return
		}
	}
	c.mu.Lock()
}

// unlockAndWake sees to it that somebody comes for the work in the line. It is
// called whenever that may have changed.
func (c *Crew) unlockAndWake() {
	if c.waking || c.line.empty() {
		c.mu.Unlock()
		return
	}
	c.waking = true
	var h hand
	if last := len(c.idle) - 1; last >= 0 { // its stack is the warmest
		h, c.idle = c.idle[last], c.idle[:last]
		c.spare = min(c.spare, last)
	}
	c.mu.Unlock()
	if h != nil {
		h <- true
		return
	}
	go c.serve(make(hand, 1)) // ends when enough are idle, else by Close
}

func (c *Crew) serve(h hand) {
	for n, woken := 1, true; ; n++ {
		work, on := c.next(h, woken)
		if woken = work == nil; woken {
			if !on || !<-h {
				return
			}
			continue
		}
		Roomy(work)
		if n%inARow == 0 {
			runtime.Gosched()
		}
	}
}

// next takes work from the line, and has the next one woken if there is more. If
// there is none, it tells whether a goroutine is to wait for it.
func (c *Crew) next(h hand, woken bool) (work func(), on bool) {
	c.lock()
	if woken {
		c.waking = false
	}
	if work = c.line.pop(); work == nil {
		on = c.rest(h)
		c.mu.Unlock()
		return nil, on
	}
	c.unlockAndWake()
	return work, true
}

func (c *Crew) rest(h hand) bool {
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
		h <- false // at once: it has room for one
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
