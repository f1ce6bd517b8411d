package conn

import (
	"errors"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// renderRename: RENAME has codes of its own (ircv3 channel-rename).
func renderRename(err error) (refusal, bool) {
	switch {
	case errors.Is(err, registry.ErrRoomNameInUse), errors.Is(err, journal.ErrNameTaken):
		return refusal{code: "CHANNEL_NAME_IN_USE", text: "There is a room of that name already"}, true
	case errors.Is(err, registry.ErrBadRoomName):
		return refusal{code: "CANNOT_RENAME", text: "Not a possible room name; begin it with #, and use letters, digits, - and _"}, true
	}
	return refusal{}, false
}

// renderOper: whatever is wrong has one numeric.
func renderOper(err error) (refusal, bool) {
	var throttled *account.Throttled
	switch {
	case errors.As(err, &throttled):
		return refusal{numeric: irc.ErrNoOperHost, text: textNoOperator + ": " + throttled.Error()}, true
	case errors.Is(err, account.ErrDenied):
		return refusal{numeric: irc.ErrNoOperHost, text: textNoOperator}, true
	}
	return refusal{}, false
}
