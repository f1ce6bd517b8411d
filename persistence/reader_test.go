package persistence

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

func (r *rig) read(refs ...uint64) {
	for _, ref := range refs {
		r.sys.Root.Send(r.journal(), journal.Read{
			Ticket: ask.Ticket{ReplyTo: r.me, Ref: ref},
			Room:   1, Query: journal.Query{Where: journal.Latest, Limit: 10, Events: true},
		})
	}
}

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
