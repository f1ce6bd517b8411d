package conn

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// searchEffort is how many records a SEARCH may look at: about 100 ms of one
// core. What was looked at is charged like an answer.
const searchEffort = 50_000

// searchRequest is a SEARCH under way.
type searchRequest struct {
	in     string // empty: everywhere
	terms  records.Terms
	scopes []records.Scope
	with   string // key of the account whose conversation is searched
	over   bool   // it was refused
}

// badSearch is what is wrong with a SEARCH: the attribute, and why.
type badSearch struct{ attribute, text string }

// search is SEARCH (soju.im/search): of one's rooms and conversations, and of
// nothing else.
func (c *conn) search(ctx actor.Context, x *exchange, m irc.Message) {
	if !c.cfg.History {
		c.unknownCommand(x)
		return
	}
	r, bad := parseSearch(m.Param(0), c.cfg.Limits.History)
	if bad != nil {
		c.fail(x, "INVALID_PARAMS", clip(orStar(bad.attribute)), bad.text)
		return
	}
	switch {
	case r.in == "":
		for _, p := range c.joined {
			c.scope(ctx, x, r, p.name, func(actor.Context, error) {}) // one that is closed for now has nothing to say
		}
		c.scopeTalks(ctx, x, r)
		x.cost += len(c.joined) / 4
	case isRoomName(r.in):
		c.scope(ctx, x, r, r.in, func(_ actor.Context, err error) { c.searchRefused(x, r, err) })
	default:
		ticket := c.askOr(x, nil,
			func(ctx actor.Context, answer any) {
				if who, ok := answer.(registry.UserFound); ok {
					r.with = who.Profile.ID
				}
				c.scopeTalks(ctx, x, r)
			},
			func(ctx actor.Context, _ error) { // nobody has the nick now; an account may have the name
				r.with = names.Fold(r.in)
				c.scopeTalks(ctx, x, r)
			})
		ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: r.in})
	}
	x.steps = append(x.steps, func(ctx actor.Context) { c.searchScopes(ctx, x, r) })
}

// scope asks a room whether it may be read, and as whom.
func (c *conn) scope(ctx actor.Context, x *exchange, r *searchRequest, name string, refused func(actor.Context, error)) {
	p, in := c.find(name)
	if !in {
		c.searchRefused(x, r, room.ErrNotPresent)
		return
	}
	ticket := c.askOr(x, nil, func(_ actor.Context, answer any) {
		switch d, ok := answer.(room.Description); {
		case ok && d.Inside:
			r.scopes = append(r.scopes, records.Scope{Room: p.no, Role: uint8(d.Role)})
		case r.in != "":
			c.searchRefused(x, r, room.ErrNotPresent)
		}
	}, refused)
	c.toRoom(ctx, name, room.Describe{Ticket: ticket, User: c.user})
}

// scopeTalks adds the conversations that the account remembers: all, or that
// with one other.
func (c *conn) scopeTalks(ctx actor.Context, x *exchange, r *searchRequest) {
	if c.profile.Guest() {
		if r.in != "" {
			c.searchRefused(x, r, room.ErrNotPresent)
		}
		return
	}
	me := c.profile.ID
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			list, ok := answer.(records.Remembered)
			if !ok || list.Err != nil {
				c.searchRefused(x, r, errors.Join(list.Err, ask.ErrUnavailable))
				return
			}
			c.credit.looked(len(list.List))
			for _, talk := range list.List {
				if talk.Key == "" && (r.in == "" || peer(talk, me) == r.with) {
					r.scopes = append(r.scopes, records.Scope{Room: talk.Room})
				}
			}
			if r.in != "" && len(r.scopes) == 0 {
				c.searchRefused(x, r, room.ErrNotPresent)
			}
		},
		func(_ actor.Context, err error) { c.searchRefused(x, r, err) })
	ctx.Send(c.cfg.Records, records.Memberships{Ticket: ticket, Account: me})
}

// searchRefused answers, and ends the search.
func (c *conn) searchRefused(x *exchange, r *searchRequest, err error) {
	if isNoTarget(err) {
		c.refuse(x, err, "in="+clip(r.in))
	} else {
		c.refuse(x, err)
	}
	r.over = true
}

func (c *conn) searchScopes(ctx actor.Context, x *exchange, r *searchRequest) {
	if r.over {
		return
	}
	slices.SortFunc(r.scopes, func(a, b records.Scope) int { return int(a.Room) - int(b.Room) })
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if hits, ok := answer.(records.Hits); ok {
				c.sayHits(x, r, hits)
			}
		},
		func(_ actor.Context, err error) { c.searchRefused(x, r, err) })
	ctx.Send(c.cfg.Records, records.Search{Ticket: ticket, Scopes: r.scopes, Terms: r.terms})
}

func (c *conn) sayHits(x *exchange, r *searchRequest, hits records.Hits) {
	c.credit.looked(hits.Looked)
	if hits.Err != nil {
		c.searchRefused(x, r, hits.Err)
		return
	}
	if c.caps.has(capBatch) {
		c.openBatch(x, irc.BatchSearch)
	}
	for _, record := range hits.Records {
		c.showEvent(x, room.Event{Room: c.nameOf(record.Room), Record: record})
	}
	if x.batch != "" {
		c.closeBatch(x)
	}
	if !hits.Until.IsZero() {
		c.answerLine(irc.New("NOTE", "SEARCH", "INCOMPLETE", irc.FormatTime(hits.Until), "There was more to look through than one search may; "+goesOn(r.terms)))
	}
}

// goesOn says how a search that was not completed is.
func goesOn(t records.Terms) string {
	if t.After.IsZero() {
		return "go on with before= and this time"
	}
	return "go on with after= and this time"
}

// parseSearch reads the attributes, which are written like message tags.
func parseSearch(text string, most int) (*searchRequest, *badSearch) {
	r := &searchRequest{}
	r.terms.Limit, r.terms.Effort = most, searchEffort
	for pair := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(pair, "=")
		value = irc.Unescape(value)
		if key == "" {
			continue
		}
		if value == "" {
			return nil, &badSearch{key, "The attribute needs a value"}
		}
		if bad := r.set(key, value, most); bad != "" {
			return nil, &badSearch{pair, bad}
		}
	}
	if t := r.terms; r.in == "" && t.Text == "" && t.From == "" && t.After.IsZero() && t.Before.IsZero() {
		return nil, &badSearch{text, "Say what to look for: in, from, text, after, before, limit"}
	}
	return r, nil
}

// set returns what is wrong with an attribute.
func (r *searchRequest) set(key, value string, most int) (bad string) {
	var err error
	switch key {
	case "in":
		r.in = value
	case "from":
		r.terms.From = names.Fold(value)
	case "text":
		r.terms.Text = value
		if !records.HasWord(value) {
			return "There is no word in the text"
		}
	case "after":
		r.terms.After, err = irc.ParseTime(value)
	case "before":
		r.terms.Before, err = irc.ParseTime(value)
	case "limit":
		limit, err := strconv.Atoi(value)
		if err != nil || limit < 1 {
			return "The limit is not a number from 1"
		}
		r.terms.Limit = min(limit, most)
	default:
		return "There is no such attribute; use in, from, text, after, before, limit"
	}
	if err != nil {
		return "Invalid time"
	}
	return ""
}
