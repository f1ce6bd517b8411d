package room

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

// Modes by kind.
const (
	flagModes = "CMRUimnstu"
	listModes = "beI"
)

func (r *room) setModes(ctx actor.Context, m SetModes) {
	if len(m.Changes) == 1 && isQuery(m.Changes[0]) {
		r.masks(ctx, m)
		return
	}
	mem, ok := r.allowed(ctx, m.Ticket, m.User, NoRole)
	if !ok {
		return
	}
	if len(m.Changes) > r.Limits.Changes {
		ask.Refuse(ctx, m.Ticket, ErrTooLong)
		return
	}
	d := draft{room: r, by: mem, state: r.state}
	for _, change := range m.Changes {
		if reason := d.take(change); reason != nil {
			ask.Refuse(ctx, m.Ticket, &BadChange{change, reason})
			return
		}
	}
	if len(d.done) == 0 {
		ask.Reply(ctx, m.Ticket, Done{Ref: m.Ref})
		return
	}
	record := journal.Record{Kind: journal.Mode, Author: authorOf(mem.profile), Text: modeText(d.done)}
	r.change(ctx, record, d.state, changed{Ticket: m.Ticket, changes: d.done, roles: d.roles})
}

func isQuery(c ModeChange) bool {
	return c.Param == "" && strings.IndexByte(listModes, c.Mode) >= 0
}

// masks answers a query; a secret room answers members alone.
func (r *room) masks(ctx actor.Context, m SetModes) {
	if r.memberOf(m.User) == nil && (r.has('s') || r.talk()) {
		ask.Refuse(ctx, m.Ticket, ErrNotPresent)
		return
	}
	mode := m.Changes[0].Mode
	ask.Reply(ctx, m.Ticket, Masks{Ref: m.Ref, Name: r.Name, Mode: mode, List: *listOf(&r.state, mode)})
}

func listOf(state *journal.State, mode byte) *[]journal.Mask {
	switch mode {
	case 'e':
		return &state.Excepts
	case 'I':
		return &state.Invites
	}
	return &state.Bans
}

// modeText prints changes as a MODE line has them: "+o-v ann bob".
func modeText(changes []ModeChange) string {
	var letters, params strings.Builder
	for i, c := range changes {
		if i == 0 || c.Add != changes[i-1].Add {
			letters.WriteByte(sign(c.Add))
		}
		letters.WriteByte(c.Mode)
		if c.Param != "" {
			params.WriteByte(' ')
			params.WriteString(c.Param)
		}
	}
	return letters.String() + params.String()
}

func sign(add bool) byte {
	if add {
		return '+'
	}
	return '-'
}
