package room_test

import (
	"testing"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// answers maps each question of the session to its answers.
func (c *conn) answers() map[uint64][]any {
	all := map[uint64][]any{}
	for _, m := range c.probe.Got {
		switch m := m.(type) {
		case room.Accepted:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Joined:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Left:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Done:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Marked:
			if m.Ref != 0 {
				all[m.Ref] = append(all[m.Ref], m)
			}
		case room.Masks:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Description:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Present:
			all[m.Ref] = append(all[m.Ref], m)
		case room.Resting:
			all[m.Ref] = append(all[m.Ref], m)
		case journal.Page:
			all[m.Ref] = append(all[m.Ref], m)
		case ask.Refused:
			all[m.Ref] = append(all[m.Ref], m)
		}
	}
	return all
}

// answer is the one answer to the last question of the session.
func (c *conn) answer(t *testing.T) any {
	t.Helper()
	got := c.answers()[c.refs]
	if len(got) != 1 {
		t.Fatalf("question %d has %d answers: %v", c.refs, len(got), got)
	}
	return got[0]
}

// refusal is the reason that the last question was refused for, or nil.
func (c *conn) refusal(t *testing.T) error {
	t.Helper()
	if r, ok := c.answer(t).(ask.Refused); ok {
		return r.Reason
	}
	return nil
}
