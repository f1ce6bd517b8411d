package conn

import (
	"errors"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// historyRequest is a CHATHISTORY taken apart.
type historyRequest struct {
	sub, target string
	query       journal.Query
	ids         []journal.ID // given as msgid=
}

// badHistory is a syntax error of CHATHISTORY: what FAIL says.
type badHistory struct {
	code  string
	about []string // what was given
	text  string
}

func (e *badHistory) Error() string { return e.text }

// chathistory is CHATHISTORY (ircv3 chathistory).
func (c *conn) chathistory(ctx actor.Context, x *exchange, m irc.Message) {
	if !c.cfg.History {
		c.unknownCommand(x)
		return
	}
	r, err := parseHistory(m.Params, c.cfg.Limits.History)
	if err != nil {
		c.fail(x, err.code, append(append([]string{clip(r.sub)}, err.about...), err.text)...)
		return
	}
	r.query.Events = c.caps.has(capPlayback)
	if r.sub == "TARGETS" {
		c.historyTargets(ctx, x, r)
		return
	}
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if page, ok := answer.(journal.Page); ok {
				c.page(x, r, page)
			}
		},
		func(_ actor.Context, err error) { c.refuse(x, historyError{err}, clip(r.sub), clip(r.target)) })
	question := room.History{Ticket: ticket, User: c.user, Query: r.query}
	if isRoomName(r.target) {
		c.toRoom(ctx, r.target, question)
		return
	}
	ctx.Send(c.cfg.Registry, registry.ToConversation{Ticket: ticket, User: c.user, With: r.target, Command: question})
}

// historyError makes of a refusal one of CHATHISTORY's own.
type historyError struct{ error }

func (e historyError) Unwrap() error { return e.error }

// page answers with a batch of what was said. A msgid of another room is not a
// place in this one.
func (c *conn) page(x *exchange, r historyRequest, page journal.Page) {
	c.credit.looked(page.Looked)
	err := page.Err
	for _, id := range r.ids {
		if err == nil && id.Room != page.Room {
			err = journal.ErrNoMessage
		}
	}
	if err != nil {
		c.refuse(x, historyError{err}, clip(r.sub), clip(r.target))
		return
	}
	target := r.target
	if p, in := c.find(target); in {
		target = p.name
	}
	if c.caps.has(capBatch) {
		c.openBatch(x, irc.BatchChatHistory, target)
	}
	for _, record := range page.Records {
		if record.Kind == journal.Elided {
			record = c.elided(record, target)
		}
		c.showEvent(x, room.Event{Room: target, Record: record})
	}
}

// elided is a line of the server's own in the place of what a page has passed
// over: with its msgid and time every client can go on from there, where an empty
// batch would end the history for it.
func (c *conn) elided(r journal.Record, target string) journal.Record {
	r.Kind, r.Author, r.Target, r.Text = journal.Notice, journal.Author{Nick: c.cfg.Server}, target, textElided
	return r
}

// parseHistory reads the parameters of CHATHISTORY. On an error the
// subcommand is still there for the answer.
func parseHistory(params []string, most int) (historyRequest, *badHistory) {
	r := historyRequest{sub: strings.ToUpper(params[0])}
	points := map[string]int{"LATEST": 1, "BEFORE": 1, "AFTER": 1, "AROUND": 1, "BETWEEN": 2, "TARGETS": 2}
	n, known := points[r.sub]
	want := 1 + n + 1 // subcommand, points, limit
	if r.sub != "TARGETS" {
		want++ // the target
	}
	switch {
	case !known:
		return r, &badHistory{"INVALID_PARAMS", nil, "Unknown subcommand; use LATEST, BEFORE, AFTER, AROUND, BETWEEN or TARGETS"}
	case len(params) < want:
		return r, &badHistory{"INVALID_PARAMS", nil, "Insufficient parameters"}
	case len(params) > want:
		return r, &badHistory{"INVALID_PARAMS", nil, "Too many parameters"}
	}
	args := params[1:]
	if r.sub != "TARGETS" {
		r.target, args = args[0], args[1:]
	}
	if err := r.parsePoints(args[:n]); err != nil {
		return r, err
	}
	limit, err := strconv.Atoi(args[n])
	if err != nil || limit < 0 {
		return r, &badHistory{"INVALID_PARAMS", []string{clip(args[n])}, "The limit is not a number"}
	}
	if limit == 0 || limit > most {
		limit = most
	}
	r.query.Limit = limit
	r.query.Where = whereOf(r.sub)
	return r, nil
}

func whereOf(sub string) journal.Where {
	switch sub {
	case "BEFORE":
		return journal.Before
	case "AFTER":
		return journal.After
	case "AROUND":
		return journal.Around
	case "BETWEEN":
		return journal.Between
	}
	return journal.Latest
}

func (r *historyRequest) parsePoints(words []string) *badHistory {
	for i, word := range words {
		if word == "*" && r.sub == "LATEST" {
			continue
		}
		p, err := r.parsePoint(word)
		if err != nil {
			return err
		}
		if i == 0 {
			r.query.From = p
		} else {
			r.query.To = p
		}
	}
	return nil
}

func (r *historyRequest) parsePoint(word string) (journal.Point, *badHistory) {
	kind, value, _ := strings.Cut(word, "=")
	switch {
	case kind == "timestamp":
		t, err := irc.ParseTime(value)
		if err != nil {
			return journal.Point{}, &badHistory{"INVALID_PARAMS", []string{clip(word)}, "Invalid timestamp"}
		}
		return journal.Point{Time: t}, nil
	case kind == "msgid" && r.sub != "TARGETS":
		id, err := journal.ParseID(value)
		if err != nil || id.Seq == 0 {
			return journal.Point{}, &badHistory{"INVALID_PARAMS", []string{clip(word)}, "Unknown msgid"}
		}
		r.ids = append(r.ids, id)
		return journal.Point{Seq: id.Seq}, nil
	}
	return journal.Point{}, &badHistory{"INVALID_MSGREFTYPE", []string{clip(orStar(r.target)), clip(word)}, "Use timestamp= or, except with TARGETS, msgid="}
}

// isNoTarget tells whether a refusal means that there is nothing to read there
// for this client.
func isNoTarget(err error) bool {
	for _, e := range []error{
		registry.ErrNoRoom, registry.ErrNoNick, registry.ErrBadRoomName, registry.ErrBadNick,
		room.ErrNotPresent, room.ErrBanned, room.ErrInviteOnly,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
