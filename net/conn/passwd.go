package conn

import (
	"encoding/base64"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// encoded begins a password that is written in base64, because it has spaces
// where there may be none.
const encoded = "base64:"

// passwd is PASSWD old new: another password for the account. No specification
// has a command for it. Other sessions end, as who knows the old one may be there.
func (c *conn) passwd(ctx actor.Context, x *exchange, m irc.Message) {
	old, okOld := passwordOf(m.Param(0))
	next, okNew := passwordOf(m.Param(1))
	switch {
	case c.profile.Guest():
		c.fail(x, "ACCOUNT_REQUIRED", textPasswdAccount)
	case !okOld || !okNew:
		c.fail(x, "INVALID_PARAMS", textPasswdUsage)
	default:
		ticket := c.ask(x, nil, func(ctx actor.Context, _ any) { c.revokeOthers(ctx, x) })
		ctx.Send(c.cfg.Account, account.Change{
			Ticket: ticket, Key: c.profile.ID, Nick: c.profile.Nick, Old: old, New: next, Remote: c.remoteHost(),
		})
	}
}

// revokeOthers says that the password is changed, when the other sessions know.
func (c *conn) revokeOthers(ctx actor.Context, x *exchange) {
	changed := func() { c.reply(x, irc.New("NOTE", "PASSWD", "PASSWORD_CHANGED", textPasswdDone)) }
	ticket := c.askOr(x, nil, func(actor.Context, any) { changed() }, func(actor.Context, error) { changed() })
	ctx.Send(c.user, user.Revoke{Ticket: ticket, By: c.self})
}

func passwordOf(param string) (account.Secret, bool) {
	text, coded := strings.CutPrefix(param, encoded)
	if !coded {
		return account.Secret(param), param != ""
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	return account.Secret(raw), err == nil && len(raw) > 0
}
