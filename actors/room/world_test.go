package room_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Classes of sessions in these tests.
const (
	plain  room.Class = 1 // is shown everything
	modern room.Class = 2 // the same, encoded in another way
	talker room.Class = 3 // only what was said
)

// encode prints what a session is shown, a line for each event.
func encode(dst []byte, class room.Class, e room.Event) []byte {
	if class == talker && !e.Record.Kind.Said() {
		return dst
	}
	return fmt.Appendf(dst, "%d %s\n", class, show(e))
}

func show(e room.Event) string {
	r := e.Record
	return fmt.Sprintf("%d %s %s %s %s", r.Seq, kinds[r.Kind], r.Author.Nick, r.Subject, r.Text+e.ID)
}

var kinds = map[journal.Kind]string{
	journal.Message: "MSG", journal.Notice: "NOTICE", journal.Join: "JOIN", journal.Part: "PART", journal.Quit: "QUIT",
	journal.Kick: "KICK", journal.Topic: "TOPIC", journal.Mode: "MODE", journal.Rename: "NICK",
	journal.TagOnly: "TAGMSG",
}

// disk is what the fake journal and records keep.
type disk struct {
	mu     sync.Mutex // the two actors share it, and in virtual time the test
	rng    *rand.Rand
	fail   float64 // probability that a commit fails
	broken error   // every commit and load fails; if ErrUnknown, commits are stored all the same
	hold   bool    // nothing is committed until released

	room    records.Room
	log     []journal.Record
	known   map[string]journal.Record
	members []journal.Member
	markers map[string]time.Time
	states  []journal.State
	queue   []journal.Append
	busy    bool
	opens   int
	reads   []journal.Read
}

// set changes the disk under way.
func (d *disk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

type commit struct{}

func newDisk(seed uint64) *disk {
	return &disk{rng: rand.New(rand.NewPCG(seed, 7)), known: map[string]journal.Record{}, markers: map[string]time.Time{}}
}

// journal is an actor that stores what has arrived at some later turn.
func (d *disk) journal() actor.Actor {
	return actor.ReceiveFunc(func(ctx actor.Context) {
		d.mu.Lock()
		defer d.mu.Unlock()
		switch m := ctx.Message().(type) {
		case journal.Append:
			d.queue = append(d.queue, m)
			d.next(ctx)
		case commit:
			d.busy = false
			if !d.hold {
				d.commit(ctx)
			}
			d.next(ctx)
		case journal.Read:
			d.reads = append(d.reads, m)
			ask.Reply(ctx, m.Ticket, journal.Page{Ref: m.Ref, Room: m.Room})
		}
	})
}

func (d *disk) next(ctx actor.Context) {
	if !d.busy && !d.hold && len(d.queue) > 0 {
		d.busy = true
		ctx.Send(ctx.Self(), commit{})
	}
}

func (d *disk) commit(ctx actor.Context) {
	if len(d.queue) == 0 {
		return
	}
	batch := d.queue
	d.queue = nil
	failed := d.broken
	if failed == nil && d.rng.Float64() < d.fail {
		failed = ask.ErrUnavailable
	}
	entries := make([]journal.Entry, len(batch))
	for i, a := range batch {
		entries[i] = journal.Entry{Record: a.Record, Silent: a.Silent, State: a.State, Name: a.Name, Intent: a.Intent}
		if failed == nil || failed == ask.ErrUnknown {
			d.store(a, &entries[i])
		}
	}
	if failed != nil {
		ctx.Send(batch[0].ReplyTo, journal.NotCommitted{Room: 1, Entries: entries, Reason: failed})
		return
	}
	ctx.Send(batch[0].ReplyTo, journal.Committed{Room: 1, Entries: entries})
}

func (d *disk) store(a journal.Append, e *journal.Entry) {
	if first, ok := d.known[a.ClientID]; ok && a.ClientID != "" {
		e.Record, e.Duplicate = first, true
		return
	}
	d.members = append(d.members, a.Members...)
	if a.Name != nil {
		d.room.Key, d.room.Name = a.Name.Key, a.Name.Name
	}
	if a.State != nil {
		d.room.State = *a.State
		d.states = append(d.states, *a.State)
	}
	if m := a.Mark; m != nil {
		if m.At.After(d.markers[m.Account]) {
			d.markers[m.Account] = m.At
		}
		e.Marker = d.markers[m.Account]
	}
	if a.Silent {
		return
	}
	e.Record.Seq = uint64(len(d.log) + 1)
	e.Record.Time = time.Unix(1000, 0).Add(time.Duration(e.Record.Seq) * time.Millisecond).UTC()
	d.log = append(d.log, e.Record)
	if a.ClientID != "" {
		d.known[a.ClientID] = e.Record
	}
}

// records is an actor that opens the one room.
func (d *disk) records() actor.Actor {
	return actor.ReceiveFunc(func(ctx actor.Context) {
		d.mu.Lock()
		defer d.mu.Unlock()
		m, ok := ctx.Message().(records.Open)
		if !ok {
			return
		}
		d.opens++
		if d.broken != nil && d.broken != ask.ErrUnknown {
			ask.Reply(ctx, m.Ticket, records.Opened{Ref: m.Ref, Err: d.broken})
			return
		}
		made := d.room.No == 0
		if made {
			d.room = records.Room{No: 1, Key: m.Key, Name: m.Name, Pair: m.Pair, State: m.Initial}
		}
		d.room.LastSeq = uint64(len(d.log))
		ask.Reply(ctx, m.Ticket, records.Opened{Ref: m.Ref, Room: d.room, Made: made})
	})
}

// world is a room with its surroundings, on a schedule.
type world struct {
	t      *testing.T
	sys    *actor.ActorSystem
	s      *actortest.Schedule
	disk   *disk
	legacy *room.Legacy
	cfg    room.Config
	reg    *actortest.Probe
	people []*person
	idle   func()              // between two steps of a storm
	faults []actor.PropsOption // of the room
}

type option func(w *world)

func newWorld(t *testing.T, seed uint64, opts ...option) *world {
	t.Helper()
	w := &world{t: t, s: actortest.NewSchedule(seed), disk: newDisk(seed), legacy: &room.Legacy{}, idle: func() {}}
	w.cfg = room.Config{
		Key: "#green", Name: "#Green", Encode: encode,
		Now: func() time.Time { return time.Unix(5000, 0) },
	}
	for _, opt := range opts {
		opt(w)
	}
	if w.sys == nil {
		w.sys = actortest.System(t)
	}
	w.surround()
	return w
}

// on shares a system between the seeds of a test: making one takes
// milliseconds.
func on(sys *actor.ActorSystem) option { return func(w *world) { w.sys = sys } }

// under puts everybody on another schedule.
func under(s *actortest.Schedule) option { return func(w *world) { w.s = s } }

func (w *world) surround() {
	w.reg, w.cfg.Registry = w.s.Probe(w.sys)
	w.cfg.Journal = w.sys.Root.Spawn(w.s.Props(w.disk.journal))
	w.cfg.Records = w.sys.Root.Spawn(w.s.Props(w.disk.records))
}

// start spawns the room under a strategy that restarts it at once.
func (w *world) start(opts ...actor.PropsOption) *actor.PID {
	opts = append(slices.Clone(w.faults), opts...)
	return w.s.Spawn(w.sys, &supervise.Backoff{Limit: 1000}, room.Props(w.cfg, w.legacy, opts...))
}

// person is a user actor with its sessions.
type person struct {
	w       *world
	pid     *actor.PID
	profile people.Profile
	conns   []*conn
	in      bool
	role    room.Role
	epoch   uint64
	mute    bool // does not answer Up
	got     []any
}

// mute tells a person not to answer Up, loud to do so again.
type (
	mute struct{}
	loud struct{}
)

// conn is a session.
type conn struct {
	probe *actortest.Probe
	pid   *actor.PID
	class room.Class
	refs  uint64
}

func (w *world) person(nick string, account bool, classes ...room.Class) *person {
	p := &person{w: w, profile: people.Profile{ID: "~" + nick, Nick: nick, Username: nick, Host: nick + ".example"}}
	if account {
		p.profile.ID, p.profile.Account = nick, nick
	}
	p.pid = w.sys.Root.Spawn(w.s.Props(func() actor.Actor { return p }))
	for _, class := range classes {
		p.connect(class)
	}
	w.people = append(w.people, p)
	return p
}

func (p *person) connect(class room.Class) *conn {
	probe, pid := p.w.s.Probe(p.w.sys)
	c := &conn{probe: probe, pid: pid, class: class}
	p.conns = append(p.conns, c)
	return c
}

func (p *person) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case mute:
		p.mute = true
	case loud:
		p.mute = false
	case room.Membership:
		p.in, p.role, p.epoch = m.In, m.Role, m.Epoch
	case room.Up:
		switch {
		case p.mute:
		case p.in || m.Conversation:
			ctx.Send(m.Room, room.Attach{Member: p.member()})
		default:
			ctx.Send(m.Room, room.Absent{User: p.pid})
		}
	case actor.SystemMessage, actor.AutoReceiveMessage:
		return
	}
	p.got = append(p.got, ctx.Message())
}

func (p *person) member() room.Member {
	m := room.Member{User: p.pid, Profile: p.profile, Role: p.role}
	for _, c := range p.conns {
		m.Sessions = append(m.Sessions, room.Session{Conn: c.pid, Class: c.class})
	}
	return m
}

// ticket is a new question of the session.
func (c *conn) ticket() ask.Ticket {
	c.refs++
	return ask.Ticket{ReplyTo: c.pid, Ref: c.refs}
}

func (p *person) join(to *actor.PID) {
	p.w.sys.Root.Send(to, room.Join{Ticket: p.conns[0].ticket(), Member: p.member()})
}

func (p *person) post(to *actor.PID, c *conn, text string) room.Post {
	m := room.Post{
		Ticket: c.ticket(), User: p.pid, Kind: journal.Message, Target: "#Green", Text: text,
		Author: journal.Author{ID: p.profile.ID, Nick: p.profile.Nick, Username: p.profile.Username, Host: p.profile.Host},
	}
	p.w.sys.Root.Send(to, m)
	return m
}

// shown is what the session was shown, line by line, without the class.
func (c *conn) shown() []string {
	var lines []string
	for _, m := range c.probe.Got {
		lines = append(lines, linesOf(m)...)
	}
	return lines
}

func linesOf(m any) (lines []string) {
	switch m := m.(type) {
	case *room.Lines:
		for line := range strings.Lines(string(m.Bytes)) {
			lines = append(lines, strings.TrimSuffix(line[2:], "\n"))
		}
	case room.Echo:
		lines = append(lines, show(m.Event))
	case room.Entered:
		if !m.Again {
			lines = append(lines, show(m.Event))
		}
	}
	return lines
}
