package conn

import (
	"errors"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// This file is the only place where an error becomes a numeric or a FAIL.

// refusal is what a client is told of an error: a numeric where the protocol
// has one, else a standard reply.
type refusal struct {
	numeric irc.Numeric
	code    string
	text    string
}

// refuse answers the exchange with what err means; subject says what it is
// about, such as a room's name.
func (c *conn) refuse(x *exchange, err error, subject ...string) {
	r := render(x.command, err)
	params := append(subject[:len(subject):len(subject)], r.text)
	switch {
	case r.numeric == "":
		c.fail(x, r.code, params...)
	case x.command == "NOTICE" && x.label == "":
		// RFC 2812 3.3.2: a notice brings no numeric, lest two programs talk
		// for ever. Who wants to know labels it.
	default:
		c.numeric(x, r.numeric, params...)
	}
}

func render(command string, err error) refusal {
	switch command {
	case "CHATHISTORY":
		return renderHistory(err)
	case "REDACT":
		return renderRedact(err)
	case "MARKREAD", "SEARCH":
		return renderReading(err)
	case "AUTHENTICATE":
		return renderSasl(err)
	case "REGISTER":
		return renderRegister(err)
	case "CERT":
		return renderCert(err)
	case "PASSWD":
		return renderPasswd(err)
	case "PRIVMSG", "NOTICE", "TAGMSG":
		if r, ok := renderPost(err); ok {
			return r
		}
	case "RENAME":
		if r, ok := renderRename(err); ok {
			return r
		}
	case "OPER":
		if r, ok := renderOper(err); ok {
			return r
		}
	}
	for _, family := range []func(error) (refusal, bool){renderNames, renderPresence, renderChange, renderServer} {
		if r, ok := family(err); ok {
			return r
		}
	}
	return refusal{code: "INTERNAL_ERROR", text: textInternal}
}

// renderPost: a stranger to a closed room is not told why it may not speak.
func renderPost(err error) (refusal, bool) {
	switch {
	case errors.Is(err, room.ErrNotPresent), errors.Is(err, room.ErrMembersOnly):
		return refusal{numeric: irc.ErrCannotSendToChan, text: "Join the room before you speak in it"}, true
	case errors.Is(err, room.ErrBanned):
		return refusal{numeric: irc.ErrCannotSendToChan, text: "You are banned from this room"}, true
	case errors.Is(err, room.ErrCannotSpeak):
		return refusal{numeric: irc.ErrCannotSendToChan, text: "You may not speak there now; ask an operator for voice (+v)"}, true
	case errors.Is(err, room.ErrNoMachine):
		return refusal{numeric: irc.ErrCannotSendToChan, text: "Nobody's program may be asked anything there (CTCP)"}, true
	case errors.Is(err, room.ErrAccountsOnly):
		return refusal{numeric: irc.ErrNeedReggedNick, text: "They take messages of accounts alone (+R); log in or REGISTER"}, true
	case errors.Is(err, room.ErrNeedsAccount):
		return refusal{numeric: irc.ErrCannotSendToChan, text: "You need an account to speak there; log in or REGISTER"}, true
	case errors.Is(err, journal.ErrTooLarge), errors.Is(err, room.ErrTooLong):
		return refusal{numeric: irc.ErrInputTooLong, text: textTooLong}, true
	case errors.Is(err, registry.ErrNoNick): // who has an account can be written to when they are away
		return refusal{numeric: irc.ErrNoSuchNick, text: "Nobody has that nick, nor is it an account"}, true
	}
	return refusal{}, false
}

// renderNames: who or what is called that.
func renderNames(err error) (refusal, bool) {
	switch {
	case errors.Is(err, registry.ErrNickInUse):
		return refusal{numeric: irc.ErrNicknameInUse, text: "Nickname is in use; choose another"}, true
	case errors.Is(err, registry.ErrNickReserved):
		return refusal{numeric: irc.ErrNicknameInUse, text: "Nickname is the name of an account; log in to it or choose another"}, true
	case errors.Is(err, names.ErrEmpty), errors.Is(err, names.ErrTooLong), errors.Is(err, names.ErrForbidden),
		errors.Is(err, names.ErrReserved), errors.Is(err, names.ErrConfusable):
		return refusal{numeric: irc.ErrErroneusNickname, text: "Not a possible nickname: " + nameFault(err)}, true
	case errors.Is(err, registry.ErrBadNick):
		return refusal{numeric: irc.ErrErroneusNickname, text: "Not a possible nickname; use letters, digits, - and _"}, true
	case errors.Is(err, registry.ErrNoNick):
		return refusal{numeric: irc.ErrNoSuchNick, text: "Nobody here has that nick"}, true
	case errors.Is(err, registry.ErrNoRoom):
		return refusal{numeric: irc.ErrNoSuchChannel, text: "No such room"}, true
	case errors.Is(err, registry.ErrBadRoomName):
		return refusal{numeric: irc.ErrNoSuchChannel, text: "Not a possible room name; begin it with #, and use letters, digits, - and _"}, true
	case errors.Is(err, registry.ErrTooManyRooms):
		return refusal{code: "TOO_MANY_ROOMS", text: "This server has as many rooms as it can hold; join one that exists"}, true
	case errors.Is(err, registry.ErrNotMergeable):
		return refusal{code: "RECONNECT", text: "This account is already signed in; reconnect and log in to join its session"}, true
	}
	return refusal{}, false
}

func nameFault(err error) string {
	for _, known := range []error{names.ErrEmpty, names.ErrTooLong, names.ErrForbidden, names.ErrReserved, names.ErrConfusable} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "choose another"
}

// renderPresence: who is in a room and who may be.
func renderPresence(err error) (refusal, bool) {
	switch {
	case errors.Is(err, room.ErrNotPresent):
		return refusal{numeric: irc.ErrNotOnChannel, text: "You are not in that room; join it first"}, true
	case errors.Is(err, room.ErrPresent):
		return refusal{numeric: irc.ErrUserOnChannel, text: textAlreadyThere}, true
	case errors.Is(err, room.ErrNoTarget):
		return refusal{numeric: irc.ErrUserNotInChannel, text: "They are not in that room"}, true
	case errors.Is(err, room.ErrBanned):
		return refusal{numeric: irc.ErrBannedFromChan, text: "You are banned from this room (+b)"}, true
	case errors.Is(err, room.ErrNeedsAccount):
		return refusal{numeric: irc.ErrNeedReggedNick, text: "You need an account to come in (+R); log in or REGISTER"}, true
	case errors.Is(err, room.ErrFull):
		return refusal{numeric: irc.ErrChannelIsFull, text: "The room is full (+l)"}, true
	case errors.Is(err, room.ErrInviteOnly):
		return refusal{numeric: irc.ErrInviteOnlyChan, text: "The room is for invited people (+i); ask a member for an INVITE"}, true
	case errors.Is(err, room.ErrBadKey):
		return refusal{numeric: irc.ErrBadChannelKey, text: "The room has another key (+k): JOIN #room key"}, true
	case errors.Is(err, user.ErrTooManyRooms):
		return refusal{numeric: irc.ErrTooManyChannels, text: "You are in too many rooms; leave one first"}, true
	case errors.Is(err, user.ErrTooManySessions):
		return refusal{code: "TOO_MANY_SESSIONS", text: "This account is connected too many times; close another session first"}, true
	case errors.Is(err, room.ErrQuarantined):
		return refusal{code: "ROOM_CLOSED", text: textQuarantined}, true
	}
	return refusal{}, false
}

// renderChange: what a room may become.
func renderChange(err error) (refusal, bool) {
	switch {
	case errors.Is(err, room.ErrNotOperator):
		return refusal{numeric: irc.ErrChanOPrivsNeeded, text: "Only operators of the room may do that"}, true
	case errors.Is(err, room.ErrCannotSpeak), errors.Is(err, room.ErrMembersOnly), errors.Is(err, room.ErrNoMachine),
		errors.Is(err, room.ErrAccountsOnly):
		return refusal{numeric: irc.ErrCannotSendToChan, text: "You may not speak in this room"}, true
	case errors.Is(err, room.ErrListFull):
		return refusal{numeric: irc.ErrBanListFull, text: "The list is full; take an entry away first"}, true
	case errors.Is(err, room.ErrBadMode):
		return refusal{numeric: irc.ErrInvalidModeParam, text: "This mode cannot be set so"}, true
	case errors.Is(err, room.ErrTooLong), errors.Is(err, journal.ErrTooLarge):
		return refusal{numeric: irc.ErrInputTooLong, text: textTooLong}, true
	}
	return refusal{}, false
}

// renderServer: nothing is wrong with the command, but with the server.
func renderServer(err error) (refusal, bool) {
	switch {
	case errors.Is(err, ask.ErrUnknown):
		return refusal{code: "UNKNOWN", text: "Nobody can tell whether this was done; look, or send it again with the same +greenroom/id"}, true
	case errors.Is(err, ask.ErrBusy):
		return refusal{code: "BUSY", text: "The server is too busy; nothing was done, try again in a moment"}, true
	case errors.Is(err, journal.ErrDiskLow):
		return refusal{code: "STORAGE_FULL", text: "The server's disk is nearly full; nothing was stored, tell its administrator"}, true
	case errors.Is(err, journal.ErrIntegrity), errors.Is(err, journal.ErrGap):
		return refusal{code: "STORAGE_DAMAGED", text: "What the server has stored is damaged; tell its administrator"}, true
	case errors.Is(err, journal.ErrNoMessage):
		return refusal{code: "NO_SUCH_MESSAGE", text: "There is no such message here"}, true
	case errors.Is(err, ask.ErrUnavailable):
		return refusal{code: "TEMPORARILY_UNAVAILABLE", text: textUnavailable}, true
	case errors.Is(err, ask.ErrStopping):
		return refusal{code: "STOPPING", text: "The server is stopping; nothing was done, reconnect in a moment"}, true
	}
	return refusal{}, false
}

// renderHistory: CHATHISTORY has codes of its own. A room that one may not
// read has the same answer as one that is not there.
func renderHistory(err error) refusal {
	if isNoTarget(err) {
		return refusal{code: "INVALID_TARGET", text: "There are no messages there that you may read; join the room first"}
	}
	r, ok := renderServer(err)
	if !ok {
		r.text = textInternal
	}
	return refusal{code: "MESSAGE_ERROR", text: r.text}
}

// renderRedact: REDACT has codes of its own (ircv3 message-redaction: errors).
func renderRedact(err error) refusal {
	switch {
	case isNoTarget(err):
		return refusal{code: "INVALID_TARGET", text: "There are no messages there that you may delete; join the room first"}
	case errors.Is(err, journal.ErrNotTheirs):
		return refusal{code: "REDACT_FORBIDDEN", text: "Only its author, or an operator of the room, may delete this message"}
	case errors.Is(err, journal.ErrNoMessage):
		return refusal{code: "UNKNOWN_MSGID", text: "There is no such message here, or it is deleted already"}
	case errors.Is(err, room.ErrTooLong):
		return refusal{numeric: irc.ErrInputTooLong, text: textTooLong}
	}
	if r, ok := renderServer(err); ok {
		return r
	}
	return refusal{code: "INTERNAL_ERROR", text: textInternal}
}

// renderReading: where one is not there is nothing to mark or to find, whether or
// not there is such a room.
func renderReading(err error) refusal {
	if isNoTarget(err) {
		return refusal{code: "INVALID_PARAMS", text: "There is nothing there that you may read; join the room first"}
	}
	r, ok := renderServer(err)
	if !ok {
		r.text = textInternal
	}
	return refusal{code: "INTERNAL_ERROR", text: r.text}
}

// fault answers a line that could not be read.
func (c *conn) fault(x *exchange, l lineRead) {
	switch {
	case errors.Is(l.fault, irc.ErrInvalidUTF8):
		c.fail(x, "INVALID_UTF8", "Message rejected: use UTF-8 on this network")
	case errors.Is(l.fault, irc.ErrTooLong), errors.Is(l.fault, irc.ErrTagsTooLong), errors.Is(l.fault, irc.ErrTooManyTags):
		c.numeric(x, irc.ErrInputTooLong, textTooLong)
	case errors.Is(l.fault, irc.ErrBOM):
		c.fail(x, "INVALID_LINE", "Message rejected: it begins with a byte order mark; save and send without one")
	case errors.Is(l.fault, irc.ErrBadByte):
		c.fail(x, "INVALID_LINE", "Message rejected: it holds NUL or a bare CR")
	case errors.Is(l.fault, irc.ErrTooManyParams):
		c.fail(x, "INVALID_PARAMS", "Message rejected: it has more than 15 parameters")
	default:
		c.unknownCommand(x)
	}
}

func (c *conn) unknownCommand(x *exchange) {
	c.numeric(x, irc.ErrUnknownCommand, clip(x.command), "Unknown command")
}

func (c *conn) notRegistered(x *exchange) {
	c.numeric(x, irc.ErrNotRegistered, "Register first: NICK, USER and, if you sent CAP, CAP END")
}

// clip shortens what a client sent for its mention in an answer.
func clip(s string) string { return cut8(s, 100) }
