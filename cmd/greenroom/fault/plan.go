package fault

import (
	"cmp"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Plan is a list of faults in the order of time, a line each as a text.
type Plan []Fault

// String is the plan as people read it.
func (p Plan) String() string {
	var b strings.Builder
	for _, f := range p {
		b.WriteString(strconv.Itoa(f.ID) + "  " + f.String() + "\n")
	}
	return b.String()
}

// The end of a plan is quiet, so that everything can settle.
const (
	leadIn       = 500 * time.Millisecond
	leastQuiet   = 5 * time.Second
	complete     = time.Minute // so long a plan has every kind of fault
	leastRest    = 400 * time.Millisecond
	quietShare   = 0.15
	budgetOver   = time.Minute
	budget       = 5 // failures of one target in a minute; one more would be met with more than a restart
	serverBudget = 5
	roomBudget   = 4 // a room may fail by itself when nobody knows what became of a change of its state
	crashLoop    = 600 * time.Millisecond
	loopCosts    = 3 // failures of a loop of that length: restarts come after 100, 200 and 400 ms
	quarantine   = 5 * time.Second
	coolOff      = 80 * time.Second // until a room that was closed has its members again
	seldom       = 5 * time.Minute  // between two rooms that are closed
	together     = 6                // one fault in so many comes with the one before it
	connections  = 1000             // of which one is drawn, modulo those that there are
)

// NewPlan draws a plan for a run of that length, at least 10 s, from a seed. A
// plan of a minute has every kind of fault; then it begins again in another
// order. A shorter one has the beginning of it.
//
// What may follow from each kind, and is no fault of the server:
//
//	panic-*, crash-loop, by target
//	  room       what it was doing is answered UNKNOWN, and stored or not; what waited is refused; nobody is disconnected
//	  journal    what waited is refused, what was in commit is answered truly; nobody is disconnected
//	  records    joins, sign-ins and questions under way are refused or UNKNOWN
//	  storage    as journal and records
//	  registry   every connection is closed with ERROR; what was under way is unknown
//	  account    logins and registrations under way are refused
//	  user       what was asked of it is refused or UNKNOWN; nobody is disconnected
//	  conn       one connection ends without a word; what it had under way is unknown
//	  listener   nobody can connect for a moment
//	  net        every connection ends; what was under way is unknown
//	  (a room's crash loop of 5 s, in plans of minutes only, closes it: its
//	  members are shown a KICK, posts are refused for a minute, and then they
//	  are back in it without a word of their own)
//	delay          answers come late
//	reorder        nothing
//	store-fails    what was to be stored is refused
//	store-hangs    answers come late, after 5 s as UNKNOWN, and what is UNKNOWN is stored later
//	store-unknown  answers come late; what the store still tells apart is answered truly, the rest UNKNOWN
//	disk-low       what was to be stored is refused
//	sync-fails     the same as store-unknown, and what came meanwhile is refused
//	accept-fails   nobody can connect meanwhile
//	clock-jumps    times jump forward and stand still rather than go back
//	kill           every connection ends; what was under way is unknown, and stored or not
//	terminate      every connection is closed with ERROR; what was under way is refused, answered, or unknown
//	reset, half-open, stall, trickle
//	               the connection that is drawn ends, or is cut when too much waits for it; no other
//
// Target is, besides actors: for a fault of a connection a number, to be taken
// modulo how many there are; for sync-fails what the disk keeps; for
// clock-jumps the direction.
func NewPlan(seed uint64, length time.Duration) []Fault {
	quiet := max(leastQuiet, time.Duration(quietShare*float64(length)))
	p := planner{rng: rand.New(rand.NewPCG(seed, 0)), end: length - quiet, failed: map[string][]time.Duration{}}
	at := leadIn
	for at < p.end {
		f := p.next(at)
		p.lure(f)
		rest := p.restAfter(f)
		if p.rng.IntN(together) == 0 && !f.Kind.endsServer() {
			second := p.next(f.At)
			p.lure(second)
			rest = max(rest, p.restAfter(second))
		}
		if length >= complete && p.decks == 1 && len(p.deck) > 0 {
			rest = min(rest, p.end-at-time.Duration(len(p.deck))*leastRest)
		}
		at += rest
	}
	return p.plan
}

func (k Kind) endsServer() bool { return k == Kill || k == Terminate }

// planner draws faults until the time is over.
type planner struct {
	rng    *rand.Rand
	end    time.Duration
	plan   []Fault
	deck   []Fault
	decks  int                        // that have been begun
	failed map[string][]time.Duration // when each target failed
	closed time.Duration              // when a room was closed last
}

// deck is what comes once in any order. Where there is no target one is drawn.
var deck = []Fault{
	{Kind: PanicBefore, Target: Room}, {Kind: PanicAfter, Target: Room},
	{Kind: PanicBefore, Target: Journal}, {Kind: PanicAfter, Target: Journal},
	{Kind: PanicBefore, Target: User}, {Kind: PanicAfter, Target: User},
	{Kind: PanicBefore, Target: Conn}, {Kind: PanicAfter, Target: Conn},
	{Kind: PanicBefore, Target: Records}, {Kind: PanicBefore, Target: Account},
	{Kind: PanicBefore, Target: Registry}, {Kind: PanicAfter, Target: Storage},
	{Kind: PanicAfter, Target: Listener}, {Kind: PanicBefore, Target: Net},
	{Kind: CrashLoop}, {Kind: Delay}, {Kind: Delay}, {Kind: Reorder, Target: Room}, {Kind: Reorder, Target: Room},
	{Kind: StoreFails}, {Kind: StoreHangs}, {Kind: StoreUnknown}, {Kind: StoreUnknown}, {Kind: DiskLow}, {Kind: SyncFails},
	{Kind: AcceptFails}, {Kind: ClockJumps}, {Kind: Kill}, {Kind: Terminate},
	{Kind: Reset}, {Kind: Reset}, {Kind: HalfOpen}, {Kind: Stall}, {Kind: Trickle},
}

// next adds the next fault of the deck to the plan.
func (p *planner) next(at time.Duration) Fault {
	if len(p.deck) == 0 {
		p.decks++
		p.deck = append(p.deck, deck...)
		p.rng.Shuffle(len(p.deck), func(i, j int) { p.deck[i], p.deck[j] = p.deck[j], p.deck[i] })
	}
	f := p.deck[0]
	p.deck = p.deck[1:]
	f.ID, f.At = len(p.plan)+1, at.Round(time.Millisecond)
	p.aim(&f)
	p.limit(&f)
	p.plan = append(p.plan, f)
	return f
}

// lure adds what makes those busy who otherwise have nothing to do while all
// are connected, so that the fault strikes at work: somebody who has to connect
// again, and for a listener an accept that fails.
func (p *planner) lure(f Fault) {
	switch {
	case f.Target == Listener:
		p.plan = append(p.plan, Fault{ID: f.ID + 1, At: f.At, Kind: AcceptFails, For: min(time.Second, p.end-f.At)})
	case f.Target != Account && f.Target != Net:
		return
	}
	id := len(p.plan) + 1
	p.plan = append(p.plan, Fault{ID: id, At: f.At, Kind: Reset, Target: strconv.Itoa(id)})
}

// aim draws what the deck leaves open.
func (p *planner) aim(f *Fault) {
	switch f.Kind {
	case PanicBefore, PanicAfter:
		f.Nth = 1 + p.rng.IntN(often(f.Target))
	case CrashLoop:
		f.Target, f.For = p.one(Room, Journal, User, Account, Records), crashLoop
	case Delay:
		f.Target, f.For = p.one(Room, Journal, Records, Registry, User, Conn), p.between(time.Second, 2*time.Second)
	case Reorder:
		f.Nth = 1 + p.rng.IntN(5)
	case StoreFails, StoreUnknown:
		f.For = p.between(200*time.Millisecond, time.Second)
	case StoreHangs:
		f.For = p.between(500*time.Millisecond, 7*time.Second)
	case DiskLow, AcceptFails:
		f.For = p.between(time.Second, 3*time.Second)
	case SyncFails:
		f.Target, f.For = p.one(Stored, Lost), p.between(500*time.Millisecond, 2*time.Second)
	case ClockJumps:
		f.Target, f.For = p.one(Forward, Back), p.between(2*time.Second, 5*time.Second)
	case Reset, HalfOpen, Stall:
		f.Target = p.number()
	case Trickle:
		f.Target, f.For = p.number(), p.between(2*time.Second, 5*time.Second)
	}
}

// often is up to which message a panic waits: few come to some.
func often(target string) int {
	switch target {
	case Room, Journal, Conn:
		return 20
	case User, Registry, Records:
		return 3
	}
	return 1
}

func (p *planner) one(of ...string) string { return of[p.rng.IntN(len(of))] }

func (p *planner) between(least, most time.Duration) time.Duration {
	return (least + time.Duration(p.rng.Int64N(int64(most-least)))).Round(10 * time.Millisecond)
}

// limit keeps the fault within its time, and its target within the failures
// that end in a restart. Beyond those a connection fails, which never is
// restarted.
func (p *planner) limit(f *Fault) {
	if f.For > 0 {
		f.For = max(10*time.Millisecond, min(f.For, p.end-f.At))
	}
	who, costs, most := f.Target, 0, budget
	switch {
	case f.Kind.endsServer():
		who, costs, most = "server", 1, serverBudget
	case f.Kind == PanicBefore, f.Kind == PanicAfter:
		costs = 1
	case f.Kind == CrashLoop && !p.closes(f):
		costs = loopCosts
	}
	switch {
	case who == Room:
		most = roomBudget
	case who == Conn:
		return
	}
	if p.lately(who, f.At)+costs <= most {
		for range costs {
			p.failed[who] = append(p.failed[who], f.At)
		}
		return
	}
	f.Target = Conn
	if f.Kind.endsServer() {
		*f = Fault{ID: f.ID, At: f.At, Kind: Reset, Target: p.number()}
	}
}

// lately counts the failures within a minute.
func (p *planner) lately(who string, now time.Duration) (n int) {
	for _, at := range p.failed[who] {
		if now-at < budgetOver {
			n++
		}
	}
	return n
}

func (p *planner) number() string { return strconv.Itoa(p.rng.IntN(connections)) }

// closes makes a crash loop of a room long enough to close it, where there is
// time for that: seldom.
func (p *planner) closes(f *Fault) bool {
	if f.Target != Room || f.At+quarantine+coolOff > p.end || p.closed > 0 && f.At-p.closed < seldom {
		return false
	}
	f.For, p.closed = quarantine, f.At
	return true
}

// restAfter is how long the next fault waits for this one: longer when
// everybody has to connect again.
func (p *planner) restAfter(f Fault) time.Duration {
	switch {
	case f.Kind.endsServer():
		return p.between(3*time.Second, 5*time.Second)
	case f.Target == Registry, f.Target == Net:
		return p.between(1500*time.Millisecond, 3*time.Second)
	}
	return p.between(200*time.Millisecond, cmp.Or(min(f.For, 2*time.Second), time.Second)+1200*time.Millisecond)
}
