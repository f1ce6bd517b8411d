package persistence

import (
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/records"
)

func storeState(s journal.State) storedState {
	out := storedState{
		Founder: s.Founder, Topic: s.Topic, TopicBy: s.TopicBy, TopicAt: millis(s.TopicAt),
		Modes: s.Modes, Key: s.Key, Limit: s.Limit,
		Bans: storeMasks(s.Bans), Excepts: storeMasks(s.Excepts), Invites: storeMasks(s.Invites),
		Notes: storeNotes(s.Notes),
	}
	for _, r := range s.Roles {
		out.Roles = append(out.Roles, storedRole{Account: r.Account, Role: r.Role})
	}
	for _, c := range s.Caught {
		out.Caught = append(out.Caught, storedCaught{Mask: c.Mask, Account: c.Account})
	}
	return out
}

func (s storedState) state() journal.State {
	out := journal.State{
		Founder: s.Founder, Topic: s.Topic, TopicBy: s.TopicBy, TopicAt: timeOf(s.TopicAt),
		Modes: s.Modes, Key: s.Key, Limit: s.Limit,
		Bans: masksOf(s.Bans), Excepts: masksOf(s.Excepts), Invites: masksOf(s.Invites),
		Notes: notesOf(s.Notes),
	}
	for _, r := range s.Roles {
		out.Roles = append(out.Roles, journal.RoleOf{Account: r.Account, Role: r.Role})
	}
	for _, c := range s.Caught {
		out.Caught = append(out.Caught, journal.Caught{Mask: c.Mask, Account: c.Account})
	}
	return out
}

func storeNotes(list []notes.Note) (out []storedNote) {
	for _, n := range list {
		out = append(out, storedNote{Key: n.Key, Value: n.Value})
	}
	return out
}

func notesOf(list []storedNote) (out []notes.Note) {
	for _, n := range list {
		out = append(out, notes.Note{Key: n.Key, Value: n.Value})
	}
	return out
}

func storeMasks(masks []journal.Mask) (out []storedMask) {
	for _, m := range masks {
		out = append(out, storedMask{Mask: m.Mask, By: m.By, At: millis(m.At)})
	}
	return out
}

func masksOf(masks []storedMask) (out []journal.Mask) {
	for _, m := range masks {
		out = append(out, journal.Mask{Mask: m.Mask, By: m.By, At: timeOf(m.At)})
	}
	return out
}

func (s storedRoom) room(no journal.Room, h storedHead) records.Room {
	return records.Room{
		No: no, Key: s.Key, Name: s.Name, Pair: [2]string{s.A, s.B}, Created: timeOf(s.Created),
		State: s.State.state(), LastSeq: h.Seq, Last: timeOf(h.Time),
	}
}
