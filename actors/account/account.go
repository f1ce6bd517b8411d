// Package account is the actor through which people register and log in.
//
// Owns: the logins and registrations in flight, the workers that hash, and how
// often who has failed. A restart loses all of that: who waits is refused with
// ask.ErrUnknown, names that were reserved are released, failures are
// forgotten. Only a name that was just being reserved or stored stays taken
// until the registry is next loaded, as there may be an account. Accounts
// themselves are in storage (actors/records), names in the registry.
//
// Hashing costs 64 MiB and a core for a moment, so it is done by few workers,
// from a bounded queue, and for an unknown account as for a known one.
package account

import (
	"crypto/rand"
	"maps"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/crypto/argon2"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/gauge"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Config is what the actor is given. Zero values mean what their comment says.
type Config struct {
	Records  *actor.PID
	Registry *actor.PID

	WeakPasswords bool   // password_policy "none"; false: "strong"
	TestHash      bool   // password_hash "test": cheap and worth nothing
	Scram         bool   // keep verifiers for SCRAM-SHA-256 too
	Nobody        []byte // a secret that lasts: unknown accounts have the same salts always; nil: until the server restarts
	Closed        bool   // nobody may register
	Throttle      bool   // who fails to log in has to wait

	Operators []Operator

	MaxNameLength int           // bytes; 0: 32
	Workers       int           // hashes at once; 0: one for each core, as far as memory allows
	Queue         int           // commands in flight; 0: what the workers do in some ten seconds
	Deadline      time.Duration // of one command; 0: none

	Now func() time.Time // nil: time.Now
	Run supervise.Worker // nil: supervise.Go
}

// defaultWorkers is one for each core, as far as the memory limit of the
// process allows 64 MiB for each in half of it.
func defaultWorkers() int {
	workers := runtime.GOMAXPROCS(0)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		workers = min(workers, int(limit/2/int64(strongCost.Memory<<10)))
	}
	return max(1, workers)
}

// What may be in flight for each worker: a client waits no longer than some ten
// seconds, and whoever cannot be served by then is better told at once.
const (
	queuedStrong = 128
	queuedTest   = 4096
)

func (c Config) withDefaults() Config {
	if c.MaxNameLength == 0 {
		c.MaxNameLength = 32
	}
	if c.Workers == 0 {
		c.Workers = defaultWorkers()
	}
	if c.Queue == 0 {
		c.Queue = c.Workers * queuedStrong
		if c.TestHash {
			c.Queue = c.Workers * queuedTest
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Run == nil {
		c.Run = supervise.Go
	}
	return c
}

type account struct {
	cfg   Config
	hash  hasher
	rules *rules
	// slots has an element for each hash that is being made, by this
	// incarnation or an earlier one; a worker takes its own out.
	slots chan struct{}

	ref      uint64 // of the last job; the generation is in its upper half
	jobs     map[uint64]*job
	queue    []*job
	throttle throttle

	dialogues map[string]*dialogue // by id of who asks
	nobody    []byte               // what the salts of unknown accounts are made of
}

// New returns a producer; the limit of workers holds across restarts.
func New(cfg Config) actor.Producer { return newWith(cfg, argon2.IDKey) }

func newWith(cfg Config, derive derive) actor.Producer {
	cfg = cfg.withDefaults()
	hash := hasher{cost: strongCost, derive: derive}
	if cfg.TestHash {
		hash.cost = testCost
	}
	now := new(rules)
	now.renew(Renew{cfg.Operators, cfg.Closed, cfg.Scram}, hash)
	cfg.Operators = nil
	nobody := cfg.Nobody
	if nobody == nil {
		nobody = []byte(rand.Text())
	}
	slots := make(chan struct{}, cfg.Workers)
	generation := uint64(0)
	return func() actor.Actor {
		generation++
		hash.rounds = now.rounds(hash.cost)
		return &account{
			cfg:       cfg,
			hash:      hash,
			rules:     now,
			slots:     slots,
			ref:       generation << 32,
			jobs:      make(map[uint64]*job),
			throttle:  newThrottle(cfg.Throttle, cfg.Now),
			dialogues: make(map[string]*dialogue),
			nobody:    nobody,
		}
	}
}

func (a *account) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Login:
		a.login(ctx, m)
	case Register:
		a.register(ctx, m)
	case Change:
		a.change(ctx, m)
	case Operate:
		a.operate(ctx, m)
	case Renew:
		a.renew(m)
	case Challenge:
		a.challenge(ctx, m)
	case Prove:
		a.prove(ctx, m)
	case gauge.Ask:
		a.measure(ctx, m)
	case *actor.Restarting:
		a.leave(ctx, ask.ErrUnknown)
	case *actor.Stopping:
		a.leave(ctx, ask.ErrStopping)
	default:
		a.certified(ctx)
	}
}

// certified has to do with certificates.
func (a *account) certified(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case LoginCertificate:
		a.enter(ctx, m)
	case Named:
		a.named(ctx, m)
	case Bind:
		a.bind(ctx, m)
	case Unbind:
		a.unbind(ctx, m)
	case WhichCertificates:
		a.certificates(ctx, m)
	case Annotate:
		a.annotate(ctx, m)
	case records.Updated:
		a.updated(ctx, m)
	default:
		a.answered(ctx)
	}
}

// answered is what other parts answer to jobs.
func (a *account) answered(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case Reserved:
		a.reserved(ctx, m)
	case records.Found:
		a.found(ctx, m)
	case records.Created:
		a.created(ctx, m)
	case ask.Refused:
		a.refused(ctx, m)
	case hashed:
		a.hashed(ctx, m)
	case expired:
		a.expired(ctx, m)
	default:
		supervise.Stray(ctx)
	}
}

// leave refuses what is waiting.
func (a *account) leave(ctx actor.Context, reason error) {
	for _, ref := range slices.Sorted(maps.Keys(a.jobs)) {
		j := a.jobs[ref]
		switch j.stage {
		case storing, settling, updating: // there may be an account, or a change of it
			a.refuse(ctx, j, ask.ErrUnknown)
		default:
			a.release(ctx, j)
			a.unbound(ctx, j, reason)
		}
	}
}
