package conn

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// userModes are the letters of user modes, in the order in which they are
// told. Only OPER sets +o.
var userModes = []struct {
	letter byte
	mode   people.Mode
}{
	{'B', people.Bot},
	{'R', people.AccountsOnly},
	{'T', people.NoMachine},
	{'i', people.Invisible},
	{'o', people.Operator},
	{'w', people.Wallops},
}

func userMode(letter rune) (people.Mode, bool) {
	for _, m := range userModes {
		if rune(m.letter) == letter {
			return m.mode, true
		}
	}
	return 0, false
}

// modeLetters prints a set of user modes.
func modeLetters(set people.Mode) string {
	var letters []byte
	for _, m := range userModes {
		if set.Has(m.mode) {
			letters = append(letters, m.letter)
		}
	}
	return string(letters)
}

// ownMode is MODE of oneself (modern.ircdocs.horse: mode-message, user mode).
// What is unknown is told once, and the rest is done.
func (c *conn) ownMode(x *exchange, letters string) {
	if letters == "" {
		c.numeric(x, irc.RplUModeIs, "+"+modeLetters(c.profile.Modes))
		return
	}
	on, unknown := true, false
	for _, letter := range letters {
		mode, known := userMode(letter)
		switch {
		case letter == '+' || letter == '-':
			on = letter == '+'
		case !known:
			unknown = true
		case on && mode == people.Operator: // RFC 2812 3.1.5: ignored
		default:
			set := on
			x.steps = append(x.steps, func(ctx actor.Context) { c.setOwnMode(ctx, x, mode, set) })
		}
	}
	x.steps = x.steps[:min(len(x.steps), c.cfg.Limits.Modes)]
	if unknown {
		c.numeric(x, irc.ErrUModeUnknownFlag, "No such user mode; there are "+allUserModes())
	}
}

func allUserModes() string {
	var letters []string
	for _, m := range userModes {
		letters = append(letters, string(m.letter))
	}
	return strings.Join(letters, " ")
}

func (c *conn) setOwnMode(ctx actor.Context, x *exchange, mode people.Mode, on bool) {
	ticket := c.ask(x, nil, nil) // user.Changed has shown it
	ctx.Send(c.user, user.SetMode{Ticket: ticket, Mode: mode, On: on})
}

// accept is ACCEPT [-]nick[,...]: these may write in spite of +R.
func (c *conn) accept(_ actor.Context, x *exchange, m irc.Message) {
	x.each(c.targets(x, m.Param(0)), func(ctx actor.Context, _ int, word string) {
		nick, off := strings.CutPrefix(word, "-")
		ticket := c.ask(x, []string{clip(nick)}, nil)
		ctx.Send(c.cfg.Registry, registry.ToConversation{Ticket: ticket, User: c.user, With: nick, Command: room.Accept{
			Ticket: ticket, User: c.user, On: !off,
		}})
	})
}

// newModes shows the owner of a profile which modes are new.
func (c *conn) newModes(x *exchange, old, now people.Mode) {
	var letters string
	if set := modeLetters(now &^ old); set != "" {
		letters = "+" + set
	}
	if cleared := modeLetters(old &^ now); cleared != "" {
		letters += "-" + cleared
	}
	if letters != "" {
		c.reply(x, c.from(c.profile, "MODE", c.nick, letters))
	}
}
