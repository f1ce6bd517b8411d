package conn

import (
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// historyTarget is a line of CHATHISTORY TARGETS.
type historyTarget struct {
	name string
	last time.Time
}

// historyTargets is CHATHISTORY TARGETS (ircv3 chathistory: targets).
func (c *conn) historyTargets(ctx actor.Context, x *exchange, r historyRequest) {
	if c.profile.Guest() { // nothing is remembered of a guest
		c.sayTargets(x, nil)
		return
	}
	ticket := c.askOr(x, nil,
		func(ctx actor.Context, answer any) {
			m, ok := answer.(records.Remembered)
			c.credit.looked(len(m.List))
			switch {
			case !ok:
			case m.Err != nil:
				c.refuse(x, historyError{m.Err}, r.sub, "*")
			default:
				c.nameTargets(ctx, x, pickTargets(m.List, c.profile.ID, r.query))
			}
		},
		func(_ actor.Context, err error) { c.refuse(x, historyError{err}, r.sub, "*") })
	ctx.Send(c.cfg.Records, records.Memberships{Ticket: ticket, Account: c.profile.ID})
}

// pickTargets keeps what was last used between the two times, the limit counted
// from the first, and puts the oldest first.
func pickTargets(list []records.Membership, me string, q journal.Query) []records.Membership {
	from, to := q.From.Time, q.To.Time
	backward := to.Before(from)
	if backward {
		from, to = to, from
	}
	list = slices.DeleteFunc(slices.Clone(list), func(m records.Membership) bool {
		nameless := m.Key == "" && strings.HasPrefix(peer(m, me), "~") // a guest has no name that lasts
		return !m.Last.After(from) || !m.Last.Before(to) || nameless
	})
	slices.SortStableFunc(list, func(a, b records.Membership) int { return a.Last.Compare(b.Last) })
	if len(list) > q.Limit {
		if backward {
			list = list[len(list)-q.Limit:]
		} else {
			list = list[:q.Limit]
		}
	}
	return list
}

// peer is whom a conversation is with: the key of an account.
func peer(m records.Membership, me string) string {
	if m.Pair[0] == me {
		return m.Pair[1]
	}
	return m.Pair[0]
}

// nameTargets finds out how the client would address whom it has talked with:
// by the nick they have now, or else by their account.
func (c *conn) nameTargets(ctx actor.Context, x *exchange, list []records.Membership) {
	targets := make([]historyTarget, len(list))
	for i, m := range list {
		targets[i] = historyTarget{m.Name, m.Last}
		if m.Key != "" {
			continue
		}
		with := peer(m, c.profile.ID)
		targets[i].name = with
		ticket := c.askOr(x, nil,
			func(_ actor.Context, answer any) {
				who, ok := answer.(user.Portrait)
				switch {
				case !ok || who.Profile.ID != with:
				case who.Online:
					targets[i].name = who.Profile.Nick
				default: // the last nick may be anybody's now
					targets[i].name = who.Profile.Account
				}
			},
			func(actor.Context, error) {}) // the key is a name too
		ctx.Send(c.cfg.Registry, registry.ToUser{
			Ticket: ticket, Nick: with, Offline: true, Command: user.Whois{Ticket: ticket, By: c.user},
		})
	}
	x.steps = append(x.steps, func(actor.Context) { c.sayTargets(x, targets) })
}

func (c *conn) sayTargets(x *exchange, targets []historyTarget) {
	if c.caps.has(capBatch) {
		c.openBatch(x, irc.BatchTargets)
	}
	for _, t := range targets {
		c.reply(x, irc.New("CHATHISTORY", "TARGETS", t.name, irc.FormatTime(t.last)))
	}
}
