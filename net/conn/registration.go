package conn

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// greeting is what a client has said of itself before it is signed in.
type greeting struct {
	negotiating bool   // until CAP END
	account     string // logged in as; empty: not
	username    string
	realname    string
	away        string
	notes       *notes.Set // what it tells of itself
	kept        *notes.Set // what its account has of that
	password    Secret     // of the server
}

func (c *conn) pass(_ actor.Context, _ *exchange, m irc.Message) {
	c.greeting.password = Secret(m.Param(0))
}

func (c *conn) userCommand(ctx actor.Context, x *exchange, m irc.Message) {
	if m.Param(0) == "" || m.Param(3) == "" {
		c.numeric(x, irc.ErrNeedMoreParams, "USER", textNeedMoreParams)
		return
	}
	c.greeting.username = cmp.Or(cleanUsername(m.Param(0), c.cfg.Limits.Username), anyUser)
	c.greeting.realname = cut8(m.Param(3), c.cfg.Limits.Realname)
	c.signIn(ctx, x)
}

// nickCommand chooses a nick before sign-in, and changes it after.
func (c *conn) nickCommand(ctx actor.Context, x *exchange, m irc.Message) {
	nick := m.Param(0)
	if nick == "" {
		c.numeric(x, irc.ErrNoNicknameGiven, textNoNick)
		return
	}
	if _, err := names.Nick(nick, c.cfg.Limits.Nick); err != nil {
		c.refuse(x, err, nick)
		return
	}
	if c.user != nil {
		c.costsRooms(x)
		ticket := c.ask(x, []string{nick}, nil) // user.Changed has shown it
		ctx.Send(c.cfg.Registry, registry.Rename{Ticket: ticket, User: c.user, Nick: nick})
		return
	}
	c.nick = nick
	c.signIn(ctx, x)
}

// signIn ends registration when nothing more is missing.
func (c *conn) signIn(ctx actor.Context, x *exchange) {
	g := c.greeting
	if c.user != nil || g.negotiating || c.nick == "" || g.username == "" {
		return
	}
	c.abandonSasl(x)
	switch {
	case !c.passwordRight():
		c.numeric(x, irc.ErrPasswdMismatch, textBadServerPassword)
		c.hangUp(x, textBadServerPassword)
	case c.cfg.AccountRequired && g.account == "":
		c.reply(x, irc.New("FAIL", "*", "ACCOUNT_REQUIRED", textAccountRequired))
		c.hangUp(x, textAccountRequired)
	default:
		c.keepNotes(ctx, x, func(ctx actor.Context) { c.askIn(ctx, x) })
	}
}

// askIn asks the registry to sign the client in.
func (c *conn) askIn(ctx actor.Context, x *exchange) {
	g, session := c.greeting, c.session()
	ticket := c.askOr(x, []string{c.nick},
		func(ctx actor.Context, answer any) {
			c.welcomed(ctx, x, answer)
			if c.user != nil && session.Class != c.caps.class() { // Renewed came in between
				ctx.Send(c.user, user.Reclass{Session: c.session()})
			}
		},
		func(_ actor.Context, reason error) { c.notWelcome(x, reason) })
	ctx.Send(c.cfg.Registry, registry.SignIn{Ticket: ticket, Session: session, Profile: people.Profile{
		Nick: c.nick, Username: g.username, Host: c.cfg.Host(c.sock.RemoteAddr()),
		Realname: g.realname, Account: g.account, Away: g.away, Notes: g.shown(),
		Modes: c.firstModes(), Address: hostOf(c.remote),
	}})
}

// firstModes are the user modes of somebody who signs in.
func (c *conn) firstModes() (set people.Mode) {
	for _, letter := range c.cfg.UserModes {
		if mode, ok := userMode(letter); ok {
			set |= mode
		}
	}
	if c.secure {
		set |= people.Secure
	}
	return set &^ people.Operator
}

// keepNotes stores with the account what the client has told of itself before
// it is signed in. Should that fail, it says so and goes on.
func (c *conn) keepNotes(ctx actor.Context, x *exchange, then func(actor.Context)) {
	g := c.greeting
	noted := g.notes.Since(g.kept)
	if g.account == "" || len(noted) == 0 {
		then(ctx)
		return
	}
	ticket := c.askOr(x, nil,
		func(ctx actor.Context, answer any) {
			if m, ok := answer.(account.Annotated); ok {
				g.notes, g.kept = m.Notes, m.Notes
			}
			then(ctx)
		},
		func(ctx actor.Context, err error) {
			c.metaRefused(x, err, "*", "*")
			then(ctx)
		})
	ctx.Send(c.cfg.Account, account.Annotate{
		Ticket: ticket, Key: names.Fold(g.account), Changes: noted, Most: c.cfg.Limits.MetadataKeys,
	})
}

// shown is what others are told: what an account tells is stored first.
func (g *greeting) shown() *notes.Set {
	if g.account != "" {
		return g.kept
	}
	return g.notes
}

func (c *conn) passwordRight() bool {
	want, got := []byte(c.cfg.Password), []byte(c.greeting.password)
	return len(want) == 0 || subtle.ConstantTimeCompare(want, got) == 1
}

// hangUp shows the answers held back, then closes.
func (c *conn) hangUp(x *exchange, reason string) {
	c.deliver(x)
	c.close(reason)
}

// notWelcome lets a client choose another nick; anything else ends it, and it
// may come again.
func (c *conn) notWelcome(x *exchange, reason error) {
	nick := c.nick
	if !aboutNick(reason) {
		x.command = "*"
		c.refuse(x, reason, nick)
		c.hangUp(x, textTryLater)
		return
	}
	c.refuse(x, reason, nick)
	c.nick = ""
}

func aboutNick(err error) bool {
	return errors.Is(err, registry.ErrNickInUse) || errors.Is(err, registry.ErrNickReserved) ||
		errors.Is(err, registry.ErrBadNick)
}

func (c *conn) welcomed(ctx actor.Context, x *exchange, answer any) {
	m, ok := answer.(user.Welcome)
	if !ok {
		c.refuse(x, ask.ErrUnknown)
		return
	}
	c.user, c.profile, c.nick = m.User, m.Profile, m.Profile.Nick
	c.welcome = c.cfg.Now()
	c.isKnown(c.profile.Guest())
	ctx.Watch(c.user)
	c.credit.allow(maxInFlight - inFlightBefore)
	c.timers[registrationTimer].stop()
	c.set(pingTimer, c.cfg.Timeouts.Idle)
	if kept := c.greeting.kept; kept != nil && (c.profile.Notes == nil || c.profile.Notes.Version < kept.Version) {
		c.profile.Notes = kept
		ctx.Send(c.user, user.Annotated{Notes: kept}) // other sessions had come before
	}
	c.greeting = nil
	c.greet(x)
	c.stream(x)
	// What the client says next finds it in the rooms that it is remembered in;
	// what it was told of them it has not asked for.
	ticket := c.askOr(x, nil,
		func(actor.Context, any) { c.credit.forgive() },
		func(actor.Context, error) { c.credit.forgive() })
	ctx.Send(c.user, user.Settle{Ticket: ticket})
}

// arriving tells whether a room that was entered belongs to the answer to
// sign-in. The rooms that another device is in tell of themselves, each in its
// own time, so this is for a while and for so many only.
func (c *conn) arriving() bool {
	if c.arrivals >= c.cfg.Limits.Rooms || c.cfg.Now().Sub(c.welcome) >= c.cfg.Timeouts.Answer {
		return false
	}
	c.arrivals++
	return true
}

// anyUser is what the username of a person is whose own has nothing that may be
// shown: nobody is kept out by the alphabet of their machine.
const anyUser = "user"

// cleanUsername keeps what others may be shown as the user part of a source.
func cleanUsername(name string, limit int) string {
	keep := func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune("-._", r):
			return r
		}
		return -1
	}
	return cut8(strings.Map(keep, name), limit)
}

// cut8 cuts a text to so many bytes, between characters.
func cut8(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
