package persistence

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

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
		r.want("not committed 1: b: the server is stopping")
		time.Sleep(600 * time.Millisecond)
		r.want("committed 1: a")
		time.Sleep(time.Second)
		r.want("committed 1: c")
	})
}

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

func TestStoppingAnswersEverybody(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Second)
		r.post(1, "a")
		synctest.Wait()
		r.post(1, "b")
		r.sys.Root.Send(r.journal(), journal.Flush{Ticket: ask.Ticket{ReplyTo: r.me}})
		synctest.Wait()
		r.sys.Root.Stop(r.house.child)
		r.want("ask.Refused", "not committed 1: b: the server is stopping", "not committed 1: a: outcome unknown")
		time.Sleep(2 * time.Second)
		r.want()
		if len(r.house.failed) > 0 {
			r.Error("a stop was told as a failure")
		}
	})
}
