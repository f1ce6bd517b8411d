package registry

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// house is a room or conversation: its name, and its actor while it has one.
type house struct {
	gate
	key, name string // name is empty for a conversation
	no        journal.Room
	stored    bool // records knows it, so that its name is to be freed there
	founder   string
	pair      [2]*person // of a conversation, by ascending ID

	pid     *actor.PID // nil: not running
	legacy  *room.Legacy
	summary room.Summary
	resting uint64 // the number of the question whether it rests
	widowed bool   // a conversation that has lost one of its two user actors
	move    *move  // its name is being changed
	ending  bool   // it is being stopped

	since   time.Time     // it runs
	closed  bool          // quarantined
	coolOff time.Duration // the last one
	alarm   *time.Timer
	number  uint64 // of the alarm
}

func (h *house) talk() bool { return h.pair[0] != nil }

// public tells whether it is to be listed: a room that somebody is in.
func (h *house) public() bool { return !h.talk() && h.summary.Members > 0 }

func (r *registry) toRoom(ctx actor.Context, m ToRoom) {
	h := r.houses[names.Fold(m.Name)]
	if h == nil || h.talk() {
		var err error
		if h, err = r.newRoom(m); err != nil {
			ask.Refuse(ctx, m.Ticket, err)
			return
		}
	}
	if h.shut {
		r.park(ctx, &h.gate, m)
		return
	}
	r.forward(ctx, h, m.Ticket, m.Command)
}

// enter is how a user joins.
func (r *registry) enter(ctx actor.Context, m user.Enter) {
	r.toRoom(ctx, ToRoom{Ticket: m.Ticket, Name: m.Name, Make: m.Make, Founder: m.Founder, Command: m.Join})
}

func (r *registry) newRoom(m ToRoom) (*house, error) {
	if !m.Make {
		return nil, ErrNoRoom
	}
	key, err := names.Room(m.Name, r.Limits.RoomName)
	if err != nil {
		return nil, ErrBadRoomName
	}
	if len(r.houses)-r.talks >= r.Limits.Rooms || r.crowded() {
		return nil, ErrTooManyRooms
	}
	h := &house{key: key, name: m.Name, founder: m.Founder}
	r.houses[key] = h
	return h, nil
}

// forward hands the command to the room, which is started if need be.
func (r *registry) forward(ctx actor.Context, h *house, t ask.Ticket, command any) {
	if h.closed {
		ask.Refuse(ctx, t, room.ErrQuarantined)
		return
	}
	if h.pid == nil {
		if !h.talk() && r.crowded() {
			ask.Refuse(ctx, t, ErrTooManyRooms)
			return
		}
		r.spawnRoom(ctx, h)
	}
	ctx.Send(h.pid, command)
}

// crowded tells whether no further room may run. Conversations have a limit of
// their own.
func (r *registry) crowded() bool { return len(r.rooms)-r.talks >= r.Limits.Running }

func (r *registry) spawnRoom(ctx actor.Context, h *house) {
	if h.legacy == nil {
		h.legacy = &room.Legacy{}
	}
	cfg := room.Config{
		Founder: h.founder, Journal: r.Journal, Records: r.Records, Registry: ctx.Self(),
		Encode: r.Encode, Now: r.Now, Limits: r.Room,
	}
	if h.talk() {
		cfg.Pair = [2]string{h.pair[0].id, h.pair[1].id}
		cfg.People = [2]*actor.PID{h.pair[0].pid, h.pair[1].pid}
	} else {
		cfg.Key, cfg.Name = h.key, h.name
	}
	h.pid, h.since = ctx.SpawnPrefix(room.Props(cfg, h.legacy, r.RoomOptions...), "room-"), r.Now()
	r.rooms[h.pid.Id] = h
}

// summary keeps what a room says of itself, and asks an empty one whether it
// may be stopped. Until it answers, commands for it wait here.
func (r *registry) summary(ctx actor.Context, m room.Summary) {
	h := r.rooms[m.Room.Id]
	if h == nil {
		return
	}
	h.summary, h.no, h.stored = m, m.No, true
	if h.move != nil && h.move.doubt {
		r.endMove(ctx, h, m.Key, m.Name)
	}
	if m.Empty && (!h.shut || h.widowed) && !h.ending {
		r.askRetire(ctx, h)
	}
}

func (r *registry) askRetire(ctx actor.Context, h *house) {
	h.shut, h.resting = true, r.next()
	ctx.Send(h.pid, room.Retire{Ticket: r.ticket(ctx, h.resting)})
}

func (r *registry) roomRests(ctx actor.Context, m room.Resting) {
	h := r.rooms[m.Room.Id]
	switch {
	case h == nil || h.ending || m.Ref != h.resting:
	case m.Empty:
		h.ending = true
		ctx.Poison(h.pid)
	default:
		r.stays(ctx, h)
	}
}

func (r *registry) roomEnded(ctx actor.Context, h *house) {
	delete(r.rooms, h.pid.Id)
	lost := h.pid
	failed := !h.ending && !h.widowed
	keep := h.summary.Keep
	h.pid, h.ending, h.summary = nil, false, room.Summary{}
	switch {
	case failed:
		r.quarantine(ctx, h, lost)
	case h.talk():
		r.forgetTalk(ctx, h)
	case !h.stored:
		delete(r.houses, h.key)
	case !keep:
		r.forget(ctx, h)
		return
	}
	r.open(ctx, &h.gate)
}

// forget frees the name of a room that belongs to nobody.
func (r *registry) forget(ctx actor.Context, h *house) {
	ref := r.next()
	h.shut, r.forgets[ref] = true, h
	ctx.Send(r.Records, records.Forget{Ticket: r.ticket(ctx, ref), No: h.no, Key: h.key})
}

func (r *registry) forgotten(ctx actor.Context, m records.Forgotten) {
	h := r.forgets[m.Ref]
	if h == nil {
		return
	}
	delete(r.forgets, m.Ref)
	if m.Err == nil {
		delete(r.houses, h.key)
	}
	r.open(ctx, &h.gate)
}

// quarantine keeps a room closed that has failed too often, and tells those
// who were in it.
func (r *registry) quarantine(ctx actor.Context, h *house, lost *actor.PID) {
	if r.Now().Sub(h.since) > r.Limits.MaxCoolOff {
		h.coolOff = 0
	}
	h.closed = true
	h.coolOff = min(max(2*h.coolOff, r.Limits.CoolOff), r.Limits.MaxCoolOff)
	for _, u := range h.legacy.Users() {
		ctx.Send(u, user.RoomLost{Room: lost, Name: h.name})
	}
	h.number = r.next()
	h.alarm = r.after(ctx, h.coolOff, coolOffEnd{h.key, h.number})
}

// coolOffEnds starts the room again; it asks its members to attach.
func (r *registry) coolOffEnds(ctx actor.Context, m coolOffEnd) {
	h := r.houses[m.key]
	if h == nil || !h.closed || h.number != m.number {
		return
	}
	h.closed = false
	if h.stale() {
		r.forgetTalk(ctx, h)
		return
	}
	r.spawnRoom(ctx, h)
}
