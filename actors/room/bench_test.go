package room

import (
	"fmt"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// sink is a mailbox that drops what it is sent, so that only the room's work
// is measured.
type sink struct{}

func (sink) PostUserMessage(any)                                     {}
func (sink) PostSystemMessage(any)                                   {}
func (sink) RegisterHandlers(actor.MessageInvoker, actor.Dispatcher) {}
func (sink) Start()                                                  {}
func (sink) UserMessageCount() int                                   { return 0 }

// BenchmarkFanOut shows a commit of one or ten posts to 1,000 sessions of four
// classes, with connections that cost nothing and with real, idle ones.
func BenchmarkFanOut(b *testing.B) {
	real := func() actor.Mailbox { return actor.UnboundedLockfree()() }
	for _, bench := range []struct {
		name    string
		mailbox actor.MailboxProducer
		posts   int
	}{
		{"posts=1/to=nowhere", func() actor.Mailbox { return sink{} }, 1},
		{"posts=10/to=nowhere", func() actor.Mailbox { return sink{} }, 10},
		{"posts=1/to=actors", real, 1},
		{"posts=10/to=actors", real, 10},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkFanOut(b, bench.mailbox, bench.posts) })
	}
}

func benchmarkFanOut(b *testing.B, mailbox actor.MailboxProducer, posts int) {
	const sessions = 1000
	show := fanOut(b, mailbox, posts, sessions)
	b.ReportAllocs()
	b.ResetTimer()
	var took time.Duration
	for range b.N {
		took += show()
	}
	b.StopTimer()
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N*sessions), "ns/delivery")
}

// fanOut makes a room of so many sessions, and a function that lets it show a
// commit of so many posts and returns how long that took.
func fanOut(t testing.TB, mailbox actor.MailboxProducer, posts, sessions int) (show func() time.Duration) {
	sys := supervise.NewSilentSystem()
	t.Cleanup(sys.Shutdown)
	idle := actor.PropsFromFunc(func(actor.Context) {}, actor.WithMailbox(mailbox))
	shown := make(chan time.Duration)
	start := make(chan journal.Committed)
	self := sys.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if _, ok := ctx.Message().(string); !ok {
			return
		}
		r := crowd(ctx, sys, idle, sessions)
		for m := range start {
			began := time.Now()
			r.outcome(ctx, m)
			shown <- time.Since(began)
		}
	}))
	sys.Root.Send(self, "go")
	t.Cleanup(func() { close(start) })
	entries := make([]journal.Entry, posts)
	for i := range entries {
		entries[i] = journal.Entry{Record: journal.Record{Seq: 1, Kind: journal.Message, Text: "hello there, all of you"}, Intent: Post{}}
	}
	return func() time.Duration {
		start <- journal.Committed{Room: 1, Entries: entries}
		return <-shown
	}
}

// TestABulletinAllocatesNothingForASession: as much for a hundred sessions as
// for a thousand.
func TestABulletinAllocatesNothingForASession(t *testing.T) {
	nowhere := func() actor.Mailbox { return sink{} }
	allocations := func(sessions int) float64 {
		show := fanOut(t, nowhere, 10, sessions)
		return testing.AllocsPerRun(100, func() { show() })
	}
	if few, many := allocations(100), allocations(1000); many > few {
		t.Errorf("%v allocations for a hundred sessions, %v for a thousand", few, many)
	}
}

// crowd is an open room with so many members of one session each.
func crowd(ctx actor.Context, sys *actor.ActorSystem, idle *actor.Props, sessions int) *room {
	r := New(Config{Name: "#crowd", Now: time.Now, Encode: func(dst []byte, c Class, e Event) []byte {
		return append(append(dst, e.Record.Text...), '\r', '\n')
	}}, &Legacy{})().(*room)
	r.no, r.summarizing = 1, true
	for i := range sessions {
		m := Member{User: sys.Root.Spawn(idle), Profile: people.Profile{ID: fmt.Sprint(i), Nick: fmt.Sprint(i)}}
		m.Sessions = []Session{{Conn: sys.Root.Spawn(idle), Class: Class(i % 4)}}
		r.addMember(ctx, m, NoRole)
	}
	return r
}
