package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/persistence"
)

// Bounds of the parts of a run besides the load itself.
const (
	gatherWithin = 2 * time.Minute // until everybody has registered and joined
	settleWithin = 2 * time.Minute // until everything is certain: longer than a room is closed
	readWithin   = 5 * time.Minute
)

// trial is a run under way.
type trial struct {
	cfg     Config
	dir     string
	ledger  *ledger
	server  *server
	members []*member
	strikes *strikes
	show    func(Progress)

	mu        sync.Mutex
	phase     string
	cuts      []cut
	histories []history

	before, after fault.Status // of the last process: at its beginning, and when all had gone

	leave  context.CancelFunc // tells everybody to go home
	living sync.WaitGroup
}

// run goes through all phases. An error is a run that could not be made; what
// breaks a promise is in the ledger.
func (t *trial) run(ctx context.Context) error {
	stay, leave := context.WithCancel(ctx)
	t.leave = leave
	defer func() {
		leave()
		t.living.Wait()
	}()
	t.enters("starting the server")
	if err := t.server.start(ctx); err != nil {
		return err
	}
	if err := t.gather(ctx, stay); err != nil {
		return err
	}
	if err := t.load(ctx); err != nil {
		return err
	}
	if err := t.read(ctx); err != nil {
		return err
	}
	t.finish(ctx)
	t.enters("checking")
	t.judgeCuts()
	t.ledger.check(t.histories)
	t.ledger.checkLinear()
	return ctx.Err()
}

func (t *trial) enters(phase string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase = phase
}

// gather has everybody register and join.
func (t *trial) gather(ctx, stay context.Context) error {
	t.enters("gathering")
	for _, m := range t.members {
		t.living.Go(func() { m.live(stay) })
	}
	ctx, cancel := context.WithTimeout(ctx, gatherWithin)
	defer cancel()
	for _, m := range t.members {
		for !m.hasEntered() {
			if !pause(ctx, firstRetry) {
				return fmt.Errorf("%s did not get into its rooms: %w", m.name, ctx.Err())
			}
		}
	}
	return nil
}

// load has everybody talk while the plan is carried out, and then waits until
// all is certain. The first breach ends it.
func (t *trial) load(ctx context.Context) error {
	t.enters("load")
	t.ledger.begin()
	load, stop := context.WithTimeout(ctx, t.cfg.For)
	defer stop()
	settle, over := context.WithTimeout(ctx, t.cfg.For+settleWithin)
	defer over()
	t.ledger.mu.Lock()
	t.ledger.breached = stop
	t.ledger.mu.Unlock()
	var busy sync.WaitGroup
	busy.Go(func() { t.strikes.run(load, settle) })
	for _, m := range t.members {
		busy.Go(func() { m.chatter(load, settle) })
	}
	busy.Wait()
	t.enters("settling")
	t.strikes.busy.Wait()
	t.awaitOver(settle)
	for _, m := range t.members {
		m.under.Wait()
	}
	t.lastFences(settle)
	return ctx.Err()
}

// awaitOver waits for the end of faults that last.
func (t *trial) awaitOver(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, overWithin)
	defer cancel()
	for t.strikes.lasting() && pause(ctx, firstRetry) {
	}
}

// lastFences: everybody is back, in all rooms, and has seen all.
func (t *trial) lastFences(ctx context.Context) {
	var fencing sync.WaitGroup
	for _, m := range t.members {
		fencing.Go(func() {
			for _, in := range m.rooms {
				if m.inside(ctx, in) == nil && ctx.Err() != nil {
					t.ledger.broke(uncut, "%s is not back in %s %v after the load", m.name, in.name, settleWithin)
					return
				}
			}
			for {
				s := m.inside(ctx, m.rooms[0])
				if s == nil || s.fence(ctx) == nil {
					return
				}
			}
		})
	}
	fencing.Wait()
}

// cut is told of each connection that has ended.
func (t *trial) cut(s *session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cuts = append(t.cuts, cut{session: s.name, at: t.ledger.now(), why: s.client.Err().Error()})
}

// read reads every place from end to end: by one member forwards, by another
// backwards, and by one who has just come.
func (t *trial) read(ctx context.Context) error {
	t.enters("reading histories")
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	for _, in := range t.ledger.places {
		for i, m := range t.readers(in) {
			s := m.inside(ctx, in)
			if i == freshReader {
				inc, err := t.server.current(ctx)
				if err != nil {
					return err
				}
				m = newMember(m.name+"-new", m.account, t.ledger, t.server, 0)
				m.registered = true
				if s, err = m.signIn(ctx, inc.address, false); err != nil {
					return fmt.Errorf("a new reader: %w", err)
				}
				defer s.quit(ctx)
			}
			if s == nil {
				return fmt.Errorf("nobody is there to read %s: %w", in.name, ctx.Err())
			}
			h, err := s.wholeHistory(ctx, in, i != backwardReader)
			if err != nil {
				t.ledger.broke(answered, "%v", err)
				continue
			}
			t.histories = append(t.histories, h)
		}
	}
	return ctx.Err()
}

// Places in what readers returns.
const (
	backwardReader = 1
	freshReader    = 2
)

// readers are three members of a place; in a conversation one reads twice.
func (t *trial) readers(in *place) []*member {
	var inside []*member
	for _, m := range t.members {
		if m.room(in.name) != nil || m.talk(in.name) != nil {
			inside = append(inside, m)
		}
	}
	return []*member{inside[0], inside[len(inside)-1], inside[0]}
}

// finish sends everybody home, looks at what is left behind, ends the server
// in order and opens what it has stored.
func (t *trial) finish(ctx context.Context) {
	t.enters("going home")
	t.leave()
	t.living.Wait()
	t.checkRest(ctx)
	t.enters("ending the server")
	took, code, err := t.server.end(syscall.SIGTERM)
	if err != nil {
		t.ledger.broke(ended, "the server was not there to be ended: %v", err)
	} else {
		t.orderly(took, code)
	}
	t.enters("verifying the store")
	t.verify()
	t.readLog()
}

// orderly checks how the server has ended.
func (t *trial) orderly(took time.Duration, code int) {
	t.ledger.held(ended, 1)
	if code != 0 || took > endWithin {
		t.ledger.broke(ended, "after SIGTERM the server ended with exit status %d in %v; it promises 0 within %v",
			code, took.Round(time.Millisecond), endWithin)
	}
}

// verify opens the data directory, as nobody else has it now, and reads all.
func (t *trial) verify() {
	db, err := persistence.Open(persistence.Config{Dir: t.data(), MasterKeyFile: filepath.Join(t.data(), "master.key")})
	if err != nil {
		t.ledger.broke(dense, "the store does not open: %v", err)
		return
	}
	damages := 0
	err = db.Verify(func(damage error) {
		damages++
		t.ledger.broke(dense, "the store is damaged: %v", damage)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.ledger.broke(dense, "the store cannot be verified: %v", err)
	}
	t.ledger.held(dense, 1)
}

func (t *trial) data() string { return filepath.Join(t.dir, "data") }

func (t *trial) logFile() string { return filepath.Join(t.dir, "server.log") }

// readLog looks for panics that nobody has injected.
func (t *trial) readLog() {
	f, err := os.Open(t.logFile())
	if err != nil {
		t.ledger.broke(ended, "the server's log cannot be read: %v", err)
		return
	}
	defer f.Close()
	t.ledger.held(ended, 1)
	for _, line := range panics(f) {
		t.ledger.broke(ended, "a panic that was not injected: %s", line)
	}
}

// lasting tells whether a fault that was struck is not over.
func (x *strikes) lasting() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.list {
		lasts := s.For > 0 && s.Kind.InServer() && s.Kind != fault.PanicBefore && s.Kind != fault.PanicAfter
		if lasts && s.struck && s.over == 0 {
			return true
		}
	}
	return false
}
