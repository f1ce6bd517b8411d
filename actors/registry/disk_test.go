package registry_test

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// disk answers as records and journal in one, and forgets nothing.
type disk struct {
	accounts []records.Name
	rooms    map[journal.Room]*records.Room
	members  map[string][]journal.Room
	seq      map[journal.Room]uint64
	log      []journal.Record
	last     journal.Room
	broken   bool // names cannot be read
	fault    actor.PropsOption
	stuck    bool // appends wait until it is repaired
	waiting  []journal.Append
}

// repaired ends that the disk is broken or stuck.
type (
	stuck    struct{}
	repaired struct{}
)

func newDisk(accounts []string) *disk {
	d := &disk{
		rooms:   make(map[journal.Room]*records.Room),
		members: make(map[string][]journal.Room),
		seq:     make(map[journal.Room]uint64),
	}
	for _, name := range accounts {
		d.accounts = append(d.accounts, records.Name{Key: names.Fold(name), Name: name})
	}
	return d
}

func (d *disk) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case records.Names:
		d.names(ctx, m)
	case records.Open:
		ask.Reply(ctx, m.Ticket, d.open(m))
	case records.Forget:
		delete(d.rooms, m.No)
		ask.Reply(ctx, m.Ticket, records.Forgotten{Ref: m.Ref})
	case records.Create:
		ask.Reply(ctx, m.Ticket, d.create(m))
	case records.Memberships:
		ask.Reply(ctx, m.Ticket, d.remembered(m))
	case journal.Read:
		ask.Reply(ctx, m.Ticket, journal.Page{Ref: m.Ref, Room: m.Room, Records: d.logOf(m.Room)})
	case journal.Append:
		d.waiting = append(d.waiting, m)
		d.commit(ctx)
	case stuck:
		d.stuck = true
	case repaired:
		d.broken, d.stuck = false, false
		d.commit(ctx)
	default:
		supervise.Stray(ctx)
	}
}

func (d *disk) commit(ctx actor.Context) {
	for len(d.waiting) > 0 && !d.stuck {
		m := d.waiting[0]
		d.waiting = d.waiting[1:]
		ctx.Send(m.ReplyTo, journal.Committed{Room: m.Record.Room, Entries: []journal.Entry{d.append(m)}})
	}
}

// logOf is the whole log of a room, whatever the query.
func (d *disk) logOf(no journal.Room) []journal.Record {
	return slices.DeleteFunc(slices.Clone(d.log), func(r journal.Record) bool { return r.Room != no })
}

// names come in two pages.
func (d *disk) names(ctx actor.Context, m records.Names) {
	named := records.Named{Ref: m.Ref}
	switch {
	case d.broken:
		named.Err = ask.ErrUnavailable
	case m.Cursor == "":
		named.Accounts, named.Next = d.accounts, "rooms"
	default:
		for _, r := range d.rooms {
			if r.Key != "" {
				named.Rooms = append(named.Rooms, records.Name{Key: r.Key, Name: r.Name, Room: r.No})
			}
		}
	}
	ask.Reply(ctx, m.Ticket, named)
}

func (d *disk) open(m records.Open) records.Opened {
	if r := d.rooms[m.No]; r != nil {
		return records.Opened{Ref: m.Ref, Room: *r}
	}
	for _, r := range d.rooms {
		if r.Key == m.Key && r.Pair == m.Pair {
			return records.Opened{Ref: m.Ref, Room: *r}
		}
	}
	d.last++
	d.rooms[d.last] = &records.Room{No: d.last, Key: m.Key, Name: m.Name, Pair: m.Pair, State: m.Initial}
	return records.Opened{Ref: m.Ref, Room: *d.rooms[d.last], Made: true}
}

func (d *disk) create(m records.Create) records.Created {
	for _, a := range d.accounts {
		if a.Key == m.Account.Key {
			return records.Created{Ref: m.Ref, Err: records.ErrExists}
		}
	}
	d.accounts = append(d.accounts, records.Name{Key: m.Account.Key, Name: m.Account.Name})
	return records.Created{Ref: m.Ref, Account: m.Account}
}

func (d *disk) remembered(m records.Memberships) records.Remembered {
	answer := records.Remembered{Ref: m.Ref}
	for _, no := range d.members[m.Account] {
		if r := d.rooms[no]; r != nil {
			answer.List = append(answer.List, records.Membership{Room: no, Key: r.Key, Name: r.Name, Pair: r.Pair})
		}
	}
	return answer
}

func (d *disk) append(m journal.Append) journal.Entry {
	no := m.Record.Room
	if !m.Silent {
		d.seq[no]++
		m.Record.Seq = d.seq[no]
		m.Record.Time = time.UnixMilli(int64(len(d.log))).UTC()
		d.log = append(d.log, m.Record)
	}
	for _, c := range m.Members {
		d.members[c.Account] = slices.DeleteFunc(d.members[c.Account], func(n journal.Room) bool { return n == no })
		if c.Joined {
			d.members[c.Account] = append(d.members[c.Account], no)
		}
	}
	if r := d.rooms[no]; m.State != nil && r != nil {
		r.State = *m.State
	}
	if r := d.rooms[no]; m.Name != nil && r != nil {
		r.Key, r.Name = m.Name.Key, m.Name.Name
	}
	return journal.Entry{Record: m.Record, Silent: m.Silent, State: m.State, Name: m.Name, Intent: m.Intent}
}
