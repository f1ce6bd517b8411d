package persistence

import (
	"fmt"
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

// of matches the first message of a type by its name.
func of(name string) func(any) bool {
	return func(m any) bool { return strings.HasSuffix(fmt.Sprintf("%T", m), name) }
}

// TestAPanicOfTheStorageCostsOneQuestion: the actor that has it fails at the
// very message; the asker has one answer, and the same question is answered
// when it is asked again. The other actor, and the supervisor, go on.
func TestAPanicOfTheStorageCostsOneQuestion(t *testing.T) {
	account := records.Account{Key: "ann", Name: "ann", Version: 1}
	for _, test := range []struct {
		message  string // at which it fails
		at       actortest.Moment
		question func(ask.Ticket) any
	}{
		{"records.Find", actortest.Before, func(k ask.Ticket) any { return records.Find{Ticket: k, Key: "ann"} }},
		{"records.Memberships", actortest.Before, func(k ask.Ticket) any { return records.Memberships{Ticket: k, Account: "ann"} }},
		{"records.Names", actortest.Before, func(k ask.Ticket) any { return records.Names{Ticket: k} }},
		{"records.Create", actortest.Before, func(k ask.Ticket) any { return records.Create{Ticket: k, Account: account} }},
		{"records.Update", actortest.Before, func(k ask.Ticket) any { return records.Update{Ticket: k, Account: account} }},
		{"records.Open", actortest.Before, func(k ask.Ticket) any { return records.Open{Ticket: k, Key: "#a"} }},
		{"records.Forget", actortest.Before, func(k ask.Ticket) any { return records.Forget{Ticket: k, Key: "#a"} }},
		{"records.Mark", actortest.Before, func(k ask.Ticket) any { return records.Mark{Ticket: k, Account: "ann", Room: 1} }},
		{"journal.Read", actortest.Before, func(k ask.Ticket) any {
			return journal.Read{Ticket: k, Room: 1, Query: journal.Query{Where: journal.Latest, Limit: 1}}
		}},
		{"journal.Flush", actortest.Before, func(k ask.Ticket) any { return journal.Flush{Ticket: k} }},
		{"persistence.write", actortest.After, func(k ask.Ticket) any { return records.Open{Ticket: k, Key: "#a"} }},
		{"journal.Append", actortest.After, func(k ask.Ticket) any {
			return journal.Append{Record: journal.Record{Room: 1, Text: fmt.Sprint(k.Ref)}, Intent: fmt.Sprint(k.Ref), ReplyTo: k.ReplyTo}
		}},
	} {
		t.Run(test.message, func(t *testing.T) {
			census := actortest.NewCensus()
			fault := actortest.PanicOn(of(test.message), 1, test.at)
			cfg := ActorConfig{
				JournalOptions: []actor.PropsOption{census.Option()}, RecordsOptions: []actor.PropsOption{census.Option()},
			}
			to, other := "/records", "/journal"
			if strings.HasPrefix(test.message, "records.") {
				cfg.RecordsOptions = append(cfg.RecordsOptions, fault)
			} else {
				cfg.JournalOptions = append(cfg.JournalOptions, fault)
				to, other = other, to
			}
			inVirtualTime(t, cfg, func(r *rig) {
				house := r.house.child.Id
				for ref := uint64(1); ref <= 2; ref++ {
					question := test.question(ask.Ticket{ReplyTo: r.me, Ref: ref})
					pid := r.journal()
					if test.message == "persistence.write" || to == "/records" {
						pid = r.records()
					}
					r.sys.Root.Send(pid, question)
					time.Sleep(time.Second)
					synctest.Wait()
					got := r.probe.take().Got
					refused := fmt.Sprint(got) == fmt.Sprint([]any{ask.Refused{Ref: ref, Reason: ask.ErrUnknown}})
					if len(got) != 1 || refused != (ref == 1 && test.at == actortest.Before) {
						t.Errorf("question %d was answered %v", ref, got)
					}
				}
				starts := census.Starts()
				if starts[house+to] != 2 || starts[house+other] != 1 || len(r.house.ready) != 1 {
					t.Errorf("started %v, storage was ready %d times", starts, len(r.house.ready))
				}
			})
		})
	}
}

// TestPatienceBeginsAnewWithARestart: the alarm that an earlier incarnation had
// set is void, the commit that it had begun is waited for as long as any, and
// what was said in it is told of, once, when it ends at last.
func TestPatienceBeginsAnewWithARestart(t *testing.T) {
	inVirtualTime(t, ActorConfig{Patience: 5 * time.Second}, func(r *rig) {
		r.store.pause = slow(12 * time.Second)
		r.post(1, "a")
		time.Sleep(4 * time.Second)
		r.sys.Root.Send(r.journal(), boom{})
		time.Sleep(5 * time.Second)
		r.want()
		time.Sleep(time.Second)
		r.want("not committed 1: a: outcome unknown")
		r.set(func(s *memStore) { s.pause = nil })
		time.Sleep(10 * time.Second)
		r.post(1, "b")
		time.Sleep(time.Second)
		r.want("committed late 1: a", "committed 1: b")
		if n := len(r.store.commits); n != 2 {
			r.Errorf("%d commits", n)
		}
	})
}

// TestRestartsOfTheJournalAreEverFurtherApart: from 100 ms on, doubling; a
// failure that comes after a quiet minute begins anew.
func TestRestartsOfTheJournalAreEverFurtherApart(t *testing.T) {
	census := actortest.NewCensus()
	inVirtualTime(t, ActorConfig{JournalOptions: []actor.PropsOption{census.Option()}}, func(r *rig) {
		fail := func(want time.Duration) {
			before := census.Starts()[r.journal().Id]
			r.sys.Root.Send(r.journal(), boom{})
			time.Sleep(want - time.Millisecond)
			synctest.Wait()
			early := census.Starts()[r.journal().Id]
			time.Sleep(2 * time.Millisecond)
			synctest.Wait()
			if after := census.Starts()[r.journal().Id]; early != before || after != before+1 {
				r.Errorf("not restarted after %v: started %d, %d, %d times", want, before, early, after)
			}
		}
		for _, want := range []time.Duration{100, 200, 400, 800, 1600} {
			fail(want * time.Millisecond)
		}
		time.Sleep(2 * time.Minute)
		fail(100 * time.Millisecond)
	})
}
