package conn

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// list is LIST with the conditions of ELIST=CMNTU. Secret rooms are listed to
// their members only.
func (c *conn) list(ctx actor.Context, x *exchange, m irc.Message) {
	wanted := c.conditions(m.Param(0))
	ticket := c.ask(x, nil, func(_ actor.Context, answer any) {
		listed, ok := answer.(registry.Listed)
		if !ok {
			return
		}
		c.credit.looked(len(listed.Rooms))
		c.numeric(x, irc.RplListStart, "Room", "Users  Topic")
		for _, r := range listed.Rooms {
			if c.mayKnow(r) && wanted.fits(r) {
				c.numeric(x, irc.RplList, r.Name, strconv.Itoa(r.Members), r.Topic)
			}
		}
		c.numeric(x, irc.RplListEnd, "End of LIST")
	})
	ctx.Send(c.cfg.Registry, registry.List{Ticket: ticket})
}

// mayKnow: who is not in a secret room is not told that it is there.
func (c *conn) mayKnow(r room.Summary) bool {
	_, in := c.find(r.Name)
	return in || !strings.Contains(r.Modes, "s")
}

// conditions of a LIST: every test must hold, and one of the masks if there
// are any.
type conditions struct {
	masks []string
	tests []func(room.Summary) bool
}

func (l conditions) fits(r room.Summary) bool {
	for _, holds := range l.tests {
		if !holds(r) {
			return false
		}
	}
	for _, mask := range l.masks {
		if irc.MatchMask(mask, r.Name) || names.Fold(mask) == r.Key {
			return true
		}
	}
	return len(l.masks) == 0
}

func (c *conn) conditions(list string) conditions {
	var l conditions
	now := c.cfg.Now()
	for word := range strings.SplitSeq(list, ",") {
		switch {
		case word == "":
		case word[0] == '!':
			l.tests = append(l.tests, func(r room.Summary) bool { return !irc.MatchMask(word[1:], r.Name) })
		case word[0] == '<' || word[0] == '>':
			l.add(word[0], word[1:], func(r room.Summary, n int) int { return r.Members - n })
		case strings.HasPrefix(word, "C<") || strings.HasPrefix(word, "C>"):
			l.add(word[1], word[2:], func(r room.Summary, n int) int { return since(now, r.Created, n) })
		case strings.HasPrefix(word, "T<") || strings.HasPrefix(word, "T>"):
			l.tests = append(l.tests, func(r room.Summary) bool { return !r.TopicAt.IsZero() })
			l.add(word[1], word[2:], func(r room.Summary, n int) int { return since(now, r.TopicAt, n) })
		default:
			l.masks = append(l.masks, word)
		}
	}
	return l
}

// add compares something of the room with a number; what is no number is no
// condition.
func (l *conditions) add(sign byte, text string, compare func(r room.Summary, n int) int) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return
	}
	l.tests = append(l.tests, func(r room.Summary) bool {
		if sign == '<' {
			return compare(r, n) < 0
		}
		return compare(r, n) > 0
	})
}

// since compares how long ago something was with so many minutes
// (modern.ircdocs.horse: elist-parameter).
func since(now, then time.Time, minutes int) int {
	return cmp.Compare(now.Sub(then).Minutes(), float64(minutes))
}
