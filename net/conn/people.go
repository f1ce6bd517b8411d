package conn

import (
	"errors"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/net/irc"
)

func (c *conn) ison(_ actor.Context, x *exchange, m irc.Message) {
	nicks := strings.Fields(strings.Join(m.Params, " "))
	c.lookUp(x, nicks, 16, func(found []people.Profile) {
		words := make([]string, len(found))
		for i, p := range found {
			words[i] = p.Nick
		}
		c.numeric(x, irc.RplIsOn, strings.Join(words, " "))
	})
}

// lookUp asks for one nick after the other, and then says who was found.
func (c *conn) lookUp(x *exchange, nicks []string, most int, say func([]people.Profile)) {
	var found []people.Profile
	nicks = nicks[:min(len(nicks), most)]
	x.cost = max(x.cost, (len(nicks)+3)/4)
	x.each(nicks, func(ctx actor.Context, _ int, nick string) {
		ticket := c.askOr(x, nil,
			func(_ actor.Context, answer any) {
				if m, ok := answer.(registry.UserFound); ok {
					found = append(found, m.Profile)
				}
			},
			func(_ actor.Context, err error) {
				if !errors.Is(err, registry.ErrNoNick) {
					c.refuse(x, err, clip(nick))
				}
			})
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: nick})
	})
	x.steps = append(x.steps, func(actor.Context) { say(found) })
}
