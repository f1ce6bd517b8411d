package prove

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
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

	whole  context.Context    // of the run; set before there is a server
	leave  context.CancelFunc // tells everybody to go home
	living sync.WaitGroup
}

// run goes through all phases. An error is a run that could not be made; what
// breaks a promise is in the ledger.
func (t *trial) run(ctx context.Context) error {
	t.ledger.interruptedWhen(func() bool { return ctx.Err() != nil })
	t.whole = ctx
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
	defer context.AfterFunc(load, t.ledger.end)()
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

// died is told of a server that has ended by itself. Another one is started,
// so that it can be seen what the first has kept.
func (t *trial) died(why string) {
	t.ledger.broke(ended, "the server ended though nobody had told it to: %s; its log says why", why)
	t.strikes.endWithServer()
	if err := t.server.start(t.whole); err != nil && !errors.Is(err, errClosed) {
		t.ledger.broke(ended, "the server could not be started again: %v", err)
	}
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
