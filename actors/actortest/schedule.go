package actortest

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Schedule runs actors one message at a time on the goroutine that calls Run,
// in an order drawn from a seed: the same seed replays the same history. The
// children of an actor on the schedule are on it too.
//
// Messages of one mailbox stay in order, system messages first, as they do in
// a server. Actors that want a timer get none: give them a delay of 0, and
// supervise.Backoff a Base of 0.
type Schedule struct {
	rng     *rand.Rand
	mu      sync.Mutex // a stray timer may send from outside
	ready   []func()
	placed  map[*actor.Props]bool
	onSpawn []actor.PropsOption
}

// NewSchedule returns an empty schedule. The options are added to every Props
// that is placed on it, children included: faults, mostly.
func NewSchedule(seed uint64, everywhere ...actor.PropsOption) *Schedule {
	return &Schedule{
		rng:     rand.New(rand.NewPCG(seed, 0)),
		placed:  make(map[*actor.Props]bool),
		onSpawn: everywhere,
	}
}

// Rand is the source that the order is drawn from, for what else a test wants
// to vary with the seed.
func (s *Schedule) Rand() *rand.Rand { return s.rng }

// Props makes an actor for the schedule, guarded as supervise.Props does.
func (s *Schedule) Props(producer actor.Producer, opts ...actor.PropsOption) *actor.Props {
	return s.Place(supervise.Props(producer, opts...))
}

// Place returns a copy of Props for the schedule.
func (s *Schedule) Place(props *actor.Props) *actor.Props {
	if s.placed[props] {
		return props
	}
	placed := props.Clone(
		actor.WithDispatcher(s),
		actor.WithMailbox(supervise.Answering(func() actor.Mailbox { return &mailbox{} })),
		actor.WithSpawnMiddleware(s.placeChild))
	placed.Configure(s.onSpawn...)
	s.placed[placed] = true
	return placed
}

func (s *Schedule) placeChild(next actor.SpawnFunc) actor.SpawnFunc {
	return func(sys *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(sys, id, s.Place(props), parent)
	}
}

// Spawn places an actor and starts it below the root. The strategy supervises
// it as its parent would.
func (s *Schedule) Spawn(sys *actor.ActorSystem, strategy actor.SupervisorStrategy, props *actor.Props) *actor.PID {
	return sys.Root.Spawn(s.Place(props).Clone(actor.WithGuardian(strategy)))
}

// Probe spawns a probe on the schedule.
func (s *Schedule) Probe(sys *actor.ActorSystem) (*Probe, *actor.PID) {
	p := &Probe{}
	return p, sys.Root.Spawn(s.Props(func() actor.Actor { return p }))
}

// Worker is a supervise.Worker: the work is one turn on the schedule.
func (s *Schedule) Worker(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(err error) any) {
	s.Schedule(func() { supervise.Work(sys, self, work, failed) })
}

// runaway is far more than any test needs, and far less than for ever.
const runaway = 1 << 22

// Run takes turns until no actor has work and returns their number.
func (s *Schedule) Run() (turns int) {
	for s.Turn() {
		if turns++; turns > runaway {
			panic(fmt.Sprintf("actortest: still busy after %d turns", turns))
		}
	}
	return turns
}

// Turn takes one turn, if any actor has work.
func (s *Schedule) Turn() bool {
	step := s.draw()
	if step == nil {
		return false
	}
	step()
	return true
}

func (s *Schedule) draw() func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return nil
	}
	i, last := s.rng.IntN(len(s.ready)), len(s.ready)-1
	step := s.ready[i]
	s.ready[i], s.ready[last] = s.ready[last], nil
	s.ready = s.ready[:last]
	return step
}

// Schedule makes it an actor.Dispatcher.
func (s *Schedule) Schedule(step func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = append(s.ready, step)
}

// Throughput makes it an actor.Dispatcher.
func (s *Schedule) Throughput() int { return 1 }

// mailbox asks the dispatcher for one turn per message.
type mailbox struct {
	invoker    actor.MessageInvoker
	dispatcher actor.Dispatcher
	mu         sync.Mutex
	sys, user  []any
	suspended  bool
}

func (b *mailbox) RegisterHandlers(i actor.MessageInvoker, d actor.Dispatcher) {
	b.invoker, b.dispatcher = i, d
}

func (b *mailbox) Start() {}

func (b *mailbox) UserMessageCount() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.user)
}

func (b *mailbox) PostUserMessage(m any)   { b.post(&b.user, m) }
func (b *mailbox) PostSystemMessage(m any) { b.post(&b.sys, m) }

func (b *mailbox) post(queue *[]any, m any) {
	b.mu.Lock()
	*queue = append(*queue, m)
	b.mu.Unlock()
	b.dispatcher.Schedule(b.turn)
}

// next takes a message and the way to invoke it; nil when there is none.
func (b *mailbox) next() (m any, invoke func(any)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case len(b.sys) > 0:
		m, b.sys = b.sys[0], b.sys[1:]
		return m, b.system
	case len(b.user) > 0 && !b.suspended:
		m, b.user = b.user[0], b.user[1:]
		return m, b.invoker.InvokeUserMessage
	}
	return nil, nil
}

func (b *mailbox) turn() {
	m, invoke := b.next()
	if invoke == nil {
		return
	}
	defer func() {
		if reason := recover(); reason != nil {
			b.invoker.EscalateFailure(reason, m)
		}
	}()
	invoke(m)
}

func (b *mailbox) system(m any) {
	switch m.(type) {
	case *actor.SuspendMailbox:
		b.suspend(true)
	case *actor.ResumeMailbox:
		// The turns of its queue may have passed while it was suspended.
		for range b.suspend(false) {
			b.dispatcher.Schedule(b.turn)
		}
	default:
		b.invoker.InvokeSystemMessage(m)
	}
}

func (b *mailbox) suspend(suspended bool) (queued int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.suspended = suspended
	return len(b.user)
}
