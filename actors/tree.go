// Package actors holds the whole tree of the server in one list; what the
// actors are is in the packages below it.
//
// The root owns the order of start and stop. It is never restarted: a part
// that has used up its restarts ends the server in order.
package actors

import (
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Config is what the tree is made of. Storage and Net come from the packages
// that may know a disk and a socket.
type Config struct {
	Storage  *actor.Props
	Registry registry.Config // without the PIDs
	// RegistryOptions are added to the Props of the registry.
	RegistryOptions []actor.PropsOption
	Account         func(Deps) *actor.Props
	Net             func(Deps) *actor.Props

	// Ready is called when every listener accepts, again after a restart of
	// net. Fatal is called once, when the server cannot go on: then Stop the
	// tree. Both are called by the root and must not wait.
	Ready func(addrs []string)
	Fatal func(error)
}

// Deps are the actors that a part may speak with: those that started before.
type Deps struct{ Journal, Records, Registry, Account *actor.PID }

// What the root says to net, and net to its parent.
type (
	// Drain asks net to end in order: the listeners first, then each
	// connection is told Reason; those still there after Within are stopped.
	// Answered by Drained. Nothing is accepted afterwards.
	Drain struct {
		ask.Ticket
		Reason string
		Within time.Duration
	}
	// Drained answers Drain: Left is how many connections had to be stopped.
	Drained struct {
		Ref  uint64
		Left int
	}
	// NetReady says that every listener accepts.
	NetReady struct{ Addrs []string }
	// NetFailed says that one cannot, and why: the server must end.
	NetFailed struct{ Err error }
)

// part is a child of the root. A failure is met with a restart as Policy says,
// and beyond that with the end of the server.
type part struct {
	name  string
	props func(*root) *actor.Props
	// waits: the next part starts when this one has said that it is ready.
	waits bool
	// end is taken step by step until the part has ended; then it is left
	// behind.
	end []step
}

// step tries to end a part, and is given so much time.
type step struct {
	take  func(*root, actor.Context, *actor.PID)
	grace time.Duration
}

// parts is the tree. They start in this order and stop in the opposite one, so
// that each has those above it for all its life. All grace together is less
// than 5 s.
var parts = []part{
	{
		// Its children: journal and records. A restart loses nothing that was
		// acknowledged.
		name: "storage", waits: true,
		props: func(r *root) *actor.Props { return r.cfg.Storage },
		end:   []step{{flush, 700 * time.Millisecond}, {poison, 300 * time.Millisecond}, {halt, 200 * time.Millisecond}},
	},
	{
		// Its children: rooms and users. A restart takes them along, and every
		// connection signs in again.
		name: "registry", waits: true,
		props: func(r *root) *actor.Props { return registry.Props(r.registryConfig(), r.cfg.RegistryOptions...) },
		end:   []step{{poison, 400 * time.Millisecond}, {halt, 200 * time.Millisecond}},
	},
	{
		// A restart loses the logins in flight: they are refused.
		name:  "account",
		props: func(r *root) *actor.Props { return r.cfg.Account(r.deps) },
		end:   []step{{poison, 200 * time.Millisecond}, {halt, 100 * time.Millisecond}},
	},
	{
		// Its children: listeners, restarted, and connections, which are not.
		name: "net", waits: true,
		props: func(r *root) *actor.Props { return r.cfg.Net(r.deps) },
		end:   []step{{drain, drainWithin + 500*time.Millisecond}, {poison, 300 * time.Millisecond}, {halt, 200 * time.Millisecond}},
	},
}

// drainWithin is how long connections may take to say goodbye.
const drainWithin = time.Second

// Policy restarts a part, and what storage is made of, up to 5 times a minute.
func Policy() *supervise.Backoff { return storage.Policy() }

// Tree is a running server.
type Tree struct {
	sys  *actor.ActorSystem
	root *actor.PID
}

// Start begins with the first part; Ready and Fatal tell how it went.
func Start(sys *actor.ActorSystem, cfg Config) *Tree {
	producer := func() actor.Actor { return &root{cfg: cfg} }
	props := supervise.Props(producer, actor.WithSupervisor(Policy()), actor.WithGuardian(supervise.Stopping()))
	return &Tree{sys, sys.Root.Spawn(props)}
}

// Stop ends the parts in order and shuts the system down, soon after the
// timeout at the latest. A second call finds nothing to do.
func (t *Tree) Stop(timeout time.Duration) error {
	if process, ok := t.sys.ProcessRegistry.Get(t.root); ok {
		ended := actor.NewFuture(t.sys, timeout)
		process.SendSystemMessage(t.root, &actor.Watch{Watcher: ended.PID()})
		t.sys.Root.Send(t.root, stop{})
		if err := ended.Wait(); err != nil {
			left := supervise.Live(t.sys)
			t.sys.Shutdown()
			return fmt.Errorf("stop the tree: %w; %d actors are left", err, left)
		}
	}
	return supervise.StopTree(t.sys, t.root, timeout)
}
