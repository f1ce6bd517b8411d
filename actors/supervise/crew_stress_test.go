package supervise

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestACrewLeavesNoWorkInTheLine with everybody asleep, in whatever order many send
// short work, long work and work that sends more, and however often the idle are
// sent away meanwhile.
func TestACrewLeavesNoWorkInTheLine(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := NewCrew()
				defer c.Close()
				var sent, done atomic.Int64
				var send func(depth int)
				send = func(depth int) {
					sent.Add(1)
					dice := rand.IntN(100)
					c.Go(func() {
						switch {
						case dice < 5:
							time.Sleep(time.Duration(rand.Int64N(int64(3 * pace))))
						case dice < 50 && depth > 0:
							send(depth - 1)
							send(depth - 1)
						}
						done.Add(1)
					})
				}
				rng := rand.New(rand.NewPCG(seed, 0))
				for range 4 {
					rounds, pause := 50+rng.IntN(50), time.Duration(1+rng.IntN(int(pace)/10))
					go func() { // ends with its rounds
						for range rounds {
							for range 30 {
								send(4)
							}
							time.Sleep(pause)
						}
					}()
				}
				for range 100 {
					time.Sleep(pace / 7)
					synctest.Wait()
					c.mu.Lock()
					if !c.line.empty() || c.waking {
						t.Error("there is work, and nobody comes for it")
					}
					c.mu.Unlock()
				}
				time.Sleep(10 * pace)
				synctest.Wait()
				if sent.Load() != done.Load() || c.waiting() > 0 {
					t.Errorf("of %d pieces of work %d are done, and %d are idle", sent.Load(), done.Load(), c.waiting())
				}
			})
		})
	}
}
