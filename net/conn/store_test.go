package conn_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// store is a journal and records actor in memory. delay says how long each
// commit takes; refuse, if set, why none succeeds.
type store struct {
	mu     sync.Mutex // tests change delay and refuse from outside
	delay  func() time.Duration
	refuse error
	silent bool                                    // answers nothing
	pages  func([]journal.Record) []journal.Record // changes what is read; nil: nothing
	passed int                                     // by each page that is read

	pending  []journal.Append
	busy     bool
	logs     map[journal.Room][]journal.Record
	states   map[journal.Room]journal.State
	last     map[journal.Room]time.Time
	seen     map[string]journal.Record
	rooms    []records.Room
	lastRoom journal.Room
	accounts map[string]records.Account
	members  map[string][]journal.Room
	markers  map[string]time.Time
}

type commitNow struct{}

func newStore() *store {
	return &store{
		delay:    func() time.Duration { return 0 },
		logs:     map[journal.Room][]journal.Record{},
		states:   map[journal.Room]journal.State{},
		last:     map[journal.Room]time.Time{},
		seen:     map[string]journal.Record{},
		accounts: map[string]records.Account{},
		members:  map[string][]journal.Room{},
		markers:  map[string]time.Time{},
	}
}

// set changes how the store behaves, from the test.
func (s *store) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *store) Receive(ctx actor.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.silent {
		return
	}
	switch m := ctx.Message().(type) {
	case journal.Append:
		s.pending = append(s.pending, m)
		s.commitLater(ctx)
	case commitNow:
		s.commit(ctx)
	case journal.Read:
		page := s.page(m.Room, m.Query)
		if s.pages != nil {
			page = s.pages(page)
		}
		ask.Reply(ctx, m.Ticket, journal.Page{Ref: m.Ref, Room: m.Room, Records: page, Looked: len(page) + s.passed})
	case records.Open:
		s.open(ctx, m)
	case records.Search:
		ask.Reply(ctx, m.Ticket, s.search(m))
	case records.Memberships:
		s.memberships(ctx, m)
	case records.Names:
		s.names(ctx, m)
	case records.Forget:
		s.rooms = slices.DeleteFunc(s.rooms, func(r records.Room) bool { return r.Key == m.Key })
		ask.Reply(ctx, m.Ticket, records.Forgotten{Ref: m.Ref})
	case records.Create:
		err := error(nil)
		if _, ok := s.accounts[m.Account.Key]; ok {
			err = records.ErrExists
		} else {
			s.accounts[m.Account.Key] = m.Account
		}
		ask.Reply(ctx, m.Ticket, records.Created{Ref: m.Ref, Account: m.Account, Err: err})
	case records.Update:
		err := error(nil)
		if s.accounts[m.Account.Key].Version != m.Account.Version {
			err = records.ErrConflict
		} else {
			m.Account.Version++
			s.accounts[m.Account.Key] = m.Account
		}
		ask.Reply(ctx, m.Ticket, records.Updated{Ref: m.Ref, Account: m.Account, Err: err})
	case records.Find:
		a, ok := s.accounts[m.Key]
		err := error(nil)
		if !ok {
			err = records.ErrNoAccount
		}
		ask.Reply(ctx, m.Ticket, records.Found{Ref: m.Ref, Account: a, Err: err})
	}
}

func (s *store) commitLater(ctx actor.Context) {
	if s.busy {
		return
	}
	s.busy = true
	root, self := ctx.ActorSystem().Root, ctx.Self()
	if d := s.delay(); d > 0 {
		time.AfterFunc(d, func() { root.Send(self, commitNow{}) })
		return
	}
	root.Send(self, commitNow{})
}

// commit stores what is pending and tells each room once.
func (s *store) commit(ctx actor.Context) {
	batch := s.pending
	s.pending, s.busy = nil, false
	type to struct {
		room  journal.Room
		reply *actor.PID
	}
	var order []to
	entries := map[to][]journal.Entry{}
	for _, a := range batch {
		key := to{a.Record.Room, a.ReplyTo}
		if entries[key] == nil {
			order = append(order, key)
		}
		e := s.append(a)
		if e.err != nil {
			ctx.Send(a.ReplyTo, journal.NotCommitted{Room: key.room, Entries: []journal.Entry{e.Entry}, Reason: e.err})
			continue
		}
		entries[key] = append(entries[key], e.Entry)
	}
	for _, key := range order {
		if len(entries[key]) == 0 {
			continue
		}
		if s.refuse != nil {
			ctx.Send(key.reply, journal.NotCommitted{Room: key.room, Entries: entries[key], Reason: s.refuse})
			continue
		}
		ctx.Send(key.reply, journal.Committed{Room: key.room, Entries: entries[key]})
	}
}

// entry is an outcome; err: it alone is refused.
type entry struct {
	journal.Entry
	err error
}

// redact is what a Redaction asks for.
func (s *store) redact(a journal.Append) (uint8, error) {
	log := s.logs[a.Record.Room]
	if n := a.Record.Redacts; n == 0 || n > uint64(len(log)) {
		return 0, journal.ErrNoMessage
	}
	r := &log[a.Record.Redacts-1]
	switch {
	case !r.Kind.Posted() || r.Redacted || !journal.MayRead(a.Redaction.Role, r.MinRole):
		return 0, journal.ErrNoMessage
	case a.Redaction.Author != "" && a.Redaction.Author != r.Author.ID:
		return 0, journal.ErrNotTheirs
	}
	r.Text, r.Tags, r.Redacted = "", nil, true
	return r.MinRole, nil
}

func (s *store) append(a journal.Append) entry {
	e := entry{Entry: journal.Entry{Record: a.Record, Silent: a.Silent, State: a.State, Name: a.Name, Intent: a.Intent}}
	if s.refuse != nil {
		return e
	}
	dedupe := fmt.Sprint(a.Record.Author.ID, " ", a.Record.Room, " ", a.ClientID)
	if first, ok := s.seen[dedupe]; ok && a.ClientID != "" {
		e.Record, e.Duplicate = first, true
		return e
	}
	no := a.Record.Room
	for _, m := range a.Members {
		list := slices.DeleteFunc(s.members[m.Account], func(r journal.Room) bool { return r == no })
		if m.Joined {
			list = append(list, no)
		}
		s.members[m.Account] = list
	}
	if a.Name != nil {
		i := slices.IndexFunc(s.rooms, func(r records.Room) bool { return r.No == no })
		s.rooms[i].Key, s.rooms[i].Name = a.Name.Key, a.Name.Name
	}
	if a.Mark != nil {
		key := fmt.Sprint(a.Mark.Account, " ", no)
		if a.Mark.At.After(s.markers[key]) {
			s.markers[key] = a.Mark.At
		}
		e.Marker = s.markers[key]
	}
	if a.State != nil {
		s.states[no] = *a.State
	}
	if a.Silent {
		return e
	}
	if a.Redaction != nil {
		if e.Record.MinRole, e.err = s.redact(a); e.err != nil {
			return e
		}
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	if !now.After(s.last[no]) {
		now = s.last[no].Add(time.Millisecond)
	}
	s.last[no] = now
	e.Record.Seq, e.Record.Time = uint64(len(s.logs[no])+1), now
	s.logs[no] = append(s.logs[no], e.Record)
	if a.ClientID != "" {
		s.seen[dedupe] = e.Record
	}
	return e
}

func (s *store) open(ctx actor.Context, m records.Open) {
	i := slices.IndexFunc(s.rooms, func(r records.Room) bool { return r.No == m.No })
	if i < 0 {
		i = slices.IndexFunc(s.rooms, func(r records.Room) bool { return r.Key == m.Key && r.Pair == m.Pair })
	}
	made := i < 0
	if made {
		i = len(s.rooms)
		s.lastRoom++ // never used twice
		s.rooms = append(s.rooms, records.Room{
			No: s.lastRoom, Key: m.Key, Name: m.Name, Pair: m.Pair, Created: time.Now().UTC(), State: m.Initial,
		})
		s.states[s.lastRoom] = m.Initial
	}
	ask.Reply(ctx, m.Ticket, records.Opened{Ref: m.Ref, Room: s.room(s.rooms[i]), Made: made})
}

func (s *store) room(r records.Room) records.Room {
	r.State = s.states[r.No]
	r.LastSeq = uint64(len(s.logs[r.No]))
	r.Last = s.last[r.No]
	return r
}

func (s *store) memberships(ctx actor.Context, m records.Memberships) {
	answer := records.Remembered{Ref: m.Ref}
	for _, r := range s.rooms {
		if slices.Contains(s.members[m.Account], r.No) {
			answer.List = append(answer.List, records.Membership{
				Room: r.No, Key: r.Key, Name: r.Name, Pair: r.Pair, Last: s.last[r.No],
			})
		}
	}
	ask.Reply(ctx, m.Ticket, answer)
}

func (s *store) names(ctx actor.Context, m records.Names) {
	answer := records.Named{Ref: m.Ref}
	for _, a := range s.accounts {
		answer.Accounts = append(answer.Accounts, records.Name{Key: a.Key, Name: a.Name})
	}
	slices.SortFunc(answer.Accounts, func(a, b records.Name) int { return strings.Compare(a.Key, b.Key) })
	for _, r := range s.rooms {
		if r.Key != "" {
			answer.Rooms = append(answer.Rooms, records.Name{Key: r.Key, Name: r.Name, Room: r.No})
		}
	}
	ask.Reply(ctx, m.Ticket, answer)
}

// search is what records.Search means, in the simplest way.
func (s *store) search(m records.Search) records.Hits {
	hits := records.Hits{Ref: m.Ref}
	if strings.Contains(m.Terms.Text, "partial") {
		hits.Until = time.UnixMilli(1).UTC()
	}
	if s.refuse != nil {
		hits.Err = s.refuse
		return hits
	}
	t := m.Terms
	for _, scope := range m.Scopes {
		for _, r := range s.logs[scope.Room] {
			if r.Kind.Said() && !r.Redacted && r.MinRole <= scope.Role &&
				strings.Contains(strings.ToLower(r.Text), strings.ToLower(t.Text)) &&
				(t.From == "" || strings.ToLower(r.Author.Nick) == t.From) &&
				!r.Time.Before(t.After) && (t.Before.IsZero() || !r.Time.After(t.Before)) {
				hits.Records = append(hits.Records, r)
			}
		}
	}
	slices.SortStableFunc(hits.Records, func(a, b journal.Record) int { return a.Time.Compare(b.Time) })
	hits.Records = hits.Records[max(0, len(hits.Records)-t.Limit):]
	return hits
}

// page is what journal.Query means, in the simplest way.
func (s *store) page(no journal.Room, q journal.Query) []journal.Record {
	var log []journal.Record
	for _, r := range s.logs[no] {
		if (q.Events || r.Kind.Said()) && r.MinRole <= q.Role && (q.Redacted || !r.Redacted) {
			log = append(log, r)
		}
	}
	side := func(r journal.Record, p journal.Point) int {
		if p.Seq != 0 {
			return int(r.Seq) - int(p.Seq)
		}
		return r.Time.Compare(p.Time)
	}
	keep := func(holds func(journal.Record) bool) []journal.Record {
		return slices.DeleteFunc(slices.Clone(log), func(r journal.Record) bool { return !holds(r) })
	}
	newest := func(l []journal.Record, n int) []journal.Record { return l[max(0, len(l)-n):] }
	oldest := func(l []journal.Record, n int) []journal.Record { return l[:min(n, len(l))] }
	before := func(p journal.Point) []journal.Record {
		return keep(func(r journal.Record) bool { return side(r, p) < 0 })
	}
	after := func(p journal.Point) []journal.Record {
		return keep(func(r journal.Record) bool { return side(r, p) > 0 })
	}
	switch q.Where {
	case journal.Before:
		return newest(before(q.From), q.Limit)
	case journal.After:
		return oldest(after(q.From), q.Limit)
	case journal.Around:
		first := newest(before(q.From), q.Limit/2)
		rest := keep(func(r journal.Record) bool { return side(r, q.From) >= 0 })
		return append(slices.Clone(first), oldest(rest, q.Limit-len(first))...)
	case journal.Between:
		between := keep(func(r journal.Record) bool { return side(r, q.From)*side(r, q.To) < 0 })
		if len(log) > 0 && pointBefore(q.To, q.From) {
			return newest(between, q.Limit)
		}
		return oldest(between, q.Limit)
	}
	if q.From.IsZero() {
		return newest(log, q.Limit)
	}
	return newest(after(q.From), q.Limit)
}

func pointBefore(a, b journal.Point) bool {
	if a.Seq != 0 && b.Seq != 0 {
		return a.Seq < b.Seq
	}
	return a.Time.Before(b.Time)
}

// said counts what was said in a room, from the test.
func (s *store) said(no journal.Room) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.logs[no] {
		if r.Kind.Said() {
			n++
		}
	}
	return n
}

// waiting counts what the store has been given and has not yet committed.
func (s *store) waiting() int {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending)
}
