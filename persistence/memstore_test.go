package persistence

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// fault is what happens to a commit of a memStore.
type fault int

const (
	none fault = iota
	diskLow
	lostUnknown   // ErrUnknownOutcome, and nothing is there
	storedUnknown // ErrUnknownOutcome, and all of it is there
	lostPanic
	storedPanic
	short // an outcome too few
	faults
)

type saidKey struct {
	author, id string
	room       journal.Room
}

// memStore is a Store in memory that fails as it is told. It fails the test
// when two callers are at Commit or Resume at once.
type memStore struct {
	t        testing.TB
	onCommit func(n int) fault // n counts from 1
	onResume func() error
	onRange  func(journal.Room) error
	pause    func() // in Commit, before anything is stored

	mu       sync.Mutex
	writers  int
	commits  []int // sizes of the batches that came
	resumes  int
	logs     map[journal.Room][]journal.Record
	commitOf map[journal.ID]int
	silent   []journal.Append
	said     map[saidKey]journal.Record
	accounts map[string]records.Account
	rooms    map[string]records.Room
	marks    map[string]time.Time
}

func newMemStore(t testing.TB) *memStore {
	return &memStore{
		t:        t,
		logs:     make(map[journal.Room][]journal.Record),
		commitOf: make(map[journal.ID]int),
		said:     make(map[saidKey]journal.Record),
		accounts: make(map[string]records.Account),
		rooms:    make(map[string]records.Room),
		marks:    make(map[string]time.Time),
	}
}

func (s *memStore) enter(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writers += by; s.writers > 1 {
		s.t.Error("two callers at Commit or Resume at once")
	}
}

func (s *memStore) Commit(batch []Op) ([]Outcome, error) {
	s.enter(1)
	defer s.enter(-1)
	s.mu.Lock()
	s.commits = append(s.commits, len(batch))
	n, pause, onCommit := len(s.commits), s.pause, s.onCommit
	s.mu.Unlock()
	if pause != nil {
		pause()
	}
	what := none
	if onCommit != nil {
		what = onCommit(n)
	}
	var outcomes []Outcome
	switch what {
	case diskLow:
		return nil, journal.ErrDiskLow
	case lostUnknown:
		return nil, ErrUnknownOutcome
	case lostPanic:
		panic(actortest.Injected{Site: "commit"})
	}
	outcomes = s.store(n, batch)
	switch what {
	case storedUnknown:
		return nil, ErrUnknownOutcome
	case storedPanic:
		panic(actortest.Injected{Site: "commit"})
	case short:
		return outcomes[1:], nil
	}
	return outcomes, nil
}

func (s *memStore) store(n int, batch []Op) []Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	outcomes := make([]Outcome, len(batch))
	for i, op := range batch {
		switch {
		case op.Append != nil:
			outcomes[i] = s.append(n, *op.Append)
		case op.Create != nil:
			outcomes[i] = s.create(op.Create.Account)
		case op.Update != nil:
			outcomes[i] = s.update(op.Update.Account)
		case op.Open != nil:
			outcomes[i] = s.open(*op.Open)
		case op.Forget != nil:
			delete(s.rooms, op.Forget.Key)
		case op.Mark != nil:
			key := op.Mark.Account
			if op.Mark.At.After(s.marks[key]) {
				s.marks[key] = op.Mark.At
			}
			outcomes[i].Marker = s.marks[key]
		}
	}
	return outcomes
}

var errRefused = errors.New("refused by the store")

func (s *memStore) append(n int, a journal.Append) Outcome {
	key := saidKey{a.Record.Author.ID, a.ClientID, a.Record.Room}
	if first, ok := s.said[key]; ok && a.ClientID != "" {
		return Outcome{Record: first, Duplicate: true}
	}
	if strings.HasPrefix(a.Record.Text, "refuse") {
		return Outcome{Err: errRefused}
	}
	if a.Silent {
		s.silent = append(s.silent, a)
		return Outcome{}
	}
	r := a.Record
	r.Seq = uint64(len(s.logs[r.Room]) + 1)
	r.Time = time.UnixMilli(int64(r.Seq)).UTC()
	s.logs[r.Room] = append(s.logs[r.Room], r)
	s.commitOf[r.ID()] = n
	if a.ClientID != "" {
		s.said[key] = r
	}
	return Outcome{Record: r}
}

func (s *memStore) create(a records.Account) Outcome {
	if _, ok := s.accounts[a.Key]; ok {
		return Outcome{Err: records.ErrExists}
	}
	a.Version = 1
	s.accounts[a.Key] = a
	return Outcome{Account: a}
}

func (s *memStore) update(a records.Account) Outcome {
	if s.accounts[a.Key].Version != a.Version {
		return Outcome{Err: records.ErrConflict}
	}
	a.Version++
	s.accounts[a.Key] = a
	return Outcome{Account: a}
}

func (s *memStore) open(o records.Open) Outcome {
	if r, ok := s.rooms[o.Key]; ok {
		return Outcome{Room: r}
	}
	r := records.Room{No: journal.Room(len(s.rooms) + 1), Key: o.Key, Name: o.Name, Pair: o.Pair, State: o.Initial}
	s.rooms[o.Key] = r
	return Outcome{Room: r, Made: true}
}

// Range knows Latest and nothing else.
func (s *memStore) Range(room journal.Room, q journal.Query) ([]journal.Record, int, error) {
	s.mu.Lock()
	onRange := s.onRange
	s.mu.Unlock()
	if onRange != nil {
		if err := onRange(room); err != nil {
			return nil, 0, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Where != journal.Latest || q.Limit < 1 {
		s.t.Errorf("unexpected query %+v", q)
	}
	log := s.logs[room]
	log = slices.Clone(log[min(q.From.Seq, uint64(len(log))):])
	log = slices.DeleteFunc(log, func(r journal.Record) bool { return !journal.MayRead(q.Role, r.MinRole) })
	return log[max(0, len(log)-q.Limit):], len(log), nil
}

func (s *memStore) Account(key string) (records.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[key]; ok {
		return a, nil
	}
	return records.Account{}, records.ErrNoAccount
}

func (s *memStore) Memberships(account string) ([]records.Membership, error) {
	if account == "panic" {
		panic(actortest.Injected{Site: "memberships"})
	}
	return []records.Membership{{Room: 1, Name: account}}, nil
}

func (s *memStore) Search([]records.Scope, records.Terms) (records.Hits, error) {
	return records.Hits{}, nil
}

func (s *memStore) Names(string, int) (page records.Named, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(s.accounts)) {
		page.Accounts = append(page.Accounts, records.Name{Key: key})
	}
	return page, nil
}

func (s *memStore) Resume() error {
	s.enter(1)
	defer s.enter(-1)
	s.mu.Lock()
	s.resumes++
	onResume := s.onResume
	s.mu.Unlock()
	if onResume != nil {
		return onResume()
	}
	return nil
}

func (s *memStore) Room(journal.Room) (records.Room, error)      { return records.Room{}, ErrNoRoom }
func (s *memStore) RoomByName(string) (records.Room, error)      { return records.Room{}, ErrNoRoom }
func (s *memStore) Conversation([2]string) (records.Room, error) { return records.Room{}, ErrNoRoom }
func (s *memStore) Health() error                                { return nil }
func (s *memStore) Close() error                                 { return nil }
