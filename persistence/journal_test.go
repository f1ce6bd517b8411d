package persistence

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// rig is a storage tree in virtual time, over a store in memory, and a probe
// that asks it things.
type rig struct {
	*testing.T
	sys   *actor.ActorSystem
	store *memStore
	house *house
	probe *inbox
	me    *actor.PID
	facts []any
}

func inVirtualTime(t *testing.T, cfg ActorConfig, test func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, sys: actortest.System(t), store: newMemStore(t)}
		cfg.Store = r.store
		r.sys.EventStream.Subscribe(func(event any) {
			switch event.(type) {
			case storage.Down, storage.Up, storage.Damaged:
				r.store.mu.Lock()
				defer r.store.mu.Unlock()
				r.facts = append(r.facts, event)
			}
		})
		r.house = &house{props: supervise.Props(NewStorage(cfg), actor.WithSupervisor(storage.Policy()),
			fragile, actor.WithReceiverMiddleware(onBoom))}
		top := r.sys.Root.Spawn(supervise.Props(func() actor.Actor { return r.house }))
		r.probe = &inbox{}
		r.me = r.sys.Root.Spawn(supervise.Props(func() actor.Actor { return r.probe }))
		synctest.Wait()
		test(r)
		r.sys.Root.Stop(top)
		time.Sleep(time.Minute) // until the last worker and dead letter are gone
		synctest.Wait()
	})
}

// inbox is a probe that may be emptied while a worker still runs.
type inbox struct {
	mu    sync.Mutex
	probe actortest.Probe
}

func (b *inbox) Receive(ctx actor.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probe.Receive(ctx)
}

func (b *inbox) take() *actortest.Probe {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return &actortest.Probe{Got: b.probe.Take()}
}

// set changes what the store does while it may be at work.
func (r *rig) set(change func(s *memStore)) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	change(r.store)
}

func (r *rig) journal() *actor.PID { return r.house.ready[len(r.house.ready)-1].Journal }
func (r *rig) records() *actor.PID { return r.house.ready[len(r.house.ready)-1].Records }

func (r *rig) post(room journal.Room, texts ...string) {
	for _, text := range texts {
		r.append(journal.Append{Record: journal.Record{Room: room, Kind: journal.Message, Text: text}})
	}
}

func (r *rig) append(a journal.Append) {
	a.Intent, a.ReplyTo = a.Record.Text, r.me
	r.sys.Root.Send(r.journal(), a)
}

// told waits until nothing moves and returns what the probe was sent, in short.
func (r *rig) told() (list []string) {
	for _, m := range r.probe.take().Got {
		switch m := m.(type) {
		case journal.Committed:
			list = append(list, fmt.Sprintf("committed %d: %s", m.Room, intents(m.Entries)))
		case journal.NotCommitted:
			list = append(list, fmt.Sprintf("not committed %d: %s: %v", m.Room, intents(m.Entries), m.Reason))
		case journal.Flushed:
			list = append(list, fmt.Sprintf("flushed %d", m.Ref))
		case journal.Page:
			list = append(list, fmt.Sprintf("page %d: %d, %v", m.Ref, len(m.Records), m.Err))
		default:
			list = append(list, fmt.Sprintf("%T", m))
		}
	}
	return list
}

func intents(entries []journal.Entry) string {
	var texts []string
	for _, e := range entries {
		texts = append(texts, fmt.Sprint(e.Intent))
	}
	return strings.Join(texts, " ")
}

func (r *rig) want(lines ...string) {
	r.Helper()
	if got := r.told(); !reflect.DeepEqual(got, lines) {
		r.Errorf("got  %q\nwant %q", got, lines)
	}
}

func slow(d time.Duration) func() { return func() { time.Sleep(d) } }

// TestWhatArrivesDuringACommitIsTheNextBatch: no timer, one commit in flight,
// one Committed for each room.
func TestWhatArrivesDuringACommitIsTheNextBatch(t *testing.T) {
	inVirtualTime(t, ActorConfig{MaxBatch: 4}, func(r *rig) {
		r.store.pause = slow(10 * time.Millisecond)
		r.post(1, "a")
		synctest.Wait()
		r.post(1, "b")
		r.post(2, "c")
		r.post(1, "d", "e", "f")
		time.Sleep(15 * time.Millisecond)
		r.want("committed 1: a")
		time.Sleep(10 * time.Millisecond)
		r.want("committed 1: b d e", "committed 2: c")
		time.Sleep(10 * time.Millisecond)
		r.want("committed 1: f")
		if want := []int{1, 4, 1}; !reflect.DeepEqual(r.store.commits, want) {
			r.Errorf("batches %v, want %v", r.store.commits, want)
		}
	})
}

func TestABatchIsBoundedInBytes(t *testing.T) {
	inVirtualTime(t, ActorConfig{MaxBatchBytes: 30 << 10}, func(r *rig) {
		r.store.pause = slow(time.Millisecond)
		text := strings.Repeat("x", 12<<10)
		r.post(1, "a", text, text, text, strings.Repeat("y", 50<<10))
		time.Sleep(time.Second)
		r.told()
		if want := []int{1, 2, 1, 1}; !reflect.DeepEqual(r.store.commits, want) {
			r.Errorf("batches %v, want %v", r.store.commits, want)
		}
	})
}

func TestAFullQueueRefusesAtOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		cfg  ActorConfig
	}{
		{"operations", ActorConfig{MaxQueue: 2}},
		{"bytes", ActorConfig{MaxQueueBytes: 500}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inVirtualTime(t, test.cfg, func(r *rig) {
				r.store.pause = slow(time.Second)
				r.post(1, "a")
				synctest.Wait()
				r.post(1, "b", "c", "d")
				r.want("not committed 1: d: too busy, try again")
				time.Sleep(3 * time.Second)
				r.want("committed 1: a", "committed 1: b c")
				r.post(1, "e")
				time.Sleep(2 * time.Second)
				r.want("committed 1: e")
			})
		})
	}
}

func TestARecordThatIsTooLargeIsRefused(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		text := strings.Repeat("x", 64<<10)
		for _, a := range []journal.Append{
			{Record: journal.Record{Room: 1, Text: text}},
			{Record: journal.Record{Room: 1, Tags: []journal.Tag{{Key: "+x", Value: text}}}},
			{Record: journal.Record{Room: 1, Text: "id"}, ClientID: strings.Repeat("x", 65)},
			{Record: journal.Record{Room: 1, Text: "state"}, State: &journal.State{Bans: make([]journal.Mask, 4096)}},
			{Record: journal.Record{Room: 1, Text: "members"}, Silent: true, Members: make([]journal.Member, 1<<14)},
		} {
			r.append(a)
			m := actortest.Of[journal.NotCommitted](r.probe.take())
			if len(m) != 1 || !errors.Is(m[0].Reason, journal.ErrTooLarge) || len(m[0].Entries) != 1 {
				r.Errorf("%.5q... was answered %.80v", a.Record.Text, m)
			}
		}
		if len(r.store.commits) > 0 {
			r.Error("it came to the store")
		}
	})
}

// TestARefusalConcernsOneAppendOnly, and a duplicate is answered with the first.
func TestARefusalConcernsOneAppendOnly(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Millisecond)
		r.post(1, "a")
		r.append(journal.Append{Record: journal.Record{Room: 1, Text: "b"}, ClientID: "x"})
		r.append(journal.Append{Record: journal.Record{Room: 1, Text: "again"}, ClientID: "x"})
		r.post(1, "refuse", "c")
		r.append(journal.Append{Record: journal.Record{Room: 1, Text: "s"}, Silent: true})
		time.Sleep(time.Second)
		probe := r.probe.take()
		got := actortest.Of[journal.Committed](probe)
		if len(got) != 2 {
			r.Fatalf("got %v", got)
		}
		if e := got[1].Entries[1]; !e.Duplicate || e.Record.Text != "b" || e.Record.Seq != 2 {
			r.Errorf("the duplicate was answered %+v", e)
		}
		if e := got[1].Entries[3]; !e.Silent || e.Record.Seq != 0 {
			r.Errorf("the silent one was answered %+v", e)
		}
		if m := actortest.Of[journal.NotCommitted](probe); len(m) != 1 || !errors.Is(m[0].Reason, errRefused) {
			r.Errorf("the refused one was answered %v", m)
		}
	})
}

// TestAttack78ALowDiskRefusesAtOnceAndRecoversByItself: nobody waits while the
// store is down, and nobody has to do anything for it to come back.
func TestAttack78ALowDiskRefusesAtOnceAndRecoversByItself(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Millisecond)
		r.store.onCommit = func(int) fault { return diskLow }
		r.store.onResume = func() error { return fmt.Errorf("%w: 3 MiB are free", journal.ErrDiskLow) }
		r.post(1, "a", "b")
		r.post(2, "c")
		time.Sleep(2 * time.Millisecond)
		r.want("not committed 1: a: the disk is nearly full",
			"not committed 1: b: the disk is nearly full", "not committed 2: c: the disk is nearly full")
		r.post(1, "d")
		r.want("not committed 1: d: the disk is nearly full")
		time.Sleep(time.Minute)
		r.post(1, "e")
		r.want("not committed 1: e: the disk is nearly full")
		if r.store.resumes < 10 || r.store.resumes > 20 {
			r.Errorf("%d tries in a minute", r.store.resumes)
		}
		r.set(func(s *memStore) { s.onCommit, s.onResume = nil, nil })
		time.Sleep(lastRetry)
		r.post(1, "f")
		time.Sleep(2 * time.Millisecond)
		r.want("committed 1: f")
		r.wantFacts("down: the disk is nearly full", "up")
	})
}

func (r *rig) wantFacts(want ...string) {
	r.Helper()
	var got []string
	for _, f := range r.facts {
		switch f := f.(type) {
		case storage.Down:
			got = append(got, "down: "+f.Reason.Error())
		case storage.Up:
			got = append(got, "up")
		case storage.Damaged:
			got = append(got, fmt.Sprintf("damaged %d: %v", f.Room, f.Reason))
		}
	}
	if !reflect.DeepEqual(got, want) {
		r.Errorf("facts %q\nwant  %q", got, want)
	}
}

// TestAttack81AFailedCommitIsCheckedBeforeTheNext: nothing is acknowledged
// until the store has resumed, what it holds then is what counts, and the
// alarm is given.
func TestAttack81AFailedCommitIsCheckedBeforeTheNext(t *testing.T) {
	for _, test := range []struct {
		what fault
		want string
	}{
		{storedUnknown, "committed 1: b c"},
		{lostUnknown, "not committed 1: b c: temporarily unavailable"},
	} {
		t.Run(test.want, func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.pause = slow(time.Millisecond)
				r.store.onCommit = func(n int) fault {
					if n == 2 {
						return test.what
					}
					return none
				}
				r.store.onResume = slowResume(time.Second)
				r.post(1, "a", "b", "c")
				time.Sleep(10 * time.Millisecond)
				r.want("committed 1: a")
				r.post(1, "d")
				r.want("not committed 1: d: temporarily unavailable")
				time.Sleep(time.Second)
				r.want(test.want)
				r.post(1, "e")
				time.Sleep(10 * time.Millisecond)
				r.want("committed 1: e")
				r.wantFacts("down: it is not known whether this was stored", "up")
			})
		})
	}
}

func slowResume(d time.Duration) func() error {
	return func() error {
		time.Sleep(d)
		return nil
	}
}

// TestAStoreThatFailsAgainIsTriedEverMoreSeldom: also when each Resume works
// and each commit fails.
func TestAStoreThatFailsAgainIsTriedEverMoreSeldom(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.onCommit = func(int) fault { return lostUnknown }
		for range 6000 {
			r.post(1, "a")
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		if n := len(r.store.commits); n < 10 || n > 25 {
			r.Errorf("%d commits tried in a minute", n)
		}
	})
}

// TestNobodyWaitsForACommitThatHangs for more than twice the patience.
func TestNobodyWaitsForACommitThatHangs(t *testing.T) {
	inVirtualTime(t, ActorConfig{Patience: time.Second}, func(r *rig) {
		r.post(1, "a")
		r.want("committed 1: a")
		r.set(func(s *memStore) { s.pause = slow(10 * time.Second) })
		r.post(1, "b")
		synctest.Wait()
		r.post(1, "c")
		time.Sleep(2*time.Second + time.Millisecond)
		r.want("not committed 1: b: outcome unknown", "not committed 1: c: temporarily unavailable")
		r.post(1, "d")
		r.want("not committed 1: d: temporarily unavailable")
		r.set(func(s *memStore) { s.pause = nil })
		time.Sleep(10 * time.Second)
		r.post(1, "e")
		r.want("committed 1: e")
		r.wantFacts("down: a commit does not return", "up")
	})
}

// TestNobodyWaitsForAStoreThatStaysInDoubt for more than twice the patience.
func TestNobodyWaitsForAStoreThatStaysInDoubt(t *testing.T) {
	inVirtualTime(t, ActorConfig{Patience: time.Second}, func(r *rig) {
		r.store.onCommit = func(int) fault { return storedUnknown }
		r.store.onResume = func() error { return journal.ErrIntegrity }
		r.post(1, "a")
		r.want()
		time.Sleep(2*time.Second + time.Millisecond)
		r.want("not committed 1: a: outcome unknown")
		r.post(1, "b")
		r.want("not committed 1: b: stored data is damaged")
	})
}

// TestOneDamagedRoomDoesNotStopTheOthers: its tail cannot be read, so only its
// own doubted appends stay unknown.
func TestOneDamagedRoomDoesNotStopTheOthers(t *testing.T) {
	for _, how := range []string{"error", "panic"} {
		t.Run(how, func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.onRange = func(room journal.Room) error {
					switch {
					case room != 1:
						return nil
					case how == "panic":
						panic(actortest.Injected{Site: "range"})
					}
					return journal.ErrGap
				}
				r.store.onCommit = func(n int) fault {
					if n == 4 {
						return storedUnknown
					}
					return none
				}
				r.post(1, "a")
				synctest.Wait()
				r.post(2, "b")
				synctest.Wait()
				r.set(func(s *memStore) { s.pause = slow(time.Millisecond) })
				r.post(2, "c")
				r.post(1, "d")
				r.post(2, "e")
				time.Sleep(time.Second)
				r.want("committed 1: a", "committed 2: b", "committed 2: c",
					"not committed 1: d: outcome unknown", "committed 2: e")
			})
		})
	}
}

// TestASilentAppendInDoubtIsToldByItsBatch, which is stored as a whole.
func TestASilentAppendInDoubtIsToldByItsBatch(t *testing.T) {
	for _, test := range []struct {
		name, witness string
		what          fault
		want          []string
	}{
		{"stored", "w", storedUnknown, []string{"committed 1: a", "committed 1: s w"}},
		{"lost", "w", lostUnknown, []string{"committed 1: a", "not committed 1: s: outcome unknown",
			"not committed 1: w: temporarily unavailable"}},
		{"nothing to tell by", "", storedUnknown, []string{"committed 1: a", "not committed 1: s: outcome unknown"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.pause = slow(time.Millisecond)
				r.store.onCommit = func(n int) fault {
					if n == 2 {
						return test.what
					}
					return none
				}
				r.post(1, "a")
				r.append(journal.Append{Record: journal.Record{Room: 1, Text: "s"}, Silent: true})
				if test.witness != "" {
					r.post(1, test.witness)
				}
				time.Sleep(time.Second)
				r.want(test.want...)
			})
		})
	}
}

// TestADoubtedAppendIsOnlyToldWhereOneTruthIsPossible: of two that say the
// same, one stored record may be either.
func TestADoubtedAppendIsOnlyToldWhereOneTruthIsPossible(t *testing.T) {
	for _, test := range []struct {
		asked, stored, want string
	}{
		{"abc", "abc", "+++"},
		{"abc", "", "---"},
		{"abc", "ac", "+-+"},
		{"aab", "ab", "??+"},
		{"aab", "aab", "+++"},
		{"aba", "a", "?-?"},
		{"abab", "ba", "-++-"},
		{"ab", "ba", "??"},
		{"ab", "c", "??"},
	} {
		t.Run(test.asked+"/"+test.stored, func(t *testing.T) {
			var items []item
			var at []int
			for i, c := range test.asked {
				items = append(items, item{op: Op{Append: &journal.Append{Record: journal.Record{Text: string(c)}}}})
				at = append(at, i)
			}
			var stored []journal.Record
			for i, c := range test.stored {
				stored = append(stored, journal.Record{Text: string(c), Seq: uint64(i + 7), Time: time.Now()})
			}
			got := ""
			for i, out := range align(items, at, stored) {
				switch {
				case errors.Is(out.Err, ask.ErrUnknown):
					got += "?"
				case out.Err != nil:
					got += "-"
				case out.Record.Text != string(test.asked[i]) || out.Record.Seq < 7:
					t.Errorf("%d became %+v", i, out.Record)
				default:
					got += "+"
				}
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestFlushWaitsForWhatWasBeforeIt and for nothing else.
func TestFlushWaitsForWhatWasBeforeIt(t *testing.T) {
	inVirtualTime(t, ActorConfig{MaxBatch: 2}, func(r *rig) {
		flush := func(to *actor.PID, ref uint64) {
			r.sys.Root.Send(to, journal.Flush{Ticket: ask.Ticket{ReplyTo: r.me, Ref: ref}})
		}
		flush(r.journal(), 1)
		r.want("flushed 1")
		r.set(func(s *memStore) { s.pause = slow(10 * time.Millisecond) })
		r.post(1, "a", "b", "c", "d")
		flush(r.journal(), 2)
		synctest.Wait()
		r.post(1, "e")
		r.sys.Root.Send(r.records(), records.Create{Account: records.Account{Key: "ann"}})
		flush(r.house.child, 3)
		time.Sleep(21 * time.Millisecond)
		r.want("committed 1: a", "committed 1: b c")
		time.Sleep(10 * time.Millisecond)
		r.want("committed 1: d e", "flushed 2")
		time.Sleep(10 * time.Millisecond)
		r.want("flushed 3")
		if _, err := r.store.Account("ann"); err != nil {
			r.Error("a write before the flush was not stored")
		}
	})
}

// boom makes a child of the storage supervisor panic.
type boom struct{}

// fragile places boom in the children of an actor.
var fragile = actor.WithSpawnMiddleware(func(next actor.SpawnFunc) actor.SpawnFunc {
	return func(sys *actor.ActorSystem, id string, props *actor.Props, parent actor.SpawnerContext) (*actor.PID, error) {
		return next(sys, id, props.Clone(actor.WithReceiverMiddleware(onBoom)), parent)
	}
})

func onBoom(next actor.ReceiverFunc) actor.ReceiverFunc {
	return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
		if _, ok := e.Message.(boom); ok {
			panic(actortest.Injected{Site: "boom"})
		}
		next(ctx, e)
	}
}

// TestARestartedJournalStartsNoSecondCommit: the commit in flight goes on, the
// next incarnation answers for it, and only then commits again; what was
// queued is refused.
func TestARestartedJournalStartsNoSecondCommit(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Second)
		before := r.journal()
		r.post(1, "a")
		synctest.Wait()
		r.post(1, "b")
		r.sys.Root.Send(r.journal(), journal.Flush{Ticket: ask.Ticket{ReplyTo: r.me}})
		r.sys.Root.Send(r.journal(), boom{})
		time.Sleep(500 * time.Millisecond)
		r.post(1, "c")
		r.want("ask.Refused", "not committed 1: b: temporarily unavailable")
		time.Sleep(600 * time.Millisecond)
		r.want("committed 1: a")
		time.Sleep(time.Second)
		r.want("committed 1: c")
		if len(r.house.ready) != 1 || !r.journal().Equal(before) {
			r.Error("the journal has another PID")
		}
	})
}

// TestARestartedStorageStartsNoSecondCommit: the same when the supervisor
// itself is replaced; the commit in flight is answered as unknown.
func TestARestartedStorageStartsNoSecondCommit(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Second)
		r.post(1, "a")
		synctest.Wait()
		r.post(1, "b")
		r.sys.Root.Send(r.house.child, boom{})
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if len(r.house.ready) != 2 {
			r.Fatalf("storage was ready %d times", len(r.house.ready))
		}
		r.post(1, "c")
		r.want("not committed 1: a: outcome unknown", "not committed 1: b: the server is stopping")
		time.Sleep(2 * time.Second)
		r.want("committed 1: c")
	})
}

// TestStorageTellsWhenAChildKeepsFailing: five failures in a minute are
// forgiven, the sixth is not.
func TestStorageTellsWhenAChildKeepsFailing(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.sys.Root.Send(r.records(), boom{})
		for range 5 {
			r.sys.Root.Send(r.journal(), boom{})
			time.Sleep(lastRetry)
		}
		r.post(1, "a")
		r.want("committed 1: a")
		if len(r.house.failed) > 0 {
			r.Fatal("the server was to end too early")
		}
		r.sys.Root.Send(r.journal(), boom{})
		time.Sleep(lastRetry)
		synctest.Wait()
		if len(r.house.failed) != 1 || !r.house.failed[0].Who.Equal(r.journal()) {
			r.Errorf("the parent was told %v", r.house.failed)
		}
	})
}

// TestStoppingAnswersEverybody: what was queued is not there, what is in
// flight may be.
func TestStoppingAnswersEverybody(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Second)
		r.post(1, "a")
		synctest.Wait()
		r.post(1, "b")
		r.sys.Root.Send(r.journal(), journal.Flush{Ticket: ask.Ticket{ReplyTo: r.me}})
		synctest.Wait()
		r.sys.Root.Stop(r.house.child)
		r.want("ask.Refused", "not committed 1: a: outcome unknown", "not committed 1: b: the server is stopping")
		time.Sleep(2 * time.Second)
		r.want()
		if len(r.house.failed) > 0 {
			r.Error("a stop was told as a failure")
		}
	})
}

func (r *rig) read(refs ...uint64) {
	for _, ref := range refs {
		r.sys.Root.Send(r.journal(), journal.Read{
			Ticket: ask.Ticket{ReplyTo: r.me, Ref: ref},
			Room:   1, Query: journal.Query{Where: journal.Latest, Limit: 10, Events: true},
		})
	}
}

// TestASlowReadDelaysNoCommit, nor do more reads than readers; those over the
// queue's length are refused at once.
func TestASlowReadDelaysNoCommit(t *testing.T) {
	inVirtualTime(t, ActorConfig{Readers: 2, MaxReads: 2}, func(r *rig) {
		r.post(1, "a")
		r.want("committed 1: a")
		r.set(func(s *memStore) {
			s.onRange = func(journal.Room) error {
				time.Sleep(time.Second)
				return nil
			}
		})
		r.read(1, 2)
		synctest.Wait()
		r.read(3, 4, 5)
		r.want("page 5: 0, too busy, try again")
		r.post(1, "b")
		r.want("committed 1: b")
		r.sys.Root.Send(r.journal(), boom{})
		time.Sleep(time.Second + time.Millisecond)
		if got := r.told(); len(got) != 2 {
			r.Errorf("two readers gave %q", got)
		}
		time.Sleep(time.Second)
		if got := r.told(); len(got) != 2 {
			r.Errorf("the two that waited, over a restart, gave %q", got)
		}
	})
}

// TestEveryReadIsAnswered, also when many readers end and begin at once.
func TestEveryReadIsAnswered(t *testing.T) {
	inVirtualTime(t, ActorConfig{Readers: 2, MaxReads: 1 << 16}, func(r *rig) {
		const reads = 20_000
		for ref := range uint64(reads) {
			r.read(ref)
		}
		if pages := actortest.Of[journal.Page](r.probe.take()); len(pages) != reads {
			r.Errorf("%d reads were answered", len(pages))
		}
	})
}

// TestDamageIsAnErrorAndAnAlarm, never a shorter page.
func TestDamageIsAnErrorAndAnAlarm(t *testing.T) {
	inVirtualTime(t, ActorConfig{Readers: 1}, func(r *rig) {
		r.set(func(s *memStore) { s.onRange = func(journal.Room) error { return journal.ErrGap } })
		r.read(1)
		r.want("page 1: 0, a stored message is missing")
		r.set(func(s *memStore) { s.onRange = func(journal.Room) error { panic(actortest.Injected{Site: "range"}) } })
		r.read(2, 3)
		pages := actortest.Of[journal.Page](r.probe.take())
		for _, p := range pages {
			if !errors.Is(p.Err, journal.ErrIntegrity) {
				r.Errorf("a reader that panicked said %v", p.Err)
			}
		}
		if len(pages) != 2 || len(r.facts) != 3 {
			r.Errorf("%d pages, facts %v", len(pages), r.facts)
		}
	})
}
