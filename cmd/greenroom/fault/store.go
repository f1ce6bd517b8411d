package fault

import (
	"fmt"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/persistence"
)

// Targets of SyncFails: what a failed sync leaves on the disk.
const (
	Stored = "stored"
	Lost   = "lost"
)

// Store returns the store with the faults of stores before it.
func (in *Injectors) Store(inner persistence.Store) persistence.Store {
	return &store{Store: inner, in: in}
}

type store struct {
	persistence.Store
	in *Injectors
}

// Commit is struck by one fault at a time, in the order of the plan.
func (s *store) Commit(batch []persistence.Op) ([]persistence.Outcome, error) {
	f, hit := s.in.struck(ofKind(StoreFails, StoreHangs, StoreUnknown, DiskLow, SyncFails), "commit")
	if !hit {
		return s.Store.Commit(batch)
	}
	switch f.Kind {
	case DiskLow:
		return nil, diskLow(f)
	case StoreHangs:
		time.Sleep(f.For)
		defer s.in.told(Struck{ID: f.ID, Over: true})
		return s.Store.Commit(batch)
	case StoreFails:
		return nil, Injected{f}
	case SyncFails:
		if f.Target == Lost {
			return nil, unknown(f)
		}
	}
	if outcomes, err := s.Store.Commit(batch); err != nil {
		return outcomes, err
	}
	return nil, unknown(f)
}

// Resume fails as long as there is no space or no sync.
func (s *store) Resume() error {
	if f, hit := s.in.lasting(DiskLow); hit {
		return diskLow(f)
	}
	if f, hit := s.in.lasting(SyncFails); hit {
		return Injected{f}
	}
	return s.Store.Resume()
}

// Health says why commits fail.
func (s *store) Health() error {
	if f, hit := s.in.lasting(DiskLow); hit {
		return diskLow(f)
	}
	if f, hit := s.in.lasting(SyncFails); hit {
		return Injected{f}
	}
	return s.Store.Health()
}

func diskLow(f Fault) error { return fmt.Errorf("%w: %w", journal.ErrDiskLow, Injected{f}) }

func unknown(f Fault) error { return fmt.Errorf("%w: %w", persistence.ErrUnknownOutcome, Injected{f}) }

// lasting tells of a fault of that kind that has not ended.
func (in *Injectors) lasting(kind Kind) (Fault, bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, o := range in.orders {
		if o.Kind == kind {
			return o.Fault, true
		}
	}
	return Fault{}, false
}
