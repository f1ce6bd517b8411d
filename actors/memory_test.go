package actors_test

import (
	"slices"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/persistence"
)

// memory is a store of which each commit takes a while.
type memory struct {
	mu       sync.Mutex
	takes    time.Duration
	hang     chan struct{} // not nil: commits wait until it is closed
	fail     error         // not nil: nothing is stored
	busy     bool
	twice    bool // two commits ran at once
	commits  int
	logs     map[journal.Room][]journal.Record
	said     map[string]journal.Record // by author, room and client id
	rooms    []records.Room
	members  map[string][]journal.Room
	accounts []records.Account
}

func newMemory() *memory {
	return &memory{
		takes: 3 * time.Millisecond, logs: map[journal.Room][]journal.Record{},
		said: map[string]journal.Record{}, members: map[string][]journal.Room{},
	}
}

func (s *memory) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *memory) Commit(batch []persistence.Op) ([]persistence.Outcome, error) {
	s.mu.Lock()
	s.twice = s.twice || s.busy
	s.busy = true
	takes, hang := s.takes, s.hang
	s.mu.Unlock()
	time.Sleep(takes)
	if hang != nil {
		<-hang
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = false
	if s.fail != nil {
		return nil, s.fail
	}
	s.commits++
	outcomes := make([]persistence.Outcome, len(batch))
	for i, op := range batch {
		outcomes[i] = s.apply(op)
	}
	return outcomes, nil
}

func (s *memory) apply(op persistence.Op) (out persistence.Outcome) {
	switch {
	case op.Append != nil:
		return s.append(*op.Append)
	case op.Open != nil:
		return s.open(*op.Open)
	case op.Create != nil:
		if _, err := s.account(op.Create.Account.Key); err == nil {
			return persistence.Outcome{Err: records.ErrExists}
		}
		s.accounts = append(s.accounts, op.Create.Account)
		out.Account = op.Create.Account
	case op.Forget != nil:
		if i := slices.IndexFunc(s.rooms, func(r records.Room) bool { return r.Key == op.Forget.Key }); i >= 0 {
			s.rooms[i].Key = ""
		}
	}
	return out
}

func (s *memory) append(a journal.Append) persistence.Outcome {
	r := a.Record
	id := r.Author.ID + " " + string(rune(r.Room)) + a.ClientID
	if first, ok := s.said[id]; ok && a.ClientID != "" {
		return persistence.Outcome{Record: first, Duplicate: true}
	}
	for _, m := range a.Members {
		s.members[m.Account] = slices.DeleteFunc(s.members[m.Account], func(no journal.Room) bool { return no == r.Room })
		if m.Joined {
			s.members[m.Account] = append(s.members[m.Account], r.Room)
		}
	}
	room := &s.rooms[r.Room-1]
	if a.Name != nil {
		room.Key, room.Name = a.Name.Key, a.Name.Name
	}
	if a.State != nil {
		room.State = *a.State
	}
	if a.Silent {
		return persistence.Outcome{Record: r}
	}
	room.LastSeq++
	r.Seq, r.Time = room.LastSeq, time.UnixMilli(int64(s.commits*1000)+int64(room.LastSeq)).UTC()
	s.logs[r.Room] = append(s.logs[r.Room], r)
	if a.ClientID != "" {
		s.said[id] = r
	}
	return persistence.Outcome{Record: r}
}

func (s *memory) open(o records.Open) persistence.Outcome {
	for _, r := range s.rooms {
		if o.No == r.No && r.Key != "" {
			return persistence.Outcome{Room: r}
		}
	}
	for _, r := range s.rooms {
		if r.Key == o.Key && r.Pair == o.Pair && (r.Key != "" || r.Pair[0] != "") {
			return persistence.Outcome{Room: r}
		}
	}
	s.rooms = append(s.rooms, records.Room{
		No: journal.Room(len(s.rooms) + 1), Key: o.Key, Name: o.Name, Pair: o.Pair, State: o.Initial,
	})
	return persistence.Outcome{Room: s.rooms[len(s.rooms)-1], Made: true}
}

func (s *memory) Range(room journal.Room, q journal.Query) ([]journal.Record, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := slices.Clone(s.logs[room])
	log = slices.DeleteFunc(log, func(r journal.Record) bool { return r.Seq <= q.From.Seq || !q.Events && !r.Kind.Said() })
	return log[max(0, len(log)-q.Limit):], len(log), nil
}

func (s *memory) Account(key string) (records.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account(key)
}

func (s *memory) account(key string) (records.Account, error) {
	i := slices.IndexFunc(s.accounts, func(a records.Account) bool { return a.Key == key })
	if i < 0 {
		return records.Account{}, records.ErrNoAccount
	}
	return s.accounts[i], nil
}

func (s *memory) Memberships(account string) (list []records.Membership, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, no := range s.members[account] {
		r := s.rooms[no-1]
		list = append(list, records.Membership{Room: no, Key: r.Key, Name: r.Name, Pair: r.Pair})
	}
	return list, nil
}

func (s *memory) Search([]records.Scope, records.Terms) (records.Hits, error) {
	return records.Hits{}, nil
}

func (s *memory) Names(string, int) (page records.Named, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		page.Accounts = append(page.Accounts, records.Name{Key: a.Key, Name: a.Name})
	}
	for _, r := range s.rooms {
		if r.Key != "" {
			page.Rooms = append(page.Rooms, records.Name{Key: r.Key, Name: r.Name, Room: r.No})
		}
	}
	return page, nil
}

func (s *memory) Room(journal.Room) (records.Room, error) {
	return records.Room{}, persistence.ErrNoRoom
}
func (s *memory) RoomByName(string) (records.Room, error) {
	return records.Room{}, persistence.ErrNoRoom
}
func (s *memory) Conversation([2]string) (records.Room, error) {
	return records.Room{}, persistence.ErrNoRoom
}
func (s *memory) Resume() error { return nil }
func (s *memory) Health() error { return nil }
func (s *memory) Close() error  { return nil }
