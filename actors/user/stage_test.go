package user_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

type crash struct{}

// stage is one user actor among probes.
type stage struct {
	t        *testing.T
	sys      *actor.ActorSystem
	pid      *actor.PID
	registry *actortest.Probe
	records  *actortest.Probe
	ref      uint64
	conns    int
}

// onStage runs a test in virtual time with the user actor of an account.
func onStage(t *testing.T, profile people.Profile, test func(*stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, sys: actortest.System(t)}
		cfg := user.Config{Now: time.Now, Limits: user.Limits{Sessions: 3, Rooms: 2, Parked: 4}}
		s.registry, cfg.Registry = actortest.NewProbe(s.sys)
		s.records, cfg.Records = actortest.NewProbe(s.sys)
		fragile := actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
			return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
				if _, ok := e.Message.(crash); ok {
					panic(actortest.Injected{})
				}
				next(ctx, e)
			}
		})
		props := user.Props(cfg.WithDefaults(), profile)
		props.Configure(fragile, actor.WithGuardian(&supervise.Backoff{Limit: 9}))
		s.pid = s.sys.Root.Spawn(props)
		test(s)
		s.sys.Root.Stop(s.pid)
		synctest.Wait()
	})
}

var (
	account = people.Profile{ID: "ann", Nick: "ann", Account: "ann"}
	guest   = people.Profile{ID: "~1", Nick: "gil"}
)

func (s *stage) tell(m any) {
	s.sys.Root.Send(s.pid, m)
	synctest.Wait()
}

func (s *stage) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *stage) ticket(to *actor.PID) ask.Ticket {
	s.ref++
	return ask.Ticket{ReplyTo: to, Ref: s.ref}
}

// session attaches a new connection.
func (s *stage) session(profile people.Profile) (*actortest.Probe, *actor.PID) {
	p, pid := actortest.NewProbe(s.sys)
	s.conns++
	s.tell(user.Attach{Ticket: s.ticket(pid), Session: room.Session{Conn: pid, Class: room.Class(s.conns)}, Profile: profile})
	return p, pid
}

// noted answers for rooms and the registry that they have a change.
func (s *stage) noted(refs ...uint64) {
	for _, ref := range refs {
		s.tell(room.Noted{Ref: ref})
	}
}

// enter makes the user a member of a new room.
func (s *stage) enter(no journal.Room) (*actortest.Probe, *actor.PID) {
	p, pid := actortest.NewProbe(s.sys)
	s.tell(room.Membership{Room: pid, No: no, Name: fmt.Sprint("#", no), In: true})
	p.Take()
	return p, pid
}

// converse begins a conversation with the user.
func (s *stage) converse(no journal.Room) (*actortest.Probe, *actor.PID) {
	p, pid := actortest.NewProbe(s.sys)
	s.tell(room.Up{Room: pid, No: no, Conversation: true})
	p.Take()
	return p, pid
}

// last returns the newest of the recorded messages of one type.
func last[T any](t *testing.T, p *actortest.Probe) T {
	t.Helper()
	of := actortest.Of[T](p)
	if len(of) == 0 {
		var none T
		t.Fatalf("no %T among %v", none, p.Take())
	}
	return of[len(of)-1]
}

func none[T any](t *testing.T, p *actortest.Probe) {
	t.Helper()
	if of := actortest.Of[T](p); len(of) > 0 {
		t.Errorf("unexpected: %v", of)
	}
}
