package account

import "time"

// throttle makes who fails wait: twice as long after each failure. Failures
// count for an account and the place they come from together, so that nobody
// can lock out the owner, who is elsewhere; and for the place alone, with more
// patience, as many people may share it.
type throttle struct {
	on  bool
	now func() time.Time
	// When young is full it becomes old, and what was old is forgotten; who
	// goes on failing is young again.
	young, old map[failure]record
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
	maxRecords     = 5_000            // in young; as many in old
)

func newThrottle(on bool, now func() time.Time) throttle {
	return throttle{on: on, now: now, young: make(map[failure]record)}
}

// wait returns how long the next login must wait; 0: it need not.
func (t *throttle) wait(key, remote string) time.Duration {
	return max(t.left(failure{key, remote}, patience), t.left(failure{"", remote}, remotePatience))
}

func (t *throttle) left(f failure, patience int) time.Duration {
	r := t.record(f)
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
		t.note(f, record{t.record(f).count + 1, t.now()})
	}
}

func (t *throttle) record(f failure) record {
	r, ok := t.young[f]
	if !ok {
		r = t.old[f]
	}
	if t.now().Sub(r.last) > remembered {
		return record{}
	}
	return r
}

func (t *throttle) note(f failure, r record) {
	if len(t.young) >= maxRecords {
		t.young, t.old = make(map[failure]record), t.young
	}
	t.young[f] = r
}

func (t *throttle) succeeded(key, remote string) {
	delete(t.young, failure{key, remote})
	delete(t.old, failure{key, remote})
}
