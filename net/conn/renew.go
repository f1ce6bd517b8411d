package conn

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// Renewed tells a connection that the configuration was loaded again. It is told
// what has come to be offered and what is not any more (ircv3
// capability-negotiation: CAP NEW, CAP DEL); the limits that it was told of at its
// welcome stay.
type Renewed struct{ Config *Config }

func (c *conn) renewed(ctx actor.Context, m Renewed) {
	if c.ended {
		return
	}
	before, policy := c.offers(), c.sts()
	c.cfg = m.Config.within(c.cfg.Limits)
	c.withdraw(ctx, before)
	c.propose(before, policy)
}

// within is the configuration with other limits: itself, if they are the same.
func (cfg *Config) within(l Limits) *Config {
	if cfg.Limits == l {
		return cfg
	}
	mine := *cfg
	mine.Limits = l
	return &mine
}

// withdraw cancels what is not offered any more, whether or not the client can be
// told so.
func (c *conn) withdraw(ctx actor.Context, before []offer) {
	var gone []string
	left := c.caps
	for _, o := range before {
		if !c.cfg.offered(o.bit) {
			gone = append(gone, o.name)
			left &^= o.bit
		}
	}
	c.notify("DEL", gone)
	c.setCaps(ctx, left)
}

// propose tells what is new, or has another value.
func (c *conn) propose(before []offer, policy string) {
	values := c.captured >= 302
	var fresh []string
	for _, o := range c.offers() {
		i := slices.IndexFunc(before, func(b offer) bool { return b.bit == o.bit })
		if i < 0 || values && before[i].value != o.value {
			fresh = append(fresh, o.word(values))
		}
	}
	if now := c.sts(); values && now != policy {
		switch {
		case now != "":
			fresh = append(fresh, now)
		case c.secure: // ircv3 sts: this is how a policy is taken back; it has no DEL
			fresh = append(fresh, irc.CapSTS+"=duration=0")
		}
	}
	c.notify("NEW", fresh)
}

// notify tells a client that wants to know of changes.
func (c *conn) notify(sub string, words []string) {
	if !c.caps.has(capNotify) {
		return
	}
	for _, line := range wrap(words, irc.MaxText(c.cfg.Server, "CAP * DEL", c.shownNick())) {
		c.tellLine(irc.New("CAP", c.shownNick(), sub, line))
	}
}

// setCaps changes what the client has asked for, and what rooms show it.
func (c *conn) setCaps(ctx actor.Context, after capability) {
	before := c.caps
	c.caps = after
	if c.user != nil && before.class() != after.class() {
		ctx.Send(c.user, user.Reclass{Session: c.session()})
	}
}
