package persistence

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// rig is a storage tree in virtual time, over a store in memory, and a probe

// that asks it things.

// inbox is a probe that may be emptied while a worker still runs.

// set changes what the store does while it may be at work.

// told waits until nothing moves and returns what the probe was sent, in short.

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

// TestAttack81AFailedCommitIsCheckedBeforeTheNext: nothing is acknowledged

// until the store has resumed, what it holds then is what counts, and the

// alarm is given.

// TestAStoreThatFailsAgainIsTriedEverMoreSeldom: also when each Resume works

// and each commit fails.

// TestNobodyWaitsForACommitThatHangs for more than twice the patience.

// TestNobodyWaitsForAStoreThatStaysInDoubt for more than twice the patience.

// TestOneDamagedRoomDoesNotStopTheOthers: its tail cannot be read, so only its

// own doubted appends stay unknown.

// TestASilentAppendInDoubtIsToldByItsBatch, which is stored as a whole.

// TestADoubtedAppendIsOnlyToldWhereOneTruthIsPossible: of two that say the

// same, one stored record may be either.

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

// fragile places boom in the children of an actor.

// TestARestartedJournalStartsNoSecondCommit: the commit in flight goes on, the

// next incarnation answers for it, and only then commits again; what was

// queued is refused.

// TestARestartedStorageStartsNoSecondCommit: the same when the supervisor

// itself is replaced; the commit in flight is answered as unknown.

// TestStorageTellsWhenAChildKeepsFailing: five failures in a minute are

// forgiven, the sixth is not.

// TestStoppingAnswersEverybody: what was queued is not there, what is in

// flight may be.

// TestASlowReadDelaysNoCommit, nor do more reads than readers; those over the

// queue's length are refused at once.

// TestEveryReadIsAnswered, also when many readers end and begin at once.

// TestDamageIsAnErrorAndAnAlarm, never a shorter page.
