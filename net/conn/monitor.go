package conn

import (
	"slices"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// monitor is MONITOR (ircv3 monitor). The registry has the list, as it knows
// who comes and goes.
func (c *conn) monitor(ctx actor.Context, x *exchange, m irc.Message) {
	nicks := slices.DeleteFunc(strings.Split(m.Param(1), ","), func(s string) bool { return s == "" })
	x.cost = max(1, len(nicks)/4)
	switch sign := strings.ToUpper(m.Param(0)); {
	case c.cfg.Limits.Monitor == 0:
		c.unknownCommand(x)
	case (sign == "+" || sign == "-") && len(nicks) == 0:
		c.numeric(x, irc.ErrNeedMoreParams, "MONITOR", textNeedMoreParams)
	case sign == "+":
		ctx.Send(c.cfg.Registry, registry.Watch{Ticket: c.ask(x, nil, c.sayWatched(x)), Conn: c.self, Nicks: nicks, Most: c.cfg.Limits.Monitor})
	case sign == "-" || sign == "C":
		ctx.Send(c.cfg.Registry, registry.Unwatch{Ticket: c.ask(x, nil, nil), Conn: c.self, Nicks: nicks, All: sign == "C"})
	case sign == "L":
		ctx.Send(c.cfg.Registry, registry.Watching{Ticket: c.ask(x, nil, c.sayMonitorList(x)), Conn: c.self})
	case sign == "S":
		ctx.Send(c.cfg.Registry, registry.Watching{Ticket: c.ask(x, nil, c.sayWatched(x)), Conn: c.self})
	default:
		c.fail(x, "INVALID_PARAMS", clip(m.Param(0)), textBadMonitor)
	}
}

// sayWatched tells which nicks are somebody's, which are nobody's, and which
// there was no room for.
func (c *conn) sayWatched(x *exchange) func(actor.Context, any) {
	return func(_ actor.Context, answer any) {
		m, ok := answer.(registry.Watched)
		if !ok {
			return
		}
		var online, offline []string
		for _, s := range m.Sights {
			if s.Online {
				online = append(online, source(s.Profile))
			} else {
				offline = append(offline, s.Nick)
			}
		}
		c.sayNicks(x, irc.RplMonOnline, online)
		c.sayNicks(x, irc.RplMonOffline, offline)
		for _, s := range m.Sights {
			if c.caps.notes() {
				c.sayNotes(x, "", s.Profile, c.subs)
			}
		}
		if len(m.Full) > 0 {
			c.numeric(x, irc.ErrMonListFull, strconv.Itoa(c.cfg.Limits.Monitor), strings.Join(m.Full, ","), textMonitorFull)
		}
	}
}

func (c *conn) sayMonitorList(x *exchange) func(actor.Context, any) {
	return func(_ actor.Context, answer any) {
		m, _ := answer.(registry.Watched)
		nicks := make([]string, len(m.Sights))
		for i, s := range m.Sights {
			nicks[i] = s.Nick
		}
		c.sayNicks(x, irc.RplMonList, nicks)
		c.numeric(x, irc.RplEndOfMonList, "End of MONITOR list")
	}
}

// sayNicks lists nicks in as many lines as it takes.
func (c *conn) sayNicks(x *exchange, n irc.Numeric, nicks []string) {
	for _, line := range wrapBy(",", nicks, irc.MaxText(c.cfg.Server, string(n), c.nick)) {
		c.numeric(x, n, line)
	}
}

func (c *conn) appeared(m registry.Appeared) {
	if c.user != nil {
		c.tellLine(c.numericOf(irc.RplMonOnline, source(m.Profile)))
		if c.caps.notes() {
			c.sayNotes(&exchange{unasked: true}, "", m.Profile, c.subs)
		}
	}
}

func (c *conn) disappeared(m registry.Disappeared) {
	if c.user != nil {
		c.tellLine(c.numericOf(irc.RplMonOffline, m.Nick))
	}
}

// seen shows what is new of somebody whose nick is watched, unless a room has
// shown it (ircv3 extended-monitor).
func (c *conn) seen(m registry.Seen) {
	x := &exchange{unasked: true}
	switch {
	case c.user == nil || c.once.knows(m.Once):
		return
	case !c.caps.has(capExtendedMonitor) && m.Old.Notes == m.New.Notes:
		return
	}
	if c.sayNews(x, m.Old, m.New) {
		c.once.first(m.Once)
	}
}
