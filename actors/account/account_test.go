package account

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/crypto/argon2"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

const good = Secret("Zq8#vLw2!xTe")

// store stands for storage: it keeps accounts in a map, or answers fault.
type store struct {
	accounts map[string]records.Account
	fault    error // instead of doing what Create or Find says
	silent   bool
	updates  int
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
		s.accounts[m.Account.Key] = m.Account
	default:
		supervise.Stray(ctx)
	}
}

func (s *store) create(a records.Account) error {
	if _, ok := s.accounts[a.Key]; ok {
		return records.ErrExists
	}
	if s.fault == nil {
		s.accounts[a.Key] = a
	}
	return nil
}

func (s *store) answer(ctx actor.Context, t ask.Ticket, answer any) {
	switch {
	case s.silent:
	case s.fault != nil:
		ask.Refuse(ctx, t, s.fault)
	default:
		ask.Reply(ctx, t, answer)
	}
}

// desk stands for the registry: who holds which name.
type desk struct {
	held   map[string]uint64
	silent bool
}

func (d *desk) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Reserve:
		if _, taken := d.held[m.Key]; taken {
			ask.Refuse(ctx, m.Ticket, ErrExists)
			return
		}
		d.held[m.Key] = m.Ref
		if !d.silent {
			ask.Reply(ctx, m.Ticket, Reserved{Ref: m.Ref})
		}
	case Release:
		if d.held[m.Key] == m.Ref {
			delete(d.held, m.Key)
		}
	default:
		supervise.Stray(ctx)
	}
}

// world is an account actor between a store and a desk.
type world struct {
	sys     *actor.ActorSystem
	store   *store
	desk    *desk
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
		desk:  &desk{held: map[string]uint64{}},
		probe: &actortest.Probe{},
	}
	cfg.Records = spawn(func() actor.Actor { return w.store })
	cfg.Registry = spawn(func() actor.Actor { return w.desk })
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

func TestWhoRegistersCanLogIn(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("Ann", good)
	s.Run()
	for _, name := range []string{"Ann", "ann", "ＡＮＮ"} {
		w.login(name, good)
	}
	w.login("ann", good+"x")
	w.login("bob", good)
	s.Run()
	want := map[uint64]any{
		1: Registered{Ref: 1, Account: "Ann", Key: "ann"},
		2: LoggedIn{Ref: 2, Account: "Ann", Key: "ann"},
		3: LoggedIn{Ref: 3, Account: "Ann", Key: "ann"},
		4: LoggedIn{Ref: 4, Account: "Ann", Key: "ann"},
		5: ErrDenied,
		6: ErrDenied,
	}
	if got := w.answers(t); !maps.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	stored := w.store.accounts["ann"]
	if strings.Contains(string(stored.Password), string(good)) || !strings.HasPrefix(string(stored.Password), "$argon2id$") {
		t.Error("the password is not hashed")
	}
	if !maps.Equal(w.desk.held, map[string]uint64{"ann": 1<<32 + 1}) {
		t.Errorf("held names: %v", w.desk.held)
	}
}

func TestRegistrationIsRefusedForAReason(t *testing.T) {
	long := Secret(strings.Repeat("lorem ipsum dolor sit amet, ", 30))
	for _, test := range []struct {
		name     string
		cfg      Config
		account  string
		password Secret
		want     error
	}{
		{"closed", Config{Closed: true}, "ann", good, ErrClosed},
		{"name", Config{}, "a*", good, names.ErrForbidden},
		{"name is bad", Config{}, "a*", good, ErrBadName},
		{"reserved", Config{}, "NickServ", good, names.ErrReserved},
		{"too long", Config{MaxNameLength: 5}, "annabel", good, names.ErrTooLong},
		{"taken", Config{}, "Taken", good, ErrExists},
		{"stored", Config{}, "stored", good, ErrExists},
		{"long password", Config{}, "ann", long + long, ErrLongPassword},
		{"a password of 592 bytes", Config{}, "ann", long[:592], nil},
		{"any password", Config{WeakPasswords: true}, "ann", "x", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, s := scheduled(t, actortest.System(t), 1, test.cfg)
			w.desk.held["taken"] = 0
			w.store.accounts["stored"] = records.Account{Key: "stored"}
			w.register(test.account, test.password)
			s.Run()
			err, _ := w.allAnswered(t)[1].(error)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
	for _, password := range []Secret{"", "short", "password123", "annabelle"} {
		w, s := scheduled(t, actortest.System(t), 1, Config{})
		w.register("Annabelle", password)
		s.Run()
		var weak *Weak
		err, _ := w.allAnswered(t)[1].(error)
		if !errors.As(err, &weak) {
			t.Errorf("%q: got %v", password.Reveal(), err)
		}
		if len(w.desk.held) != 0 || len(w.store.accounts) != 0 {
			t.Errorf("%q: left %v, %v", password.Reveal(), w.desk.held, w.store.accounts)
		}
	}
}

// TestAttack30UnknownAccountCostsTheSame: the reply and the work done do not
// tell whether an account exists.
func TestAttack30UnknownAccountCostsTheSame(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("ann", good)
	s.Run()
	before := w.hashes
	for _, name := range []string{"ann", "nobody"} {
		w.login(name, "wrong-password")
		s.Run()
		if w.hashes != before+1 {
			t.Errorf("%s: %d hashes, want 1", name, w.hashes-before)
		}
		before = w.hashes
	}
	got := w.allAnswered(t)
	if got[2] != ErrDenied || got[3] != ErrDenied {
		t.Errorf("got %v and %v", got[2], got[3])
	}
	for _, cost := range []cost{strongCost, testCost} {
		var asked []string
		h := hasher{cost, func(_, salt []byte, time, memory uint32, threads uint8, size uint32) []byte {
			asked = append(asked, fmt.Sprint(len(salt), time, memory, threads, size))
			return make([]byte, size)
		}}
		_, _, _ = h.verify(h.hash("known"), "wrong")
		h.pretend("wrong")
		if len(asked) != 3 || asked[1] != asked[2] {
			t.Errorf("known and unknown take %v", asked[1:])
		}
		if ok, _, _ := h.verify(h.hash(""), ""); !ok {
			t.Error("the hash does not verify")
		}
	}
}

// TestAttack31HugePasswordIsNotHashed, nor is an empty one.
func TestAttack31HugePasswordIsNotHashed(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{WeakPasswords: true})
	w.register("ann", good)
	s.Run()
	before := w.hashes
	huge := Secret(strings.Repeat("x", 1<<20))
	for _, password := range []Secret{huge, huge[:MaxPassword+1], ""} {
		w.login("ann", password)
		w.register("bob", password)
	}
	s.Run()
	if w.hashes != before {
		t.Errorf("%d hashes", w.hashes-before)
	}
	w.login("ann", huge[:MaxPassword])
	s.Run()
	got := w.allAnswered(t)
	if got[2] != ErrDenied || got[3] != ErrLongPassword || got[6] != ErrDenied || w.hashes != before+1 {
		t.Errorf("got %v after %d hashes", got, w.hashes-before)
	}
}

// TestAttack44OneOfTwoRegistrationsWins, in whatever order things happen, and
// twins of a name are one name.
func TestAttack44OneOfTwoRegistrationsWins(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(300) {
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 2})
		for _, name := range []string{"Ann", "ann", "ＡＮＮ", "aNN"} {
			w.register(name, Secret("password of "+name))
		}
		s.Run()
		var winner Registered
		for _, answer := range w.allAnswered(t) {
			switch answer := answer.(type) {
			case Registered:
				if winner.Ref != 0 {
					t.Errorf("seed %d: %v and %v won", seed, winner, answer)
				}
				winner = answer
			default:
				if answer != ErrExists {
					t.Errorf("seed %d: got %v", seed, answer)
				}
			}
		}
		if winner.Ref == 0 {
			t.Fatalf("seed %d: nobody won", seed)
		}
		w.login("ann", Secret("password of "+winner.Account))
		s.Run()
		if got, ok := w.answers(t)[5].(LoggedIn); !ok || got.Account != winner.Account {
			t.Errorf("seed %d: %v won, but login gives %v", seed, winner, got)
		}
	}
}

// TestEveryCommandIsAnsweredWhateverFails: the actor panics at random, storage
// refuses or is damaged; every command has one answer, no name stays reserved
// without an account, and the workers go on.
func TestEveryCommandIsAnsweredWhateverFails(t *testing.T) {
	sys := actortest.System(t)
	faults := []error{nil, ask.ErrUnavailable, ask.ErrUnknown, ask.ErrBusy}
	for seed := range uint64(200) {
		nth := int(seed % 40)
		crash := actortest.PanicOn(func(m any) bool { return !actortest.Is[error](m) }, nth, actortest.Before)
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 1}, crash)
		w.store.accounts["old"] = records.Account{Key: "old", Name: "Old", Password: "damaged"}
		w.store.fault = faults[seed%4]
		for i := range 4 {
			w.register(fmt.Sprint("user", i), good)
			w.login(fmt.Sprint("user", i), good)
			w.login("old", good)
		}
		s.Run()
		w.allAnswered(t)
		w.store.fault = nil
		w.register("late", good)
		s.Run()
		w.login("late", good)
		s.Run()
		got := w.allAnswered(t)
		if _, ok := got[w.ref].(LoggedIn); !ok && nth < 30 {
			t.Errorf("seed %d: afterwards got %v", seed, got[w.ref])
		}
	}
}

func TestNameIsReleasedWhenNothingWasStored(t *testing.T) {
	for _, test := range []struct {
		fault error
		want  error
	}{
		{ask.ErrUnavailable, ask.ErrUnavailable},
		{ask.ErrBusy, ask.ErrBusy},
		{errors.New("disk on fire"), ask.ErrUnavailable},
	} {
		w, s := scheduled(t, actortest.System(t), 1, Config{})
		w.store.fault = test.fault
		w.register("ann", good)
		s.Run()
		if err, _ := w.allAnswered(t)[1].(error); !errors.Is(err, test.want) || len(w.desk.held) != 0 {
			t.Errorf("%v: got %v, held %v", test.fault, err, w.desk.held)
		}
	}
}

// TestUnknownOutcomeIsSettled: the asker is told at once, the name is kept if
// there is an account and given back if there is none.
func TestUnknownOutcomeIsSettled(t *testing.T) {
	for _, stored := range []bool{true, false} {
		w, s := scheduled(t, actortest.System(t), 1, Config{})
		w.store.fault = ask.ErrUnknown
		w.register("ann", good)
		for w.store.fault != nil && s.Turn() {
			if len(w.probe.Got) > 0 {
				w.store.fault = nil
				if stored {
					w.store.accounts["ann"] = records.Account{Key: "ann"}
				}
			}
		}
		s.Run()
		if got := w.allAnswered(t)[1]; got != ask.ErrUnknown {
			t.Errorf("got %v", got)
		}
		if _, held := w.desk.held["ann"]; held != stored && w.store.fault == nil {
			t.Errorf("stored %v, name held %v", stored, held)
		}
	}
}

func TestSuspendedIsToldOnlyWithThePassword(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("ann", good)
	s.Run()
	a := w.store.accounts["ann"]
	a.Suspended = true
	w.store.accounts["ann"] = a
	w.login("ann", good)
	w.login("ann", good+"x")
	s.Run()
	if got := w.allAnswered(t); got[2] != ErrSuspended || got[3] != ErrDenied {
		t.Errorf("got %v", got)
	}
}

func TestOutdatedHashIsReplacedAtLogin(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	cheap := hasher{cost{Memory: 8, Time: 1, Threads: 1}, w.derive}
	w.store.accounts["ann"] = records.Account{Key: "ann", Name: "Ann", Password: cheap.hash(good)}
	w.login("ann", good+"x")
	s.Run()
	if w.store.updates != 0 {
		t.Fatal("replaced after a wrong password")
	}
	w.login("ann", good)
	s.Run()
	w.login("ann", good)
	s.Run()
	if _, ok := w.allAnswered(t)[3].(LoggedIn); !ok || w.store.updates != 1 {
		t.Errorf("got %v after %d updates", w.answers(t), w.store.updates)
	}
	if h, err := parsePHC(w.store.accounts["ann"].Password); err != nil || h.cost != testCost {
		t.Errorf("stored %+v, %v", h.cost, err)
	}
}

func TestQueueIsBounded(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{Queue: 5})
	for range 20 {
		w.login("ann", good)
	}
	s.Run()
	busy := 0
	for _, answer := range w.allAnswered(t) {
		if answer == ask.ErrBusy {
			busy++
		}
	}
	if busy == 0 || w.hashes != 20-busy {
		t.Errorf("%d were told busy, %d were hashed", busy, w.hashes)
	}
}

func TestThrottledLoginIsNotHashed(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w, s := scheduled(t, actortest.System(t), 1, Config{Throttle: true, Now: func() time.Time { return now }})
	w.register("ann", good)
	s.Run()
	for range 4 {
		w.login("ann", "wrong-password")
		s.Run()
	}
	before := w.hashes
	w.login("ann", good)
	w.sys.Root.Send(w.account, Login{Ticket: w.ticket(), Name: "ann", Password: good, Remote: "10.0.0.2"})
	s.Run()
	now = now.Add(time.Minute)
	w.login("ann", good)
	s.Run()
	got := w.allAnswered(t)
	err, _ := got[5].(error)
	var wait *Throttled
	if !errors.Is(err, ErrThrottled) || !errors.As(err, &wait) || wait.After != time.Second {
		t.Errorf("the fourth failure: got %v", err)
	}
	if err, _ := got[6].(error); !errors.Is(err, ErrThrottled) {
		t.Errorf("the right password, too soon: got %v", err)
	}
	if _, ok := got[7].(LoggedIn); !ok {
		t.Errorf("the owner, elsewhere: got %v", got[7])
	}
	if _, ok := got[8].(LoggedIn); !ok || w.hashes != before+2 {
		t.Errorf("the right password, later: got %v after %d hashes", got[8], w.hashes-before)
	}
}

// TestStopAnswersWhoWaits, and gives their names back.
func TestStopAnswersWhoWaits(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(100) {
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 1})
		for i := range 4 {
			w.register(fmt.Sprint("user", i), good)
			w.login("ann", good)
		}
		for range seed / 2 {
			s.Turn()
		}
		w.sys.Root.Poison(w.account)
		s.Run()
		w.allAnswered(t)
		for key := range w.desk.held {
			if _, stored := w.store.accounts[key]; !stored {
				t.Errorf("seed %d: %s is held, but there is no such account", seed, key)
			}
		}
	}
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

// TestDeadlineEndsWaiting: with two workers, a hash a second and five seconds
// of patience, eight or so logins of twenty are done; nobody waits longer, and
// what has expired is not hashed.
func TestDeadlineEndsWaiting(t *testing.T) {
	bubble(t, Config{Workers: 2, Deadline: 5 * time.Second}, func(w *world) {
		for range 20 {
			w.login("ann", good)
		}
		time.Sleep(6 * time.Second)
		synctest.Wait()
		done, busy := 0, 0
		for _, answer := range w.allAnswered(t) {
			switch answer {
			case ErrDenied:
				done++
			case ask.ErrBusy:
				busy++
			}
		}
		if done < 8 || done > 10 || done+busy != 20 || w.hashes != done {
			t.Errorf("%d done, %d busy, %d hashes", done, busy, w.hashes)
		}
	})
}

func TestDeadlineEndsWaitingForAnotherPart(t *testing.T) {
	for name, test := range map[string]struct {
		silence func(w *world)
		want    []error // login, registration
	}{
		"storage":  {func(w *world) { w.store.silent = true }, []error{ask.ErrUnavailable, ask.ErrUnknown}},
		"registry": {func(w *world) { w.desk.silent = true }, []error{ErrDenied, ask.ErrUnavailable}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Config{Workers: 2, Deadline: 5 * time.Second}, func(w *world) {
				test.silence(w)
				w.login("ann", good)
				w.register("bob", good)
				time.Sleep(time.Minute)
				synctest.Wait()
				got := w.allAnswered(t)
				for i, want := range test.want {
					if err, _ := got[uint64(i+1)].(error); !errors.Is(err, want) {
						t.Errorf("%d: got %v, want %v", i+1, err, want)
					}
				}
				if name == "registry" && len(w.desk.held) != 0 {
					t.Errorf("held %v", w.desk.held)
				}
			})
		})
	}
}

// TestRestartAnswersOnceAndKeepsTheLimit: those in flight are refused, workers
// that go on belong to nobody, but count.
func TestRestartAnswersOnceAndKeepsTheLimit(t *testing.T) {
	bubble(t, Config{Workers: 2}, func(w *world) {
		for range 6 {
			w.login("ann", good)
		}
		synctest.Wait()
		process, _ := w.sys.ProcessRegistry.GetLocal(w.account.Id)
		process.SendSystemMessage(w.account, &actor.Restart{})
		for range 6 {
			w.login("bob", good)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		got := w.allAnswered(t)
		var reasons []error
		for _, ref := range slices.Sorted(maps.Keys(got)) {
			reasons = append(reasons, got[ref].(error))
		}
		want := slices.Concat(slices.Repeat([]error{ask.ErrUnknown}, 6), slices.Repeat([]error{ErrDenied}, 6))
		if !slices.Equal(reasons, want) {
			t.Errorf("got %v", reasons)
		}
	})
}

// TestWorkerThatPanicsIsAnswered, and its place is taken by the next.
func TestWorkerThatPanicsIsAnswered(t *testing.T) {
	sys := actortest.System(t)
	s := actortest.NewSchedule(1)
	broken := true
	spawn := func(p actor.Producer, opts ...actor.PropsOption) *actor.PID {
		return sys.Root.Spawn(s.Props(p, opts...))
	}
	probe := &actortest.Probe{}
	me := spawn(func() actor.Actor { return probe })
	cfg := Config{
		Records: spawn(func() actor.Actor { return &store{accounts: map[string]records.Account{}} }),
		Workers: 1, TestHash: true, Run: s.Worker,
	}
	pid := spawn(newWith(cfg, func(_, _ []byte, _, _ uint32, _ uint8, size uint32) []byte {
		if broken {
			panic(actortest.Injected{})
		}
		return make([]byte, size)
	}))
	sys.Root.Send(pid, Login{Ticket: ask.Ticket{ReplyTo: me, Ref: 1}, Name: "ann", Password: good})
	s.Run()
	broken = false
	sys.Root.Send(pid, Login{Ticket: ask.Ticket{ReplyTo: me, Ref: 2}, Name: "ann", Password: good})
	s.Run()
	got := actortest.Of[ask.Refused](probe)
	if len(got) != 2 || !errors.Is(got[0].Reason, ask.ErrUnavailable) || got[1].Reason != ErrDenied {
		t.Errorf("got %v", got)
	}
}
