package conn

import (
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// helpTexts say how a command is used and what it does.
var helpTexts = map[string]string{
	"ACCEPT":      "ACCEPT [-]nick[,...]: let a guest write to you in spite of your mode +R, or no longer",
	"ADMIN":       "ADMIN: who runs this server",
	"AWAY":        "AWAY [text]: mark yourself as away, or as back",
	"CAP":         "CAP LS|LIST|REQ|END: which extensions this connection uses",
	"CHATHISTORY": "CHATHISTORY LATEST|BEFORE|AFTER|AROUND|BETWEEN|TARGETS ...: read what was said",
	"HELP":        "HELP [command]: this",
	"INFO":        "INFO: what this server is",
	"INVITE":      "INVITE [nick room]: ask somebody in, or see who asked you",
	"ISON":        "ISON nick...: who of these is here",
	"JOIN":        "JOIN room[,room] [key[,key]]: enter rooms; JOIN 0 leaves all",
	"KICK":        "KICK room nick[,nick] [reason]: throw people out",
	"KILL":        "KILL nick [reason]: end somebody's connections (operators of the server)",
	"LINKS":       "LINKS: this server is the only one",
	"LIST":        "LIST [mask|!mask|<n|>n|C<min|C>min|T<min|T>min][,...]: which rooms there are",
	"LUSERS":      "LUSERS: how many are here",
	"MODE":        "MODE room [changes], MODE nick [changes]: see or change modes",
	"MOTD":        "MOTD: the message of the day",
	"NAMES":       "NAMES room[,room]: who is in a room",
	"NICK":        "NICK name: be called otherwise",
	"NOTICE":      "NOTICE target text: a message that nobody answers by itself",
	"OPER":        "OPER name password: become an operator of the server",
	"PART":        "PART room[,room] [reason]: leave rooms",
	"PASSWD":      "PASSWD old new: change your password; one with spaces is written base64:, followed by its base64",
	"PING":        "PING word: answered by PONG when all before it is done",
	"PRIVMSG":     "PRIVMSG target[,target] text: say something to rooms or people; @#room reaches its operators",
	"QUIT":        "QUIT [reason]: leave",
	"REGISTER":    "REGISTER account email|* password: make an account",
	"REHASH":      "REHASH: load the configuration again (operators of the server)",
	"RENAME":      "RENAME room new [reason]: call a room otherwise",
	"TIME":        "TIME: what time it is here",
	"TOPIC":       "TOPIC room [text]: see or change the topic",
	"USERHOST":    "USERHOST nick...: where up to five people are",
	"VERSION":     "VERSION: which version this is, and what it supports",
	"WALLOPS":     "WALLOPS text: tell all who want to know (operators of the server)",
	"WHO":         "WHO room|nick|mask [o|%fields[,token]]: who is there",
	"WHOIS":       "WHOIS nick: who somebody is",
	"WHOWAS":      "WHOWAS nick[,nick] [count]: who somebody was",
}

// help is HELP (modern.ircdocs.horse: help-message), also as HELPOP.
func (c *conn) help(_ actor.Context, x *exchange, m irc.Message) {
	subject := strings.ToUpper(m.Param(0))
	lines := []string{}
	switch text, known := helpTexts[subject]; {
	case subject == "":
		subject = "*"
		lines = c.helpIndex()
	case !known:
		c.numeric(x, irc.ErrHelpNotFound, clip(m.Param(0)), "There is no help on that; HELP lists what there is")
		return
	default:
		lines = append(lines, text)
	}
	c.numeric(x, irc.RplHelpStart, subject, "How to use this server")
	for _, line := range lines {
		c.numeric(x, irc.RplHelpTxt, subject, line)
	}
	c.numeric(x, irc.RplEndOfHelp, subject, "End of HELP")
}

func (c *conn) helpIndex() []string {
	var names []string
	for name := range helpTexts {
		names = append(names, name)
	}
	slices.Sort(names)
	return append([]string{"HELP and one of these says more:"}, wrap(names, 60)...)
}
