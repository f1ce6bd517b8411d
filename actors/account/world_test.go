package account

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/crypto/argon2"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

const good = Secret("Zq8#vLw2!xTe")

// store stands for storage: it keeps accounts in a map, or answers fault.
type store struct {
	accounts  map[string]records.Account
	fault     error // the answer, instead of doing what was asked
	once      bool  // only the first time
	durable   bool  // Create is done all the same
	silent    bool
	updates   int
	conflicts int // updates that meet another
}

func (s *store) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case records.Find:
		a, ok := s.accounts[m.Key]
		var err error
		if !ok {
			err = records.ErrNoAccount
		}
		s.answer(ctx, m.Ticket, records.Found{Ref: m.Ref, Account: a, Err: err})
	case records.Create:
		err := s.create(m.Account)
		s.answer(ctx, m.Ticket, records.Created{Ref: m.Ref, Account: m.Account, Err: err})
	case records.Update:
		s.updates++
		s.answer(ctx, m.Ticket, s.update(m))
	default:
		supervise.Stray(ctx)
	}
}

func (s *store) update(m records.Update) records.Updated {
	if s.conflicts > 0 {
		s.conflicts--
		return records.Updated{Ref: m.Ref, Err: records.ErrConflict}
	}
	if s.fault == nil {
		s.accounts[m.Account.Key] = m.Account
	}
	return records.Updated{Ref: m.Ref, Account: m.Account}
}

func (s *store) create(a records.Account) error {
	if _, ok := s.accounts[a.Key]; ok {
		return records.ErrExists
	}
	if s.fault == nil || s.durable {
		s.accounts[a.Key] = a
	}
	return nil
}

func (s *store) answer(ctx actor.Context, t ask.Ticket, answer any) {
	switch {
	case s.silent:
	case s.fault != nil:
		ask.Refuse(ctx, t, s.fault)
		if s.once {
			s.fault = nil
		}
	default:
		ask.Reply(ctx, t, answer)
	}
}

// desk stands for the registry: who holds which name.
type desk struct {
	held   map[string]uint64
	certs  map[string]string
	by     *actor.PID // who asked last
	silent bool       // until it is told to speak
	late   []Reserve
}

type speak struct{}

func (d *desk) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Reserve:
		d.by = m.By
		if _, taken := d.held[m.Key]; taken {
			ask.Refuse(ctx, m.Ticket, ErrExists)
			return
		}
		d.held[m.Key] = m.Ref
		if d.silent {
			d.late = append(d.late, m)
			return
		}
		ask.Reply(ctx, m.Ticket, Reserved{Ref: m.Ref})
	case speak:
		for _, m := range d.late {
			ask.Reply(ctx, m.Ticket, Reserved{Ref: m.Ref})
		}
	case Claim:
		if key := d.certs[m.Fingerprint]; key != "" && key != m.Key {
			ask.Refuse(ctx, m.Ticket, ErrCertificateTaken)
			return
		}
		d.certs[m.Fingerprint] = m.Key
		ask.Reply(ctx, m.Ticket, Named{Ref: m.Ref, Key: m.Key})
	case Disclaim:
		delete(d.certs, m.Fingerprint)
	case Whose:
		if d.certs[m.Fingerprint] == "" {
			ask.Refuse(ctx, m.Ticket, ErrDenied)
			return
		}
		ask.Reply(ctx, m.Ticket, Named{Ref: m.Ref, Key: d.certs[m.Fingerprint]})
	case Release:
		delete(d.held, m.Key)
	case Made:
		// It has the name already.
	default:
		supervise.Stray(ctx)
	}
}

// world is an account actor between a store and a desk.
type world struct {
	sys     *actor.ActorSystem
	store   *store
	desk    *desk
	deskPID *actor.PID
	account *actor.PID
	probe   *actortest.Probe
	me      *actor.PID
	ref     uint64
	mu      sync.Mutex
	hashes  int // made, by whatever worker
}

// derive counts hashes; the schedule may run it on any goroutine.
func (w *world) derive(password, salt []byte, time, memory uint32, threads uint8, size uint32) []byte {
	w.mu.Lock()
	w.hashes++
	w.mu.Unlock()
	return argon2.IDKey(password, salt, 1, 8, 1, size)
}

// build puts the actors where spawn says.
func build(sys *actor.ActorSystem, cfg Config, spawn func(actor.Producer, ...actor.PropsOption) *actor.PID, opts ...actor.PropsOption) *world {
	w := &world{
		sys:   sys,
		store: &store{accounts: map[string]records.Account{}},
		desk:  &desk{held: map[string]uint64{}, certs: map[string]string{}},
		probe: &actortest.Probe{},
	}
	cfg.Records = spawn(func() actor.Actor { return w.store })
	w.deskPID = spawn(func() actor.Actor { return w.desk })
	cfg.Registry = w.deskPID
	w.me = spawn(func() actor.Actor { return w.probe })
	cfg.TestHash = true
	w.account = spawn(newWith(cfg, w.derive), append(opts, actor.WithGuardian(&supervise.Backoff{Limit: 100}))...)
	return w
}

// scheduled builds the world on a schedule, workers included.
func scheduled(t *testing.T, sys *actor.ActorSystem, seed uint64, cfg Config, opts ...actor.PropsOption) (*world, *actortest.Schedule) {
	t.Helper()
	s := actortest.NewSchedule(seed)
	cfg.Run = s.Worker
	return build(sys, cfg, func(p actor.Producer, opts ...actor.PropsOption) *actor.PID {
		return sys.Root.Spawn(s.Props(p, opts...))
	}, opts...), s
}

func (w *world) ticket() ask.Ticket {
	w.ref++
	return ask.Ticket{ReplyTo: w.me, Ref: w.ref}
}

func (w *world) login(name string, password Secret) {
	w.sys.Root.Send(w.account, Login{Ticket: w.ticket(), Name: name, Password: password, Remote: "10.0.0.1"})
}

func (w *world) register(name string, password Secret) {
	w.sys.Root.Send(w.account, Register{Ticket: w.ticket(), Name: name, Password: password})
}

// answers returns what came back by reference, and fails on a second answer.
func (w *world) answers(t *testing.T) map[uint64]any {
	t.Helper()
	got := map[uint64]any{}
	note := func(ref uint64, answer any) {
		if first, twice := got[ref]; twice {
			t.Errorf("%d is answered %+v and %+v", ref, first, answer)
		}
		got[ref] = answer
	}
	for _, m := range w.probe.Got {
		switch m := m.(type) {
		case LoggedIn:
			note(m.Ref, m)
		case Registered:
			note(m.Ref, m)
		case Operating:
			note(m.Ref, m)
		case ask.Refused:
			note(m.Ref, m.Reason)
		default:
			t.Errorf("got %T", m)
		}
	}
	return got
}

func (w *world) allAnswered(t *testing.T) map[uint64]any {
	t.Helper()
	got := w.answers(t)
	for ref := uint64(1); ref <= w.ref; ref++ {
		if got[ref] == nil {
			t.Errorf("%d is not answered", ref)
		}
	}
	return got
}

// bubble builds the world on real dispatchers in virtual time; a hash takes a
// second.
func bubble(t *testing.T, cfg Config, test func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		sys := actortest.System(t)
		running, most := 0, 0
		var mu sync.Mutex
		cfg.Run = func(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(error) any) {
			supervise.Go(sys, self, func() any {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				running--
				mu.Unlock()
				return work()
			}, failed)
		}
		w := build(sys, cfg, func(p actor.Producer, opts ...actor.PropsOption) *actor.PID {
			return sys.Root.Spawn(supervise.Props(p, opts...))
		})
		test(w)
		if most > cfg.Workers {
			t.Errorf("%d hashes at once, want at most %d", most, cfg.Workers)
		}
	})
}
