package registry

import (
	"errors"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// move is a room's change of its name, on its way.
type move struct {
	ask.Ticket
	ref   uint64 // of the question to the room
	place *house // keeps the new name; nil: only its case is new
	doubt bool   // the asker has been refused, but it may have happened
}

// renameRoom keeps the new name free and asks the room. Commands for the new
// name wait until it is known whether it is that room's.
func (r *registry) renameRoom(ctx actor.Context, m RenameRoom) {
	h := r.houses[names.Fold(m.Old)]
	key, err := names.Room(m.New, r.Limits.RoomName)
	switch {
	case h == nil || h.talk() || h.pid == nil && !h.stored:
		ask.Refuse(ctx, m.Ticket, ErrNoRoom)
	case h.shut:
		r.park(ctx, &h.gate, m)
	case err != nil:
		ask.Refuse(ctx, m.Ticket, ErrBadRoomName)
	case h.move != nil:
		ask.Refuse(ctx, m.Ticket, ask.ErrBusy)
	case r.houses[key] != nil && r.houses[key] != h:
		ask.Refuse(ctx, m.Ticket, ErrRoomNameInUse)
	default:
		v := &move{Ticket: m.Ticket, ref: r.next()}
		if key != h.key {
			v.place = &house{key: key, name: m.New}
			v.place.shut = true
			r.houses[key] = v.place
		}
		h.move, r.moves[v.ref] = v, h
		t := r.ticket(ctx, v.ref)
		r.forward(ctx, h, t, room.Rename{Ticket: t, User: m.User, Key: key, Name: m.New, Reason: m.Reason})
	}
}

// renamed: the room has said what it is called now.
func (r *registry) renamed(ctx actor.Context, m room.Renamed) {
	h := r.moves[m.Ref]
	if h == nil {
		return
	}
	asker := h.move.Ticket
	r.endMove(ctx, h, m.Key, m.Name)
	ask.Reply(ctx, asker, room.Renamed{Ref: asker.Ref, Key: m.Key, Name: m.Name})
}

// notRenamed: the room has refused or, if that is in doubt, tells with its next
// summary what it is called.
func (r *registry) notRenamed(ctx actor.Context, h *house, reason error) {
	ask.Refuse(ctx, h.move.Ticket, reason)
	if errors.Is(reason, ask.ErrUnknown) {
		delete(r.moves, h.move.ref)
		h.move.doubt = true
		return
	}
	r.endMove(ctx, h, h.key, h.name)
}

// endMove takes over the name of a room. Who has waited for the new name finds
// either the room or none.
func (r *registry) endMove(ctx actor.Context, h *house, key, name string) {
	v := h.move
	h.move = nil
	delete(r.moves, v.ref)
	if v.place != nil {
		delete(r.houses, v.place.key)
	}
	delete(r.houses, h.key)
	h.key, h.name = key, name
	r.houses[key] = h
	if v.place != nil {
		r.open(ctx, &v.place.gate)
	}
}
