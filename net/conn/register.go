package conn

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// register is REGISTER (ircv3 account-registration), before and after sign-in.
func (c *conn) register(ctx actor.Context, x *exchange, m irc.Message) {
	name, email, password := m.Param(0), m.Param(1), m.Param(2)
	if name == "*" && c.nick != "" {
		name = c.nick
	}
	rules := c.cfg.Register
	switch {
	case !rules.Open:
		c.fail(x, "DISALLOWED", clip(name), textRegistrationClosed)
	case c.user == nil && !rules.BeforeConnect:
		c.fail(x, "COMPLETE_CONNECTION_REQUIRED", clip(orStar(name)), textCompleteConnection)
	case c.nick == "":
		c.fail(x, "NEED_NICK", "*", textNeedNick)
	case c.user == nil && !c.passwordRight():
		c.fail(x, "DISALLOWED", clip(name), textBadServerPassword)
	case c.loggedIn():
		c.fail(x, "ALREADY_AUTHENTICATED", clip(name), textAlreadyLoggedIn)
	case !rules.CustomName && names.Fold(name) != names.Fold(c.nick):
		c.fail(x, "ACCOUNT_NAME_MUST_BE_NICK", clip(name), textNameMustBeNick)
	case rules.EmailRequired && !looksLikeEmail(email):
		c.fail(x, "INVALID_EMAIL", clip(name), textInvalidEmail)
	default:
		ticket := c.askOr(x, nil,
			func(ctx actor.Context, answer any) {
				if m, ok := answer.(account.Registered); ok {
					c.registered(ctx, x, m)
				}
			},
			func(_ actor.Context, reason error) {
				c.loggingIn(false)
				c.refuse(x, reason, clip(name))
			})
		c.loggingIn(true)
		ctx.Send(c.cfg.Account, account.Register{
			Ticket: ticket, Name: name, Nick: c.nick, By: c.user,
			Password: account.Secret(password), Remote: c.remoteHost(),
		})
	}
}

// registered logs the client in. What it had told of itself as a guest is the
// account's from now on.
func (c *conn) registered(ctx actor.Context, x *exchange, m account.Registered) {
	c.reply(x, irc.New("REGISTER", "SUCCESS", m.Account, textRegistered))
	logIn := func(ctx actor.Context, set *notes.Set) { c.loggedInAs(ctx, x, m.Account, set, func() {}) }
	if c.user == nil || len(c.profile.Notes.All()) == 0 {
		logIn(ctx, nil)
		return
	}
	ticket := c.askOr(x, nil, func(ctx actor.Context, answer any) {
		kept, _ := answer.(account.Annotated)
		logIn(ctx, kept.Notes)
	}, func(ctx actor.Context, _ error) { logIn(ctx, nil) })
	ctx.Send(c.cfg.Account, account.Annotate{
		Ticket: ticket, Key: m.Key, Changes: c.profile.Notes.Since(nil), Most: c.cfg.Limits.MetadataKeys,
	})
}

// looksLikeEmail finds what can be no address; the rest only a message to it
// could tell.
func looksLikeEmail(s string) bool {
	user, domain, ok := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(domain, ".")
}

// verify is VERIFY: accounts need no confirmation here.
func (c *conn) verify(_ actor.Context, x *exchange, m irc.Message) {
	switch {
	case c.user == nil && !c.cfg.Register.BeforeConnect:
		c.fail(x, "COMPLETE_CONNECTION_REQUIRED", clip(orStar(m.Param(0))), textCompleteConnection)
	case c.loggedIn():
		c.fail(x, "ALREADY_AUTHENTICATED", clip(m.Param(0)), textAlreadyLoggedIn)
	default:
		c.fail(x, "INVALID_CODE", clip(m.Param(0)), textNothingToVerify)
	}
}
