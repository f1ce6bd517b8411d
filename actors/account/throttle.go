package account

import "time"

// throttle makes who fails wait: twice as long after each failure. Failures
// count for an account and the place they come from together, so that nobody
// can lock out the owner, who is elsewhere; and for the place alone, with more
// patience, as many people may share it.
type throttle struct {
	on       bool
	now      func() time.Time
	failures map[failure]record
}

// failure with an empty key is for all accounts.
type failure struct{ key, remote string }

type record struct {
	count int
	last  time.Time
}

const (
	patience       = 3  // failures on one account before the first wait
	remotePatience = 30 // failures on any account
	firstWait      = time.Second
	longestWait    = 5 * time.Minute
	remembered     = 15 * time.Minute // after the last failure
	maxRecords     = 10_000
)

// wait returns how long the next login must wait; 0: it need not.
func (t *throttle) wait(key, remote string) time.Duration {
	return max(t.left(failure{key, remote}, patience), t.left(failure{"", remote}, remotePatience))
}

func (t *throttle) left(f failure, patience int) time.Duration {
	r := t.failures[f]
	if r.count < patience {
		return 0
	}
	wait := longestWait
	if n := r.count - patience; n < 16 {
		wait = min(firstWait<<n, longestWait)
	}
	return max(0, wait-t.now().Sub(r.last))
}

func (t *throttle) failed(key, remote string) {
	if !t.on {
		return
	}
	for _, f := range []failure{{key, remote}, {"", remote}} {
		r := t.failures[f]
		if t.now().Sub(r.last) > remembered {
			r.count = 0
		}
		if r.count == 0 {
			t.makeRoom()
		}
		t.failures[f] = record{r.count + 1, t.now()}
	}
}

func (t *throttle) succeeded(key, remote string) { delete(t.failures, failure{key, remote}) }

// makeRoom keeps the number of records bounded: it forgets those that are of
// no use any more or, if there are none, the oldest.
func (t *throttle) makeRoom() {
	if len(t.failures) < maxRecords {
		return
	}
	var oldest failure
	last := t.now()
	for f, r := range t.failures {
		if t.now().Sub(r.last) > remembered {
			delete(t.failures, f)
		} else if r.last.Before(last) {
			oldest, last = f, r.last
		}
	}
	if len(t.failures) >= maxRecords {
		delete(t.failures, oldest)
	}
}
