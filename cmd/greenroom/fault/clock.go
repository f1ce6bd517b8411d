package fault

import (
	"time"
	"unsafe"
)

// Targets of ClockJumps.
const (
	Forward = "forward"
	Back    = "back"
)

// leapBy is how far the clock jumps.
const leapBy = time.Hour

// Now is the clock of the wall with its jumps. As when somebody sets the clock
// of a machine, the time between two readings stays what it was.
func (in *Injectors) Now() time.Time {
	in.mu.Lock()
	defer in.mu.Unlock()
	return shift(time.Now(), in.jump)
}

// leap sets the clock, and back after the fault's time.
func (in *Injectors) leap(o *order) {
	by := leapBy
	if o.Target == Back {
		by = -leapBy
	}
	in.set(by)
	in.told(Struck{ID: o.ID, What: "clock"})
	time.AfterFunc(o.For, func() {
		in.set(-by)
		in.end(o)
	})
}

func (in *Injectors) set(by time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.jump += by
}

// shift moves the wall clock's reading and leaves the monotonic one alone,
// which package time offers no way to do: see time.Time for where the seconds
// are. A reading without a monotonic part is moved as it is.
func shift(t time.Time, by time.Duration) time.Time {
	if t == t.Round(0) {
		return t.Add(by)
	}
	const secondsAt = 30
	wall := (*uint64)(unsafe.Pointer(&t))
	*wall += uint64(by/time.Second) << secondsAt
	return t
}
