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
		c.ownMode(x, m.Param(1))
	default:
		ticket := c.ask(x, []string{clip(target)}, func(actor.Context, any) {
			c.numeric(x, irc.ErrUsersDontMatch, "You can look at and change your own modes only")
		})
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: target})
	}
}

func isRoomName(name string) bool { return name != "" && name[0] == '#' }

// roomMode is MODE of a room (modern.ircdocs.horse: mode-message). Changes are
// made all or not at all.
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
		return
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
	case len(changes) > 0 && c.modesFit(x, name, changes):
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
		func(ctx actor.Context, err error) { c.modeRefused(ctx, x, name, err) })
	c.toRoom(ctx, name, room.SetModes{Ticket: ticket, User: c.user, Changes: changes})
}

// modeRefused names the letter or nick where a numeric wants one.
func (c *conn) modeRefused(ctx actor.Context, x *exchange, name string, err error) {
	var bad *room.BadChange
	if !errors.As(err, &bad) {
		c.refuseRoom(ctx, x, name, err)
		return
	}
	letter := string(bad.Change.Mode)
	switch {
	case errors.Is(err, room.ErrNoTarget):
		c.noTarget(ctx, x, bad.Change.Param, name)
	case errors.Is(err, room.ErrBadMode):
		c.refuse(x, err, clip(name), letter, shownParam(bad.Change))
	case errors.Is(err, room.ErrListFull):
		c.refuse(x, err, clip(name), letter)
	default:
		c.refuseRoom(ctx, x, name, err)
	}
}

// noTarget tells who is in another room from who is nowhere.
func (c *conn) noTarget(ctx actor.Context, x *exchange, nick, name string) {
	ticket := c.ask(x, []string{clip(nick)}, func(actor.Context, any) {
		c.refuse(x, room.ErrNoTarget, clip(nick), clip(name))
	})
	ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: nick})
}

// shownParam is how a numeric mentions a bad parameter: no key, and nothing
// that would not be one word.
func shownParam(ch room.ModeChange) string {
	if ch.Mode == 'k' || strings.ContainsAny(ch.Param, " ") {
		return "*"
	}
	return clip(orStar(ch.Param))
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
