package fault

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Injectors make the faults of a plan happen in the process that they are in.
// What they hand out, options of actors, a store, a listener and a clock, does
// nothing of its own until a fault is ordered by Strike.
type Injectors struct {
	told func(Struck)

	mu     sync.Mutex
	orders []*order
	newest map[string]address // the actor of each target that has started last
	jump   time.Duration      // of the clock
	ports  map[string]string  // what an address was bound to at first
}

// order is a fault that has been ordered and is not over.
type order struct {
	Fault
	seen   int    // messages, commits ... that it could have struck
	victim string // the one actor that it strikes, once it is known
	begun  bool
	over   bool
}

// An order that has met nothing to strike for so long has an actor nudged, and
// is void later: nothing is left over for the end of the plan.
const (
	nudgeAfter = 2 * time.Second
	voidAfter  = 4 * time.Second
)

// NewInjectors makes injectors that report through told, which is called by
// whatever is struck and must not wait for it.
func NewInjectors(told func(Struck)) *Injectors {
	return &Injectors{told: told, newest: map[string]address{}, ports: map[string]string{}}
}

// Injected is what a fault panics with or answers; its text may be logged.
type Injected struct{ Fault Fault }

// Error says that it was on purpose.
func (i Injected) Error() string {
	return fmt.Sprintf("injected %s, number %d of the plan", i.Fault.Kind, i.Fault.ID)
}

// inServer are the kinds that the injectors can make.
var inServer = []Kind{
	PanicBefore, PanicAfter, CrashLoop, Delay, Reorder,
	StoreFails, StoreHangs, StoreUnknown, DiskLow, SyncFails, AcceptFails, ClockJumps,
}

// InServer tells whether the fault strikes within the server; the others are
// made by whoever runs it.
func (k Kind) InServer() bool { return slices.Contains(inServer, k) }

// Strike orders a fault, from now on.
func (in *Injectors) Strike(f Fault) error {
	if !f.Kind.InServer() {
		return fmt.Errorf("a fault %q is not made within the server", f.Kind)
	}
	o := &order{Fault: f}
	in.mu.Lock()
	in.orders = append(in.orders, o)
	in.mu.Unlock()
	switch {
	case f.Kind == ClockJumps:
		in.leap(o)
	case f.lasts():
		time.AfterFunc(f.For/2, func() { in.nudge(o) })
		time.AfterFunc(f.For, func() { in.end(o) })
	default:
		time.AfterFunc(nudgeAfter, func() { in.nudge(o) })
		time.AfterFunc(voidAfter, func() { in.end(o) })
	}
	return nil
}

// lasts tells whether a fault strikes all there is while its time runs;
// others strike once.
func (f Fault) lasts() bool {
	switch f.Kind {
	case PanicBefore, PanicAfter, Reorder, StoreHangs:
		return false
	}
	return f.For > 0
}

// match is what an injector asks the orders when something happens that may
// be struck.
type match func(*order) bool

func ofKind(kinds ...Kind) match {
	return func(o *order) bool { return slices.Contains(kinds, o.Kind) }
}

// struck finds the first order that strikes what happens now, counts for
// those that would, and tells of its beginning. What is a type, never a value.
func (in *Injectors) struck(fits match, what any) (Fault, bool) {
	in.mu.Lock()
	i := slices.IndexFunc(in.orders, func(o *order) bool {
		if !fits(o) {
			return false
		}
		o.seen++
		return o.seen >= cmp.Or(o.Nth, 1)
	})
	if i < 0 {
		in.mu.Unlock()
		return Fault{}, false
	}
	o := in.orders[i]
	first := !o.begun
	o.begun = true
	if !o.lasts() {
		in.orders = slices.Delete(in.orders, i, i+1)
	}
	in.mu.Unlock()
	if first {
		in.told(Struck{ID: o.ID, What: typeOf(what)})
	}
	return o.Fault, true
}

func typeOf(what any) string {
	if name, ok := what.(string); ok {
		return name
	}
	return fmt.Sprintf("%T", what)
}

// end is called when a fault has lasted as long as it should, or has met
// nothing to strike.
func (in *Injectors) end(o *order) {
	in.mu.Lock()
	i := slices.Index(in.orders, o)
	o.over = true
	if i >= 0 {
		in.orders = slices.Delete(in.orders, i, i+1)
	}
	in.mu.Unlock()
	if i >= 0 {
		in.told(Struck{ID: o.ID, Over: true})
	}
}
