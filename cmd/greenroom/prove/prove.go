// Package prove starts a server, has people talk on it while everything goes
// wrong that a plan of faults says, and tells whether the server has kept its
// promises: what was acknowledged is stored and was shown to all who were
// there, in one order; what was refused is nowhere; what was unknown can be
// sent again; nobody was cut but by a fault; and in the end all is as it was
// in the beginning.
//
// The clients write into a ledger what they send, are answered and see; the
// ledger finds at once what contradicts itself, and the rest when the load is
// over and the histories have been read.
package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

// Defaults of a Config.
const (
	DefaultFor    = time.Minute
	DefaultPeople = 32
	leastPeople   = 8
	leastFor      = 10 * time.Second // a plan of faults is no shorter
	secondDevice  = 8                // one in so many people has two devices
	conversations = 6
	peopleInFew   = 6
	progressEvery = 200 * time.Millisecond
)

// Config says what is to be proved. The zero value proves the program that
// runs for a minute with seed 0.
type Config struct {
	Seed   uint64
	For    time.Duration
	People int
	// Data is kept; it must be empty. Empty: a directory that is removed if
	// all goes well.
	Data string
	// Command starts a server that speaks the words of package fault; --data
	// and a directory are added to it. Nil: this program's.
	Command []string
	// Plan is carried out instead of that of the seed.
	Plan []fault.Fault
	// Between is given where the server is, and tells where the clients find
	// it. Nil: there.
	Between func(fault.Ready) (fault.Ready, error)
	// Show is told now and then how far it is. Nil: nobody is.
	Show func(Progress)
}

// ErrUsage is a Config that cannot be.
var ErrUsage = errors.New("cannot be proved so")

// Progress is how far a run is.
type Progress struct {
	Phase           string
	Elapsed, For    time.Duration // of the load
	Posted, Acked   int
	Struck, Planned int
	Broken          bool
}

// Run makes one run. The report is there unless the run could not even begin.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	t, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	defer t.server.log.Close()
	watch, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for t.tell(); pause(watch, progressEvery); t.tell() {
		}
	}()
	err = t.run(ctx)
	stop()
	<-watched
	t.server.close()
	r := t.report(err)
	if !r.Held || cfg.Data != "" {
		r.Data = t.dir
		return r, nil
	}
	return r, os.RemoveAll(t.dir)
}

func (cfg Config) complete() (Config, error) {
	if cfg.For == 0 {
		cfg.For = DefaultFor
	}
	if cfg.People == 0 {
		cfg.People = DefaultPeople
	}
	if cfg.Plan == nil && cfg.For < leastFor || cfg.People < leastPeople {
		return cfg, fmt.Errorf("%w: it takes at least %v and %d people", ErrUsage, leastFor, leastPeople)
	}
	if cfg.Plan == nil {
		cfg.Plan = fault.NewPlan(cfg.Seed, cfg.For)
	}
	if cfg.Command == nil {
		self, err := os.Executable()
		if err != nil {
			return cfg, err
		}
		cfg.Command = []string{self, "prove-server"}
	}
	if cfg.Data == "" {
		return cfg, nil
	}
	found, err := os.ReadDir(cfg.Data)
	if err == nil && len(found) > 0 {
		return cfg, fmt.Errorf("%w: %s is not empty", ErrUsage, cfg.Data)
	}
	return cfg, nil
}

// prepare makes everything but does not start it.
func prepare(cfg Config) (*trial, error) {
	t := &trial{cfg: cfg, ledger: newLedger(), show: cfg.Show}
	var err error
	if t.dir = cfg.Data; t.dir == "" {
		t.dir, err = os.MkdirTemp("", "greenroom-prove-")
	} else {
		t.dir, err = filepath.Abs(t.dir)
		err = errors.Join(err, os.MkdirAll(t.dir, 0o700))
	}
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(t.logFile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	t.server = newServer(slices.Concat(cfg.Command, []string{"--data", t.data()}), log)
	if cfg.Between != nil {
		t.server.between = cfg.Between
	}
	t.strikes = &strikes{trial: t}
	for _, f := range cfg.Plan {
		t.strikes.list = append(t.strikes.list, &strike{Fault: f})
	}
	t.server.struck = t.strikes.reported
	t.server.died = t.died
	t.people()
	return t, nil
}

// people are in four rooms, some of them in conversations, and some have two
// devices.
func (t *trial) people() {
	lobby, few := t.ledger.open("#lobby", [2]string{}), t.ledger.open("#few", [2]string{})
	halves := []*place{t.ledger.open("#even", [2]string{}), t.ledger.open("#odd", [2]string{})}
	for i := range t.cfg.People {
		account := fmt.Sprintf("m%02d", i)
		for device := range 2 {
			if device == 1 && i%secondDevice != 0 { // see alone
				continue
			}
			name := account + strings.Repeat("b", device)
			m := newMember(name, account, t.ledger, t.server, t.cfg.Seed<<16+uint64(2*i+device))
			m.alone = i%secondDevice != 0
			m.lost, m.rooms = t.cut, []*place{lobby, halves[i%2]}
			if i < peopleInFew {
				m.rooms = append(m.rooms, few)
			}
			t.members = append(t.members, m)
		}
	}
	for i := range min(conversations, t.cfg.People-1) {
		pair := [2]string{fmt.Sprintf("m%02d", i), fmt.Sprintf("m%02d", i+1)}
		in := t.ledger.open(pairName(pair[0], pair[1]), pair)
		for _, m := range t.members {
			if slices.Contains(pair[:], m.account) {
				m.talks = append(m.talks, in)
			}
		}
	}
}

// tell says how far it is.
func (t *trial) tell() {
	if t.show == nil {
		return
	}
	p := Progress{For: t.cfg.For, Planned: len(t.strikes.list)}
	t.mu.Lock()
	p.Phase = t.phase
	t.mu.Unlock()
	t.strikes.mu.Lock()
	for _, s := range t.strikes.list {
		if s.struck {
			p.Struck++
		}
	}
	t.strikes.mu.Unlock()
	t.ledger.mu.Lock()
	p.Posted, p.Acked = len(t.ledger.posts), t.ledger.acked
	if t.ledger.began > 0 {
		p.Elapsed = min(t.ledger.now()-t.ledger.began, t.cfg.For)
	}
	for _, v := range t.ledger.verdicts {
		p.Broken = p.Broken || len(v.breaches) > 0
	}
	t.ledger.mu.Unlock()
	t.show(p)
}
