package main

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// What a burst has left behind goes back to the system when the server has
// become quiet; by itself the runtime would keep as much again as is in use.
const (
	tidyEvery = 3 * time.Second
	quiet     = 1 << 20  // bytes allocated in that time, or less
	worthIt   = 16 << 20 // bytes allocated since it was done last
)

// tidier decides by the bytes that were allocated in all.
type tidier struct{ last, done uint64 }

// due tells whether memory is to be given back.
func (t *tidier) due(allocated uint64) bool {
	calm := allocated-t.last <= quiet
	t.last = allocated
	if !calm || allocated-t.done < worthIt {
		return false
	}
	t.done = allocated
	return true
}

// tidy runs until end is closed.
func tidy(end <-chan struct{}) {
	var t tidier
	allocated := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-end:
			return
		case <-tick.C:
			if metrics.Read(allocated); t.due(allocated[0].Value.Uint64()) {
				debug.FreeOSMemory()
			}
		}
	}
}
