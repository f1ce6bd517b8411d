package persistence

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

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
				r.store.onCommit = onSecond(test.what)
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
		r.want("committed late 1: b", "committed 1: e")
		r.wantFacts("down: a commit does not return", "up")
	})
}

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
