package repl

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// wants says what the words after a command are, for completion.
type wants int

const (
	wantsText wants = iota
	wantsRoom
	wantsNick
	wantsPlace // a room or a nick
	wantsCommand
	wantsLine // the name of a line that was said
)

// command is one line of the table that dispatches, completes and explains.
type command struct {
	name    string
	short   []string // other names
	args    string
	help    string
	wants   wants
	offline bool // it can be done without a connection
	run     func(c *chat, args string)
}

// commands is the table, in the order of /help.
func commands() []command {
	return []command{
		{name: "join", short: []string{"j"}, args: "#room [key]", help: "enter a room, or make it", wants: wantsRoom, run: (*chat).cmdJoin},
		{name: "part", short: []string{"leave"}, args: "[#room] [reason]", help: "leave a room for good", wants: wantsRoom, run: (*chat).cmdPart},
		{name: "go", short: []string{"g"}, args: "[room or name]", help: "talk elsewhere; alone: where something is new", wants: wantsPlace, offline: true, run: (*chat).cmdGo},
		{name: "rooms", args: "", help: "list your rooms and conversations", offline: true, run: (*chat).cmdRooms},
		{name: "msg", short: []string{"query", "m"}, args: "name [text]", help: "send a direct message; alone: talk to name", wants: wantsNick, offline: true, run: (*chat).cmdMsg},
		{name: "me", args: "text", help: "say what you do", offline: true, run: (*chat).cmdMe},
		{name: "topic", args: "[#room] [text]", help: "show or set what a room is about", wants: wantsRoom, run: (*chat).cmdTopic},
		{name: "names", args: "[#room]", help: "list who is in a room", wants: wantsRoom, run: (*chat).cmdNames},
		{name: "who", args: "[#room or name]", help: "list people with real names, and who is away", wants: wantsPlace, run: (*chat).cmdWho},
		{name: "invite", args: "name [#room]", help: "ask somebody into the room", wants: wantsNick, run: (*chat).cmdInvite},
		{name: "kick", args: "name [reason]", help: "remove somebody from the room", wants: wantsNick, run: (*chat).cmdKick},
		{name: "mode", args: "[#room] [changes]", help: "show or change modes: +o name, +i, +b mask, …", wants: wantsRoom, run: (*chat).cmdMode},
		{name: "history", short: []string{"h"}, args: "[lines]", help: "show earlier lines; again: still earlier ones", run: (*chat).cmdHistory},
		{name: "away", args: "[reason]", help: "say that you are away; alone: back again", run: (*chat).cmdAway},
		{name: "nick", args: "name", help: "change what you are called", run: (*chat).cmdNick},
		{name: "reply", short: []string{"re"}, args: "line text", help: "answer a line: by its name (/ids, Tab), a nick, ^", wants: wantsLine, offline: true, run: (*chat).cmdReply},
		{name: "react", args: "line [-]emoji", help: "react to a line, or take that back", wants: wantsLine, run: (*chat).cmdReact},
		{name: "redact", short: []string{"delete"}, args: "line [reason]", help: "delete a line; ^ is your last", wants: wantsLine, run: (*chat).cmdRedact},
		{name: "ids", args: "[lines]", help: "list the latest lines with their names", offline: true, run: (*chat).cmdIDs},
		{name: "paste", args: "", help: "send several lines as one message", offline: true, run: (*chat).cmdPaste},
		{name: "edit", args: "[text]", help: "write in your editor; alone: what was refused", offline: true, run: (*chat).cmdEdit},
		{name: "resend", args: "[number|all|list]", help: "try again what was refused", offline: true, run: (*chat).cmdResend},
		{name: "unread", short: []string{"u"}, args: "", help: "show all that is new, everywhere", offline: true, run: (*chat).cmdUnread},
		{name: "mentions", args: "", help: "list who has mentioned you", offline: true, run: (*chat).cmdMentions},
		{name: "search", short: []string{"s"}, args: "words", help: "find lines; also with in:#room, in:. or from:name", run: (*chat).cmdSearch},
		{name: "passwd", args: "", help: "change your password", run: (*chat).cmdPasswd},
		{name: "device", args: "[list or forget]", help: "need no password here; list devices, or undo it", run: (*chat).cmdDevice},
		{name: "drop", args: "", help: "forget the lines that wait to be sent", offline: true, run: (*chat).cmdDrop},
		{name: "help", short: []string{"?"}, args: "[command]", help: "this list", wants: wantsCommand, offline: true, run: (*chat).cmdHelp},
		{name: "quit", short: []string{"exit", "q"}, args: "[reason]", help: "leave (also Ctrl-D)", offline: true, run: (*chat).quit},
	}
}

func findCommand(name string) (command, bool) {
	name = strings.ToLower(name)
	for _, cmd := range commands() {
		if cmd.name == name || slices.Contains(cmd.short, name) {
			return cmd, true
		}
	}
	return command{}, false
}

func (c *chat) cmdJoin(args string) {
	name, key, _ := strings.Cut(args, " ")
	first, rest, several := strings.Cut(name, ",")
	if name == "" || several && key != "" {
		c.usage("join")
		return
	}
	if several {
		c.cmdJoin(first)
		c.cmdJoin(rest)
		return
	}
	if !isRoom(name) {
		name = "#" + name
	}
	if r := c.find(name); r != nil && r.wanted {
		c.goTo(r)
		return
	}
	c.heading = name
	c.join(name, strings.TrimSpace(key))
}

func (c *chat) cmdPart(args string) {
	r, reason := c.current, args
	if name, rest, _ := strings.Cut(args, " "); isRoom(name) {
		r, reason = c.find(name), strings.TrimSpace(rest)
	}
	switch {
	case r == nil:
		c.refuse("You are not in that room.")
	case !isRoom(r.name):
		c.forget(r)
	case r.left:
		c.refuse("You are not in that room.")
	default:
		r.leaving = true
		m := irc.New("PART", r.name)
		if reason != "" {
			m = irc.New("PART", r.name, reason)
		}
		c.ask(m, func(replies []irc.Message, err error) {
			c.obeyed("Not left", replies, err)
			r.leaving = false
		})
	}
}

func (c *chat) cmdGo(args string) {
	if args == "" {
		for _, r := range c.rooms {
			if r != c.current && r.unreadCount() > 0 {
				c.goTo(r)
				return
			}
		}
		c.say(c.nothingNew() + " /rooms lists your rooms.")
		return
	}
	if n, err := strconv.Atoi(args); err == nil && n >= 1 && n <= len(c.rooms) {
		c.goTo(c.rooms[n-1])
		return
	}
	for _, fits := range []func(string) bool{
		func(name string) bool { return same(name, args) || same(name, "#"+args) },
		func(name string) bool {
			return strings.HasPrefix(strings.TrimLeft(irc.Fold(name), "#&"), strings.TrimLeft(irc.Fold(args), "#&"))
		},
	} {
		if i := slices.IndexFunc(c.rooms, func(r *room) bool { return fits(r.name) }); i >= 0 {
			c.goTo(c.rooms[i])
			return
		}
	}
	for _, name := range c.people {
		if strings.HasPrefix(irc.Fold(name), irc.Fold(args)) {
			c.cmdMsg(name)
			return
		}
	}
	c.refuse("You are in no room " + args + ". /join enters one, /msg begins a conversation.")
}

func (c *chat) cmdRooms(string) {
	if len(c.rooms) == 0 {
		c.say("You are in no room. /join #name enters one.")
	}
	for i, r := range c.rooms {
		line := fmt.Sprintf("%d  %s", i+1, r.name)
		if r.left {
			line += "  (left)"
		} else if r == c.current {
			line += "  (here)"
		} else if r.unreadCount() > 0 {
			line += "  " + r.unreadText() + " new"
		}
		if r.topic != "" {
			line += "  " + r.topic
		}
		c.say(line)
	}
}

func (c *chat) cmdMsg(args string) {
	name, text, _ := strings.Cut(args, " ")
	switch {
	case name == "":
		c.usage("msg")
		return
	case isRoom(name) && c.find(name) == nil:
		c.refuse("You are not in " + name + ". /join " + name + " enters it.")
		return
	}
	r := c.room(name)
	if text = strings.TrimSpace(text); text != "" {
		if !isRoom(name) && c.conn != nil {
			c.fill(r)
		}
		c.post(r, text)
		return
	}
	c.goTo(r)
	if !isRoom(name) && c.conn != nil {
		c.fill(r)
	}
}

func (c *chat) cmdMe(args string) {
	if args == "" {
		c.usage("me")
		return
	}
	c.post(c.current, "\x01ACTION "+strings.ReplaceAll(args, "\n", " ")+"\x01")
}

func (c *chat) cmdTopic(args string) {
	r := c.current
	if name, rest, _ := strings.Cut(args, " "); isRoom(name) && c.find(name) != nil {
		r, args = c.find(name), strings.TrimSpace(rest)
	}
	switch {
	case r == nil || !isRoom(r.name):
		c.refuse("Only a room has a topic.")
	case args == "" && r.topic == "":
		c.say(r.name + " has no topic. /topic TEXT sets one.")
	case args == "":
		c.say("The topic of " + r.name + ": " + r.topic)
	default:
		c.ask(irc.New("TOPIC", r.name, args), func(replies []irc.Message, err error) {
			c.obeyed("Topic not set", replies, err)
		})
	}
}

func (c *chat) cmdNick(args string) {
	if args == "" {
		c.usage("nick")
		return
	}
	c.ask(irc.New("NICK", args), func(replies []irc.Message, err error) {
		c.obeyed("Not changed", replies, err)
	})
}

// obeyed shows what a command has led to, or its refusal, once.
func (c *chat) obeyed(what string, replies []irc.Message, err error) {
	c.answered(what, err)
	for _, m := range replies {
		if m.Command != "FAIL" && !irc.IsError(m.Command) {
			c.handle(m)
		}
	}
}

// answered shows a refusal, if there was one.
func (c *chat) answered(what string, err error) {
	if err != nil && !isClosed(err) {
		c.refuse(what + ": " + why(err))
	}
}

func (c *chat) usage(name string) {
	cmd, _ := findCommand(name)
	c.refuse(cmd.usage())
}

func (cmd command) usage() string {
	return strings.TrimSpace("/"+cmd.name+" "+cmd.args) + ": " + cmd.help + "."
}
