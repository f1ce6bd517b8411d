package supervise

import (
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// TestACrewDoesAllWorkHoweverManyAreBlocked, and nobody of it is left behind.
func TestACrewDoesAllWorkHoweverManyAreBlocked(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	c := NewCrew()
	var done atomic.Int64
	for range 3 {
		var blocked, free sync.WaitGroup
		gate := make(chan bool)
		for range 2 * mostIdle {
			blocked.Add(1)
			c.Go(func() { <-gate; done.Add(1); blocked.Done() })
		}
		for range 100 {
			free.Add(1)
			c.Go(func() { done.Add(1); free.Done() })
		}
		free.Wait()
		close(gate)
		blocked.Wait()
	}
	if n := done.Load(); n != 3*(2*mostIdle+100) {
		t.Errorf("%d pieces of work are done", n)
	}
	c.Close()
	ended := make(chan bool)
	c.Go(func() { close(ended) }) // who comes late is served all the same
	<-ended
}

// TestACrewWorksOnWarmStacks: what has been done once starts no goroutine and
// allocates nothing.
func TestACrewWorksOnWarmStacks(t *testing.T) {
	c := NewCrew()
	defer c.Close()
	done := make(chan bool)
	work := func() { done <- true }
	if n := testing.AllocsPerRun(1000, func() { c.Go(work); <-done }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func (c *Crew) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.idle)
}

// TestACrewIsNoLargerThanItsWork: who has nothing to do ends.
func TestACrewIsNoLargerThanItsWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCrew()
		defer c.Close()
		for range 10 {
			c.Go(func() { time.Sleep(time.Millisecond) })
		}
		time.Sleep(pace / 2)
		synctest.Wait()
		if n := c.waiting(); n != 10 {
			t.Errorf("%d are idle while there may be more work", n)
		}
		for range 30 {
			time.Sleep(pace / 10)
			c.Go(func() {})
			synctest.Wait()
		}
		if n := c.waiting(); n != 1 {
			t.Errorf("%d are idle where one is enough", n)
		}
		time.Sleep(3 * pace)
		synctest.Wait()
		if n := c.waiting(); n != 0 {
			t.Errorf("%d are idle and there is no work", n)
		}
	})
}

// TestALineKeepsOrderAndRoom.
func TestALineKeepsOrderAndRoom(t *testing.T) {
	var l line
	var got, want []int
	add := func(n int) { want = append(want, n); l.push(func() { got = append(got, n) }) }
	for n := range 10 {
		add(n)
	}
	for n := 10; n < 10_000; n++ {
		l.pop()()
		add(n)
	}
	for work := l.pop(); work != nil; work = l.pop() {
		work()
	}
	if !slices.Equal(got, want) {
		t.Error("work was lost, or done in another order")
	}
	if n := cap(l.list); n > 64 {
		t.Errorf("room for %d pieces was made, for ten at a time", n)
	}
}

// BenchmarkCrew is a room's part: a turn that lets a hundred others have theirs,
// of a few µs each.
func BenchmarkCrew(b *testing.B) {
	c := NewCrew()
	defer c.Close()
	var all sync.WaitGroup
	text := make([]byte, 2<<10)
	piece := func() { sha256.Sum256(text); all.Done() }
	b.ReportAllocs()
	for b.Loop() {
		all.Add(100)
		c.Go(func() {
			for range 100 {
				c.Go(piece)
			}
		})
		all.Wait()
	}
}
