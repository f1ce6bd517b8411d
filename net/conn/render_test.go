package conn

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestEveryReasonHasWords(t *testing.T) {
	for _, err := range []error{
		ask.ErrUnknown, ask.ErrBusy, ask.ErrUnavailable, ask.ErrStopping,
		journal.ErrDiskLow, journal.ErrIntegrity, journal.ErrGap, journal.ErrNoMessage, journal.ErrTooLarge,
		names.ErrEmpty, names.ErrTooLong, names.ErrForbidden, names.ErrReserved, names.ErrConfusable,
		registry.ErrNickInUse, registry.ErrNickReserved, registry.ErrBadNick, registry.ErrBadRoomName,
		registry.ErrNoNick, registry.ErrNoRoom, registry.ErrTooManyRooms, registry.ErrNotMergeable,
		room.ErrNotPresent, room.ErrPresent, room.ErrNoTarget, room.ErrCannotSpeak, room.ErrNotOperator,
		room.ErrBanned, room.ErrFull, room.ErrInviteOnly, room.ErrBadKey, room.ErrListFull, room.ErrBadMode,
		room.ErrNeedsAccount, room.ErrNoMachine, room.ErrAccountsOnly,
		room.ErrTooLong, room.ErrMembersOnly, room.ErrQuarantined, user.ErrTooManyRooms, user.ErrTooManySessions,
	} {
		for _, command := range []string{"PRIVMSG", "JOIN", "NICK"} {
			r := render(command, fmt.Errorf("wrapped: %w", err))
			if r.code == "INTERNAL_ERROR" || r.text == "" || (r.numeric == "") == (r.code == "") {
				t.Errorf("%s of %s: %+v", err, command, r)
			}
		}
	}
}

func TestRoomsAreRenamedAndOperatorsMadeAsTheirSpecificationsSay(t *testing.T) {
	for _, c := range []struct {
		command string
		err     error
		want    string
	}{
		{"RENAME", registry.ErrRoomNameInUse, "CHANNEL_NAME_IN_USE"}, {"RENAME", journal.ErrNameTaken, "CHANNEL_NAME_IN_USE"},
		{"RENAME", registry.ErrBadRoomName, "CANNOT_RENAME"}, {"RENAME", room.ErrNotOperator, "482"},
		{"OPER", account.ErrDenied, "491"}, {"OPER", &account.Throttled{After: time.Second}, "491"}, {"OPER", ask.ErrBusy, "BUSY"},
	} {
		if r := render(c.command, c.err); r.code+string(r.numeric) != c.want {
			t.Errorf("%s of %s: %+v", c.err, c.command, r)
		}
	}
}

func TestWhatIsNotKnownIsNotTold(t *testing.T) {
	secret := errors.New("open /var/lib/secret: permission denied")
	for _, command := range []string{"PRIVMSG", "JOIN", "REGISTER", "AUTHENTICATE", "CHATHISTORY", "*"} {
		if r := render(command, secret); strings.Contains(fmt.Sprint(r), "secret") {
			t.Errorf("%s: %+v", command, r)
		}
	}
}

func TestAccountsAreRefusedAsTheirSpecificationsSay(t *testing.T) {
	weak := &account.Weak{Reason: "it is a word", Advice: "add another"}
	wait := &account.Throttled{After: 90 * time.Second}
	for _, c := range []struct {
		command    string
		err        error
		code, says string
	}{
		{"REGISTER", account.ErrExists, "ACCOUNT_EXISTS", "taken"},
		{"REGISTER", account.ErrHeld, "USERNAME_EXISTS", "goes by"},
		{"REGISTER", fmt.Errorf("%w: %w", account.ErrBadName, names.ErrTooLong), "BAD_ACCOUNT_NAME", "too long"},
		{"REGISTER", weak, "WEAK_PASSWORD", "it is a word; add another"},
		{"REGISTER", account.ErrLongPassword, "UNACCEPTABLE_PASSWORD", "1024 bytes"},
		{"REGISTER", account.ErrClosed, "DISALLOWED", "closed"},
		{"REGISTER", wait, "TEMPORARILY_UNAVAILABLE", "1m30s"},
		{"REGISTER", ask.ErrBusy, "TEMPORARILY_UNAVAILABLE", "busy"},
		{"REGISTER", ask.ErrUnknown, "TEMPORARILY_UNAVAILABLE", "try to log in"},
		{"AUTHENTICATE", account.ErrDenied, "904", "Wrong account name or password"},
		{"AUTHENTICATE", account.ErrSuspended, "904", "suspended"},
		{"AUTHENTICATE", wait, "904", "1m30s"},
		{"AUTHENTICATE", account.ErrLongPassword, "904", "1024 bytes"},
		{"AUTHENTICATE", ask.ErrStopping, "904", "stopping"},
		{"AUTHENTICATE", registry.ErrNotMergeable, "907", "reconnect"},
		{"PASSWD", account.ErrDenied, "INVALID_CREDENTIALS", "another"},
		{"PASSWD", account.ErrSuspended, "ACCOUNT_SUSPENDED", "administrator"},
		{"PASSWD", ask.ErrUnknown, "TEMPORARILY_UNAVAILABLE", "which password holds"},
		{"CHATHISTORY", room.ErrNotPresent, "INVALID_TARGET", "join"},
		{"CHATHISTORY", registry.ErrNoNick, "INVALID_TARGET", "join"},
		{"CHATHISTORY", journal.ErrIntegrity, "MESSAGE_ERROR", "damaged"},
		{"CHATHISTORY", ask.ErrBusy, "MESSAGE_ERROR", "busy"},
	} {
		r := render(c.command, c.err)
		if string(r.numeric)+r.code != c.code || !strings.Contains(r.text, c.says) {
			t.Errorf("%s, %v: %+v", c.command, c.err, r)
		}
	}
}
