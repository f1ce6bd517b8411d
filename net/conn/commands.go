package conn

import (
	"errors"
	"unicode/utf8"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// when says at which time of a connection a command may be used.
type when uint8

const (
	afterSignIn when = iota
	beforeSignIn
	always
)

// command is how one is obeyed. The zero command is unknown.
type command struct {
	run  func(c *conn, ctx actor.Context, x *exchange, m irc.Message)
	min  int // parameters
	when when
	cost int  // against the rate, for each target; 0 counts as 1
	long bool // may exceed 512 bytes
}

// obey does what a line says.
func (c *conn) obey(ctx actor.Context, x *exchange, l lineRead) {
	if !c.takeLabel(x, l.msg) {
		return
	}
	cmd := commandOf(x.command)
	if l.fault != nil && !(cmd.long && errors.Is(l.fault, irc.ErrTooLong)) {
		c.fault(x, l)
		c.spoilDraft()
		return
	}
	if cmd.cost > 0 {
		x.cost = cmd.cost
	}
	switch {
	case cmd.run == nil:
		c.unknownCommand(x)
	case c.user == nil && cmd.when == afterSignIn:
		c.notRegistered(x)
	case c.user != nil && cmd.when == beforeSignIn:
		c.numeric(x, irc.ErrAlreadyRegistered, textAlreadyRegistered)
	case len(l.msg.Params) < cmd.min:
		c.numeric(x, irc.ErrNeedMoreParams, clip(x.command), textNeedMoreParams)
	case c.ofBatch(l.msg):
		c.batchLine(x, l.msg)
	default:
		cmd.run(c, ctx, x, l.msg)
	}
}

// takeLabel keeps the label for the answer; one that is too long is refused.
func (c *conn) takeLabel(x *exchange, m irc.Message) bool {
	label, given := m.Tags.Get(irc.TagLabel)
	if !given || label == "" || !c.caps.has(capLabeled|capBatch) || !utf8.ValidString(label) {
		return true // the last is not said again: the line is refused as a whole
	}
	if len(label) > irc.MaxLabel {
		c.fail(x, "INVALID_LABEL", textLongLabel)
		return false
	}
	x.label = label
	return true
}

// commandOf is the list of all commands, by the file that holds them.
func commandOf(name string) command {
	switch name {
	case "CAP":
		return command{run: (*conn).cap, min: 1, when: always}
	case "AUTHENTICATE":
		return command{run: (*conn).authenticate, min: 1, when: always, long: true}
	case "REGISTER":
		return command{run: (*conn).register, min: 3, when: always, long: true, cost: 5}
	case "CERT":
		return command{run: (*conn).cert, min: 1, cost: 2}
	case "PASSWD":
		return command{run: (*conn).passwd, min: 2, long: true, cost: 5}
	case "VERIFY":
		return command{run: (*conn).verify, min: 2, when: always}
	case "PASS":
		return command{run: (*conn).pass, min: 1, when: beforeSignIn}
	case "NICK":
		return command{run: (*conn).nickCommand, when: always}
	case "USER":
		return command{run: (*conn).userCommand, min: 4, when: beforeSignIn}
	}
	if cmd := serverCommand(name); cmd.run != nil {
		return cmd
	}
	if cmd := peopleCommand(name); cmd.run != nil {
		return cmd
	}
	if cmd := operatorCommand(name); cmd.run != nil {
		return cmd
	}
	return roomCommand(name)
}

func serverCommand(name string) command {
	switch name {
	case "PING":
		return command{run: (*conn).pingCommand, when: always}
	case "ISUPPORT":
		return command{run: (*conn).isupportCommand, when: always, cost: 2}
	case "PONG":
		return command{run: (*conn).pongCommand, when: always}
	case "QUIT":
		return command{run: (*conn).quit, when: always}
	case "MOTD":
		return command{run: (*conn).motd}
	case "LUSERS":
		return command{run: (*conn).lusers, cost: 5}
	case "VERSION":
		return command{run: (*conn).version}
	case "TIME":
		return command{run: (*conn).time}
	case "INFO":
		return command{run: (*conn).info}
	case "ADMIN":
		return command{run: (*conn).admin}
	case "LINKS":
		return command{run: (*conn).links}
	case "HELP", "HELPOP":
		return command{run: (*conn).help}
	}
	return command{}
}

func peopleCommand(name string) command {
	switch name {
	case "WHO":
		return command{run: (*conn).who, cost: 5}
	case "WHOIS":
		return command{run: (*conn).whois, cost: 2}
	case "WHOWAS":
		return command{run: (*conn).whowas}
	case "METADATA":
		return command{run: (*conn).metadata, min: 2, when: always}
	case "MONITOR":
		return command{run: (*conn).monitor, min: 1}
	case "ACCEPT":
		return command{run: (*conn).accept, min: 1}
	case "AWAY":
		return command{run: (*conn).away, when: always}
	case "SETNAME":
		return command{run: (*conn).setname, min: 1}
	case "USERHOST":
		return command{run: (*conn).userhost, min: 1}
	case "ISON":
		return command{run: (*conn).ison, min: 1}
	}
	return command{}
}

func roomCommand(name string) command {
	switch name {
	case "PRIVMSG", "NOTICE":
		return command{run: (*conn).postCommand}
	case "TAGMSG":
		return command{run: (*conn).tagmsg}
	case "REDACT":
		return command{run: (*conn).redact, min: 2, cost: 5}
	case "MARKREAD":
		return command{run: (*conn).markread}
	case "BATCH":
		return command{run: (*conn).batchCommand, min: 1}
	case "SEARCH":
		return command{run: (*conn).search, cost: 5}
	case "JOIN":
		return command{run: (*conn).join, min: 1}
	case "PART":
		return command{run: (*conn).part, min: 1}
	case "TOPIC":
		return command{run: (*conn).topic, min: 1}
	case "KICK":
		return command{run: (*conn).kick, min: 2}
	case "INVITE":
		return command{run: (*conn).invite}
	case "MODE":
		return command{run: (*conn).mode, min: 1}
	case "NAMES":
		return command{run: (*conn).names, cost: 3}
	case "RENAME":
		return command{run: (*conn).rename, min: 2, cost: 10}
	case "LIST":
		return command{run: (*conn).list, cost: 10}
	case "CHATHISTORY":
		return command{run: (*conn).chathistory, min: 1, cost: 3}
	}
	return command{}
}
