package conn

import (
	"errors"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// mode is MODE of a room, or of oneself.
func (c *conn) mode(ctx actor.Context, x *exchange, m irc.Message) {
	target := m.Param(0)
	switch {
	case isRoomName(target):
		c.roomMode(ctx, x, target, m.Params[1:])
	case names.Fold(target) == names.Fold(c.nick):
		c.userMode(ctx, x, m.Param(1))
	default:
		ticket := c.ask(x, []string{clip(target)}, func(actor.Context, any) {
			c.numeric(x, irc.ErrUsersDontMatch, "You can look at and change your own modes only")
		})
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: target})
	}
}

func isRoomName(name string) bool { return name != "" && name[0] == '#' }

func (c *conn) roomMode(ctx actor.Context, x *exchange, name string, words []string) {
	if len(words) == 0 {
		c.describe(ctx, x, name, func(d room.Description) { c.sayModes(x, d) })
		return
	}
	parsed := irc.ParseModes(words, modeTypes)
	for _, letter := range parsed.Unknown {
		c.numeric(x, irc.ErrUnknownMode, letter, "is no mode of this server")
	}
	for _, letter := range parsed.Missing {
		c.numeric(x, irc.ErrInvalidModeParam, clip(name), string(letter), "*", "This mode needs a parameter")
	}
	if len(parsed.Unknown) > 0 || len(parsed.Missing) > 0 {
		return // all or nothing
	}
	var changes []room.ModeChange
	for _, ch := range parsed.Changes {
		change := room.ModeChange{Add: ch.Add || ch.Query, Mode: ch.Letter, Param: ch.Param}
		if ch.Query {
			x.steps = append(x.steps, func(ctx actor.Context) { c.setModes(ctx, x, name, []room.ModeChange{change}) })
			continue
		}
		changes = append(changes, change)
	}
	switch {
	case len(changes) > c.cfg.Limits.Modes:
		x.steps = nil
		c.numeric(x, irc.ErrTooManyTargets, clip(name), textTooManyModes)
	case len(changes) > 0:
		c.setModes(ctx, x, name, changes)
	}
}

func (c *conn) setModes(ctx actor.Context, x *exchange, name string, changes []room.ModeChange) {
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if m, ok := answer.(room.Masks); ok {
				c.sayMasks(x, m)
			}
		},
		func(ctx actor.Context, err error) { c.modeRefused(ctx, x, name, changes, err) })
	c.toRoom(ctx, name, room.SetModes{Ticket: ticket, User: c.user, Changes: changes})
}

// modeRefused names the letter or nick where a numeric wants one.
func (c *conn) modeRefused(ctx actor.Context, x *exchange, name string, changes []room.ModeChange, err error) {
	first := changes[0]
	switch {
	case errors.Is(err, room.ErrNoTarget):
		for _, ch := range changes {
			if ch.Mode == 'o' || ch.Mode == 'v' {
				first = ch
				break
			}
		}
		c.refuse(x, err, clip(first.Param), clip(name))
	case errors.Is(err, room.ErrBadMode):
		c.refuse(x, err, clip(name), string(first.Mode), clip(orStar(first.Param)))
	case errors.Is(err, room.ErrListFull):
		c.refuse(x, err, clip(name), string(first.Mode))
	default:
		c.refuseRoom(ctx, x, name, err)
	}
}

// sayModes answers MODE #room. The key is shown to members only.
func (c *conn) sayModes(x *exchange, d room.Description) {
	withParam := strings.NewReplacer("k", "", "l", "")
	letters, params := "+"+withParam.Replace(d.State.Modes), []string{}
	if d.State.Limit > 0 {
		letters, params = letters+"l", append(params, strconv.Itoa(d.State.Limit))
	}
	switch {
	case d.State.Key != "":
		letters, params = letters+"k", append(params, d.State.Key)
	case strings.Contains(d.State.Modes, "k"):
		letters, params = letters+"k", append(params, "<key>")
	}
	c.numeric(x, irc.RplChannelModeIs, append([]string{d.Name, letters}, params...)...)
	if !d.Created.IsZero() {
		c.numeric(x, irc.RplCreationTime, d.Name, strconv.FormatInt(d.Created.Unix(), 10))
	}
}

func (c *conn) sayMasks(x *exchange, m room.Masks) {
	entry, end, what := irc.RplBanList, irc.RplEndOfBanList, "ban"
	switch m.Mode {
	case 'e':
		entry, end, what = irc.RplExceptList, irc.RplEndOfExceptList, "exception"
	case 'I':
		entry, end, what = irc.RplInvexList, irc.RplEndOfInvexList, "invitation"
	}
	for _, mask := range m.List {
		c.numeric(x, entry, maskLine(m.Name, mask)...)
	}
	c.numeric(x, end, m.Name, "End of "+what+" list")
}

func maskLine(name string, m journal.Mask) []string {
	return []string{name, m.Mask, orStar(m.By), strconv.FormatInt(m.At.Unix(), 10)}
}
