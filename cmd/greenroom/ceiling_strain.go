package main

import (
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// strain is how busy the process is: how long what is ready to run has to wait
// for a processor. Memory is not all that may run out.
type strain struct{ now atomic.Int64 }

const (
	strainEvery = 100 * time.Millisecond
	calm        = 10 * time.Millisecond // of waiting, which is no strain
	mostStrain  = 20
	strainShare = 0.9 // of what ran waited no longer than what is looked at
)

// factor is 1 while all is calm.
func (s *strain) factor() int { return max(1, int(s.now.Load())) }

// watch measures until end is closed.
func (s *strain) watch(end <-chan struct{}) {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	var before []uint64
	tick := time.NewTicker(strainEvery)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return
		case <-tick.C:
		}
		metrics.Read(sample)
		h := sample[0].Value.Float64Histogram()
		waited := quantileSince(before, h.Counts, h.Buckets)
		before = append(before[:0], h.Counts...)
		// It falls slowly, so that a flood does not come back in waves.
		s.now.Store(max(min(int64(waited/calm), mostStrain), s.now.Load()*3/4))
	}
}

// quantileSince is the wait of what has begun to run since the last look.
func quantileSince(before, now []uint64, buckets []float64) time.Duration {
	if len(before) != len(now) {
		return 0
	}
	total := uint64(0)
	for i := range now {
		total += now[i] - before[i]
	}
	seen := uint64(0)
	for i := range now {
		seen += now[i] - before[i]
		if total > 0 && float64(seen) >= strainShare*float64(total) {
			return time.Duration(buckets[i] * float64(time.Second)) // the lower end: the last has no upper one
		}
	}
	return 0
}
