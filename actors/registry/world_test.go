package registry_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// world is a registry with a disk that is kept in memory and clients that
// only listen.
type world struct {
	t        *testing.T
	sys      *actor.ActorSystem
	schedule *actortest.Schedule
	counts   bool
	spawned  []*actor.PID
	disk     *disk
	store    *actor.PID
	registry *actor.PID
	top      *actor.PID // its parent
	parent   *actortest.Probe
	clients  []*client
}

// order is a system with a schedule, or with its own dispatcher if that is nil.
type order struct {
	*actortest.Schedule
	sys    *actor.ActorSystem
	counts bool // its actors are counted
}

func anyOrder(t *testing.T) order { return order{actortest.NewSchedule(1), actortest.System(t), true} }

// eachSeed runs a simulation in many orders, each with its own faults.
func eachSeed(t *testing.T, n uint64, run func(*testing.T, order), faults ...func() actor.PropsOption) {
	sys := actortest.System(t)
	for seed := range n {
		fine := !t.Failed()
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			var everywhere []actor.PropsOption
			for _, fault := range faults {
				everywhere = append(everywhere, fault())
			}
			run(t, order{actortest.NewSchedule(seed, everywhere...), sys, seed%16 == 0})
		})
		if fine && t.Failed() {
			t.Logf("seed %d was the first to fail", seed)
		}
	}
	if n := supervise.Live(sys); n != 0 {
		t.Errorf("%d actors outlive their registries", n)
	}
}

// newWorld is stopped at the end of the test, and leaves no actor.
func newWorld(t *testing.T, s order, change func(*registry.Config, *disk), accounts ...string) *world {
	w := &world{t: t, sys: s.sys, schedule: s.Schedule, counts: s.counts, parent: &actortest.Probe{}, disk: newDisk(accounts)}
	t.Cleanup(w.end)
	cfg := registry.Config{Encode: encode, Now: time.Now, Children: &supervise.Backoff{Limit: 1 << 20}}
	if change != nil {
		change(&cfg, w.disk)
	}
	w.store = w.spawn(supervise.Props(func() actor.Actor { return w.disk }))
	cfg.Records, cfg.Journal = w.store, w.store
	w.top = w.spawn(supervise.Props(func() actor.Actor {
		return actor.ReceiveFunc(func(ctx actor.Context) {
			if _, ok := ctx.Message().(*actor.Started); ok {
				props := registry.Props(cfg)
				if w.disk.fault != nil {
					props.Configure(actor.WithSpawnMiddleware(w.breakChild))
				}
				w.registry = ctx.Spawn(props)
			}
			w.parent.Receive(ctx)
		})
	}, actor.WithSupervisor(&supervise.Backoff{Limit: 1 << 20})))
	w.run()
	return w
}

// newFragileWorld runs on the system's dispatcher, in virtual time, with a
// fault in every child of the registry and the strategy of a real server.
func newFragileWorld(t *testing.T, fault actor.PropsOption, accounts ...string) *world {
	return newWorld(t, order{sys: actortest.System(t)}, func(cfg *registry.Config, d *disk) {
		cfg.Children, d.fault = registry.Failing(), fault
	}, accounts...)
}

func (w *world) breakChild(next actor.SpawnFunc) actor.SpawnFunc {
	return func(sys *actor.ActorSystem, id string, p *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(sys, id, p.Clone(w.disk.fault), parent)
	}
}

// end stops all actors.
func (w *world) end() {
	for _, pid := range w.spawned {
		w.sys.Root.Stop(pid)
	}
	w.run()
}

// onlyClientsLeft checks that every user and room has been retired. To count
// takes long, so it is done in some orders only.
func (w *world) onlyClientsLeft() {
	w.t.Helper()
	if w.counts {
		if n := supervise.Live(w.sys) - len(w.spawned) - 1; n != 0 {
			w.t.Errorf("%d actors are left", n)
		}
	}
}

func (w *world) spawn(p *actor.Props) *actor.PID {
	if w.schedule != nil {
		p = w.schedule.Place(p)
	}
	pid := w.sys.Root.Spawn(p)
	w.spawned = append(w.spawned, pid)
	return pid
}

// run lets the actors work until they are idle.
func (w *world) run() {
	if w.schedule != nil {
		w.schedule.Run()
	} else {
		synctest.Wait()
	}
}

func (w *world) send(to *actor.PID, m any) { w.sys.Root.Send(to, m) }

// toRoom sends a command to the room of that name, as somebody outside.
func (w *world) toRoom(name string, t ask.Ticket, m any) {
	w.send(w.registry, registry.ToRoom{Ticket: t, Name: name, Command: m})
}

func (w *world) join(c *client, name string) {
	w.send(c.user, user.Join{Ticket: c.ticket(), Name: name})
}

func (w *world) detach(c *client) {
	w.send(c.user, user.Detach{Conn: c.pid, Reason: "gone"})
}

func encode(dst []byte, _ room.Class, e room.Event) []byte {
	return fmt.Appendf(dst, "%d %s %s %s\n", e.Record.Kind, e.Record.Author.Nick, e.Record.Subject, e.Record.Text)
}

// client is a connection: it keeps what it is sent, and knows its user and
// rooms as a real one does.
type client struct {
	actortest.Probe
	pid     *actor.PID
	user    *actor.PID
	profile people.Profile
	places  []user.Place
	ended   bool // its user actor has
	ref     uint64
}

func (w *world) client() *client {
	c := &client{}
	c.pid = w.spawn(supervise.Props(func() actor.Actor { return c }))
	w.clients = append(w.clients, c)
	return c
}

func (c *client) Receive(ctx actor.Context) {
	c.Probe.Receive(ctx)
	switch m := ctx.Message().(type) {
	case user.Welcome:
		c.user, c.profile = m.User, m.Profile
		ctx.Watch(m.User)
	case user.Changed:
		c.profile = m.New
	case user.Up:
		ctx.Send(m.User, user.Reattach{Session: room.Session{Conn: ctx.Self()}, Profile: c.profile, Rooms: c.places})
	case room.Entered:
		c.places = slices.DeleteFunc(c.places, func(p user.Place) bool { return p.No == m.Event.Record.Room })
		c.places = append(c.places, user.Place{Room: m.Room, No: m.Event.Record.Room, Name: m.Description.Name})
	case *actor.Terminated:
		c.ended = c.ended || m.Who.Equal(c.user)
	}
}

// ticket numbers a question of the client.
func (c *client) ticket() ask.Ticket {
	c.ref++
	return ask.Ticket{ReplyTo: c.pid, Ref: c.ref}
}

func (w *world) signIn(c *client, nick, account string) {
	w.sys.Root.Send(w.registry, registry.SignIn{
		Ticket: c.ticket(), Session: room.Session{Conn: c.pid},
		Profile: people.Profile{Nick: nick, Account: account, Username: "u", Host: "h", Realname: "r"},
	})
}

// answers counts what the client was answered, by number.
func (c *client) answers() map[uint64]int {
	n := make(map[uint64]int)
	for _, m := range c.Got {
		if ref, ok := answered(m); ok {
			n[ref]++
		}
	}
	return n
}

func answered(m any) (ref uint64, ok bool) {
	switch m := m.(type) {
	case ask.Refused:
		return m.Ref, true
	case user.Welcome:
		return m.Ref, true
	case user.Done:
		return m.Ref, true
	case user.AwaySet:
		return m.Ref, true
	case user.Portrait:
		return m.Ref, true
	case registry.UserFound:
		return m.Ref, true
	case registry.People:
		return m.Ref, true
	case registry.Listed:
		return m.Ref, true
	case registry.Remembered:
		return m.Ref, true
	case registry.Announced:
		return m.Ref, true
	case room.Joined:
		return m.Ref, true
	case room.Left:
		return m.Ref, true
	case room.Renamed:
		return m.Ref, true
	case room.Accepted:
		return m.Ref, true
	case room.Description:
		return m.Ref, true
	case room.Present:
		return m.Ref, true
	}
	return 0, false
}

// eachAnsweredOnce checks the promise for all questions of all clients.
func (w *world) eachAnsweredOnce() {
	w.t.Helper()
	for i, c := range w.clients {
		n := c.answers()
		for ref := uint64(1); ref <= c.ref; ref++ {
			if n[ref] != 1 {
				w.t.Errorf("client %d: question %d was answered %d times", i, ref, n[ref])
			}
		}
	}
}

func refusedWith(c *client, reason error) bool {
	return slices.ContainsFunc(actortest.Of[ask.Refused](&c.Probe), func(m ask.Refused) bool { return m.Reason == reason })
}
