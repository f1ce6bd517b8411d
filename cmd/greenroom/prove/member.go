package prove

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

const (
	pauseMean    = 250 * time.Millisecond // between the posts of a member
	window       = 4                      // posts of a member that are under way together
	fenceEvery   = 700 * time.Millisecond
	stayMean     = 20 * time.Second // then a member leaves, and comes back
	joinWithin   = 45 * time.Second // a remembered room is entered again, though two tries fail
	returnWithin = 40 * time.Second // a member that was cut is back
	firstRetry   = 50 * time.Millisecond
	lastRetry    = time.Second
)

// member is a device of somebody: it talks, listens, and comes back when it was
// cut. Two devices may share an account.
type member struct {
	name    string // "m07", and "m07b" for a second device
	account string
	rooms   []*place
	talks   []*place
	alone   bool // the account has no other device
	dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	ledger  *ledger
	server  *server
	lost    func(s *session) // a session has ended, and nobody here wanted it to

	random      *rand.Rand // of the goroutine that talks
	connections int
	registered  bool

	mu      sync.Mutex
	entered bool            // has been in all of its rooms
	outside map[*place]bool // rooms that it has left, or is about to
	session *session        // nil while there is none
	change  chan struct{}   // closed when that changes
	depart  chan struct{}   // holds the wish to leave for a moment
	under   sync.WaitGroup
}

func newMember(name, account string, l *ledger, s *server, seed uint64) *member {
	return &member{
		name: name, account: account, ledger: l, server: s,
		dial: (&net.Dialer{}).DialContext, lost: func(*session) {}, random: rand.New(rand.NewPCG(seed, seed)),
		change: make(chan struct{}), depart: make(chan struct{}, 1), outside: map[*place]bool{},
	}
}

func (m *member) room(name string) *place {
	i := slices.IndexFunc(m.rooms, func(p *place) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return m.rooms[i]
}

func (m *member) talk(name string) *place {
	i := slices.IndexFunc(m.talks, func(p *place) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return m.talks[i]
}

func (m *member) places() []*place { return slices.Concat(m.rooms, m.talks) }

// live is connected, again and again, until stay is over. Then it says goodbye.
func (m *member) live(stay context.Context) {
	for stay.Err() == nil {
		s := m.connect(stay)
		if s == nil {
			return
		}
		m.publish(s)
		attend, leave := context.WithCancel(stay)
		var attending sync.WaitGroup
		attending.Go(func() { m.attend(attend, s) })
		select {
		case <-s.client.Done():
			m.lost(s)
		case <-m.depart:
		case <-stay.Done():
		}
		leave()
		attending.Wait()
		m.publish(nil)
		if s.client.Err() == nil {
			s.quit(context.WithoutCancel(stay))
		}
		s.close()
	}
}

func (m *member) publish(s *session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = s
	close(m.change)
	m.change = make(chan struct{})
}

// connect tries until it is in, or ctx is over: then nil.
func (m *member) connect(ctx context.Context) *session {
	again := client.Backoff{Min: firstRetry, Max: lastRetry}
	began, told := time.Now(), false
	for {
		inc, err := m.server.current(ctx)
		if err != nil {
			return nil
		}
		s, err := m.signIn(ctx, inc.address, !m.registered)
		switch {
		case err == nil:
			m.registered = true
			m.ledger.held(uncut, 1)
			return s
		case errors.Is(err, client.ErrAccountExists):
			m.registered = true
		case ctx.Err() == nil && !told && time.Since(began) > returnWithin:
			told = true
			m.ledger.broke(uncut, "%s could not sign in for %v: %v", m.name, returnWithin, err)
		}
		if !pause(ctx, again.Next()) {
			return nil
		}
	}
}

// pause tells whether there is time left after so long.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// attend is what a session does besides talking: it enters its rooms, puts up
// fences and reads what is newest. It returns when the session or ctx is over.
func (m *member) attend(ctx context.Context, s *session) {
	if s.fence(ctx) != nil || !m.arrive(ctx, s) {
		return
	}
	for pause(ctx, fenceEvery) {
		if s.fence(ctx) != nil {
			return
		}
		for _, in := range m.rooms {
			if !s.in(in) { // a room that was closed for a while, or that we left
				s.client.Join(ctx, in.name, "")
			}
		}
		in := m.places()[rand.IntN(len(m.places()))]
		if s.in(in) {
			s.readNewest(ctx, in)
		}
	}
}

// arrive enters the rooms for the first time, and later waits until the server
// has: it remembers them.
func (m *member) arrive(ctx context.Context, s *session) bool {
	for _, in := range m.rooms {
		for told := false; !s.in(in); {
			wanted, late := m.isMember(in), m.ledger.now()-s.since > joinWithin
			if wanted && late && !told && !s.isClosed(in) {
				told = true
				m.ledger.broke(uncut, "%s is a member of %s, but %v after the sign-in at %s the server has not let them in",
					s.name, in.name, joinWithin, m.ledger.clock(s.since))
			}
			if !wanted || late {
				s.client.Join(ctx, in.name, "")
			}
			if !pause(ctx, firstRetry) || s.client.Err() != nil {
				return false
			}
		}
		m.ledger.held(uncut, 1)
	}
	m.mu.Lock()
	m.entered = true
	m.mu.Unlock()
	return true
}

// isMember tells whether the server should remember the member in a room.
func (m *member) isMember(in *place) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entered && !m.outside[in]
}

// steps notes that the member is leaving a room, or has come in.
func (m *member) steps(in *place, outside bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outside[in] = outside
}

// inside waits until there is a session in that place; nil when ctx is over.
func (m *member) inside(ctx context.Context, in *place) *session {
	for {
		m.mu.Lock()
		s, change := m.session, m.change
		m.mu.Unlock()
		if s != nil && s.in(in) && s.client.Err() == nil {
			return s
		}
		retry := time.NewTimer(lastRetry / 10) // it may be about to enter
		select {
		case <-change:
		case <-retry.C:
		case <-ctx.Done():
			retry.Stop()
			return nil
		}
		retry.Stop()
	}
}

// hasEntered tells whether all is ready for the load.
func (m *member) hasEntered() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entered && m.session != nil
}
