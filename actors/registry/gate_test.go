package registry_test

import (
	"testing"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// A field of the name would hide the method, and nobody would answer for a
// command that crashed or had to wait.
func TestCommandsCanBeAnsweredForWhenTheyCrash(t *testing.T) {
	for _, m := range []any{
		registry.SignIn{}, registry.Rename{}, registry.Identify{}, registry.ToUser{}, registry.FindUser{},
		registry.ToRoom{}, registry.ToConversation{}, registry.List{}, registry.Everyone{}, account.Reserve{},
		room.Join{}, room.Leave{}, room.Post{}, room.SetTopic{}, room.SetModes{}, room.Kick{}, room.Invite{},
		room.Describe{}, room.Roster{}, room.History{}, room.Retire{},
	} {
		if _, ok := m.(ask.Asked); !ok {
			t.Errorf("%T is not ask.Asked", m)
		}
	}
}
