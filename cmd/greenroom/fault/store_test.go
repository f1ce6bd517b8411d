package fault

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/persistence"
)

// shelf is a store that always works.
type shelf struct {
	persistence.Store
	commits, resumes int
}

func (s *shelf) Commit(batch []persistence.Op) ([]persistence.Outcome, error) {
	s.commits++
	return make([]persistence.Outcome, len(batch)), nil
}

func (s *shelf) Resume() error { s.resumes++; return nil }
func (s *shelf) Health() error { return nil }

func TestStoreFaultsAnswerAndStoreAsTheySay(t *testing.T) {
	for _, test := range []struct {
		fault   Fault
		answers error // beside Injected
		stores  int
		resumes bool // while it lasts
		healthy bool
	}{
		{Fault{Kind: StoreFails}, nil, 0, true, true},
		{Fault{Kind: StoreUnknown}, persistence.ErrUnknownOutcome, 1, true, true},
		{Fault{Kind: DiskLow}, journal.ErrDiskLow, 0, false, false},
		{Fault{Kind: SyncFails, Target: Stored}, persistence.ErrUnknownOutcome, 1, false, false},
		{Fault{Kind: SyncFails, Target: Lost}, persistence.ErrUnknownOutcome, 0, false, false},
	} {
		t.Run(string(test.fault.Kind)+test.fault.Target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in, told := newInjectors()
				inner := &shelf{}
				store := in.Store(inner)
				f := test.fault
				f.ID, f.For = 1, time.Second
				if err := in.Strike(f); err != nil {
					t.Fatal(err)
				}
				told.want(t)
				_, err := store.Commit(make([]persistence.Op, 1))
				var injected Injected
				if !errors.As(err, &injected) || test.answers != nil && !errors.Is(err, test.answers) || inner.commits != test.stores {
					t.Errorf("answered %v, and stored %d", err, inner.commits)
				}
				if test.answers == nil && errors.Is(err, persistence.ErrUnknownOutcome) {
					t.Errorf("answered %v", err)
				}
				if err := store.Resume(); (err == nil) != test.resumes {
					t.Errorf("resumed: %v", err)
				}
				if err := store.Health(); (err == nil) != test.healthy {
					t.Errorf("health: %v", err)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				told.want(t, Struck{ID: 1, What: "commit"}, Struck{ID: 1, Over: true})
				out, err := store.Commit(make([]persistence.Op, 1))
				if err != nil || len(out) != 1 || inner.commits != test.stores+1 || store.Resume() != nil || store.Health() != nil {
					t.Errorf("afterwards: %v, %v", out, err)
				}
			})
		})
	}
}

func TestStoreHangsOnceAndThenStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, told := newInjectors()
		inner := &shelf{}
		store, began := in.Store(inner), time.Now()
		if err := in.Strike(Fault{ID: 1, Kind: StoreHangs, For: 6 * time.Second}); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			if _, err := store.Commit(nil); err != nil || inner.commits != n || time.Since(began) != 6*time.Second {
				t.Errorf("commit %d after %v: %v", n, time.Since(began), err)
			}
		}
		told.want(t, Struck{ID: 1, What: "commit"}, Struck{ID: 1, Over: true})
	})
}

func TestTwoStoreFaultsAtOnceStrikeInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, _ := newInjectors()
		store := in.Store(&shelf{})
		for _, f := range []Fault{{ID: 1, Kind: StoreFails, For: time.Second}, {ID: 2, Kind: DiskLow, For: 2 * time.Second}} {
			if err := in.Strike(f); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Commit(nil); err == nil || errors.Is(err, journal.ErrDiskLow) {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if _, err := store.Commit(nil); !errors.Is(err, journal.ErrDiskLow) {
			t.Error(err)
		}
		time.Sleep(time.Second)
	})
}
