package main

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestStrainIsHowLongWhatIsReadyWaits(t *testing.T) {
	buckets := []float64{0, 0.001, 0.01, 0.1, 1, 10}
	for _, test := range []struct {
		before, now []uint64
		want        time.Duration
	}{
		{nil, []uint64{1, 2, 3, 4, 5}, 0},
		{[]uint64{5, 5, 5, 5, 5}, []uint64{5, 5, 5, 5, 5}, 0},
		{[]uint64{0, 0, 0, 0, 900}, []uint64{95, 5, 0, 0, 900}, 0},
		{[]uint64{0, 0, 0, 0, 0}, []uint64{50, 0, 50, 0, 0}, 10 * time.Millisecond},
		{[]uint64{90, 0, 0, 0, 0}, []uint64{90, 0, 0, 0, 9}, time.Second},
	} {
		if got := quantileSince(test.before, test.now, buckets); got != test.want {
			t.Errorf("%v %v: %v, want %v", test.before, test.now, got, test.want)
		}
	}
}

// The runtime's own numbers are what it is made of: they must be there.
func TestABusyProcessIsUnderStrain(t *testing.T) {
	var s strain
	end := make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(end)
	all.Go(func() { s.watch(end) })
	for range 50 * runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for over := false; !over; {
				select {
				case <-end:
					over = true
				default:
				}
			}
		})
	}
	for deadline := time.Now().Add(patience); s.factor() == 1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no strain is seen")
		}
	}
}
