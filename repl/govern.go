package repl

import (
	"errors"
	"strings"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// about gives the room that a command is about: the one that its first word names, or the current one.
func (c *chat) about(args string) (r *room, rest string) {
	if name, rest, _ := strings.Cut(args, " "); isRoom(name) {
		return c.find(name), strings.TrimSpace(rest)
	}
	if c.current == nil || !isRoom(c.current.name) {
		return nil, args
	}
	return c.current, args
}

func (c *chat) cmdKick(args string) {
	r, rest := c.about(args)
	name, reason, _ := strings.Cut(rest, " ")
	switch {
	case name == "":
		c.usage("kick")
		return
	case r == nil:
		c.refuse("You are not in that room.")
		return
	}
	m := irc.New("KICK", r.name, name)
	if reason = strings.TrimSpace(reason); reason != "" {
		m = irc.New("KICK", r.name, name, reason)
	}
	c.ask(m, func(replies []irc.Message, err error) { c.obeyed("Not removed", replies, err) })
}

func (c *chat) cmdInvite(args string) {
	name, where, _ := strings.Cut(args, " ")
	r, _ := c.about(strings.TrimSpace(where))
	switch {
	case name == "":
		c.usage("invite")
		return
	case r == nil:
		c.refuse("You are not in that room.")
		return
	}
	c.ask(irc.New("INVITE", name, r.name), func(replies []irc.Message, err error) {
		c.obeyed("Not invited", replies, err)
		if err == nil {
			c.say(name + " is invited to " + r.name + ".")
		}
	})
}

func (c *chat) cmdMode(args string) {
	r, changes := c.about(args)
	if r == nil {
		c.refuse("You are not in that room.")
		return
	}
	m := irc.New("MODE", append([]string{r.name}, strings.Fields(changes)...)...)
	c.ask(m, func(replies []irc.Message, err error) {
		c.obeyed("Not changed"+blamed(err), replies, err)
		for _, m := range replies {
			c.toldModes(r, m)
		}
	})
}

// blamed names the mode that a refusal is about, which the server's words do not.
func blamed(err error) string {
	var fail *client.Fail
	switch {
	case !errors.As(err, &fail):
	case fail.Code == string(irc.ErrUnknownMode) && len(fail.Context) > 0:
		return ", for " + clean(fail.Context[0])
	case fail.Code == string(irc.ErrInvalidModeParam) && len(fail.Context) > 1:
		return ", for " + clean(fail.Context[1])
	}
	return ""
}

// toldModes shows the answers to MODE that are no change.
func (c *chat) toldModes(r *room, m irc.Message) {
	switch m.Command {
	case string(irc.RplChannelModeIs):
		c.say("The modes of " + r.name + ": " + strings.Join(m.Params[min(2, len(m.Params)):], " "))
	case "346", "348", "367": // entries of the lists of invitations, exceptions and bans
		c.say(m.Param(2))
	case "347", "349", "368":
		c.say("That is all of the list.")
	}
}
