package persistence

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

// TestACommitWaitsForThoseWhoCameBeforeThePause, and no longer than it may.
func TestACommitWaitsForThoseWhoCameBeforeThePause(t *testing.T) {
	inVirtualTime(t, ActorConfig{Gather: time.Millisecond}, func(r *rig) {
		r.set(func(s *memStore) { s.pause = slow(10 * time.Millisecond) })
		r.post(1, "a")
		synctest.Wait()
		r.post(1, "b", "c")
		time.Sleep(11 * time.Millisecond)
		r.want("committed 1: a") // b and c have waited long enough
		time.Sleep(10 * time.Millisecond)
		r.want("committed 1: b c")
		r.post(1, "d", "e")
		synctest.Wait()
		r.post(1, "f")
		time.Sleep(10 * time.Millisecond)
		r.want("committed 1: d e f")
		r.post(1, "g")
		time.Sleep(10 * time.Millisecond)
		r.want()
		time.Sleep(time.Millisecond)
		r.want("committed 1: g")
		if want := []int{1, 2, 3, 1}; !reflect.DeepEqual(r.store.commits, want) {
			r.Errorf("batches %v, want %v", r.store.commits, want)
		}
	})
}

// TestWhoComesAloneWaitsForNobody.
func TestWhoComesAloneWaitsForNobody(t *testing.T) {
	inVirtualTime(t, ActorConfig{Gather: time.Hour}, func(r *rig) {
		for _, text := range []string{"a", "b", "c"} {
			r.post(1, text)
			r.want("committed 1: " + text)
		}
	})
}

// TestStoppingAnswersWhoWaitsForCompany.
func TestStoppingAnswersWhoWaitsForCompany(t *testing.T) {
	inVirtualTime(t, ActorConfig{Gather: time.Hour}, func(r *rig) {
		r.set(func(s *memStore) { s.pause = slow(10 * time.Millisecond) })
		r.post(1, "a", "b", "c")
		time.Sleep(21 * time.Millisecond)
		r.told()
		r.post(1, "d")
		r.want()
		r.sys.Root.Stop(r.journal())
		r.want("not committed 1: d: the server is stopping")
	})
}
