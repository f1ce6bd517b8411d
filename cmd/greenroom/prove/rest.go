package prove

import (
	"context"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

// What may be left over when everybody has gone, against what was there before
// anybody came. Rooms and people are all gone; the heap keeps caches and the
// store's tables, and what the runtime has not given back.
const (
	moreGoroutines = 3
	moreActors     = 0
	moreHeap       = 24 << 20
	restWithin     = 20 * time.Second
	askAgain       = 200 * time.Millisecond
)

// checkRest waits until the server is at rest again.
func (t *trial) checkRest(ctx context.Context) {
	t.enters("waiting for the server to rest")
	ctx, cancel := context.WithTimeout(ctx, restWithin)
	defer cancel()
	inc, err := t.server.current(ctx)
	if err != nil || !inc.measured {
		t.ledger.undecided(returned, "the server could not be measured when it began")
		return
	}
	var last fault.Status
	for {
		got, err := inc.measure(ctx)
		if err == nil {
			last = got
		}
		if err == nil && atRest(inc.first, got) {
			break
		}
		if !pause(ctx, askAgain) {
			break
		}
	}
	t.before, t.after = inc.first, last
	switch {
	case last == fault.Status{}:
		t.ledger.undecided(returned, "the server did not say what is alive in it")
	case !atRest(inc.first, last):
		t.ledger.broke(returned, "%v after everybody had left: %d goroutines, %d actors and %d KiB; before anybody came: %d, %d and %d KiB",
			restWithin, last.Goroutines, last.Actors, last.Heap>>10, inc.first.Goroutines, inc.first.Actors, inc.first.Heap>>10)
	}
	t.ledger.held(returned, 3)
}

func atRest(before, after fault.Status) bool {
	return after.Goroutines <= before.Goroutines+moreGoroutines && after.Actors <= before.Actors+moreActors &&
		after.Heap <= before.Heap+moreHeap
}
