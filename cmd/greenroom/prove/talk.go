package prove

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// chatter says things until load is over. What it has begun is brought to an
// end within settle: see resolve.
func (m *member) chatter(load, settle context.Context) {
	slots := make(chan struct{}, window)
	for pause(load, time.Duration(m.random.ExpFloat64()*float64(pauseMean))) {
		if m.random.Float64() < float64(pauseMean)/float64(stayMean) {
			m.wander(load)
			continue
		}
		in := m.choose()
		s := m.inside(load, in)
		if s == nil {
			return
		}
		select {
		case slots <- struct{}{}:
		case <-load.Done():
			return
		}
		p := m.ledger.say(m.account, in)
		m.under.Go(func() {
			m.resolve(settle, p)
			<-slots
		})
	}
}

// choose prefers rooms to conversations.
func (m *member) choose() *place {
	if len(m.talks) > 0 && m.random.IntN(5) == 0 {
		return m.talks[m.random.IntN(len(m.talks))]
	}
	return m.rooms[m.random.IntN(len(m.rooms))]
}

// wander leaves a room, or the server, to come back at once.
func (m *member) wander(ctx context.Context) {
	if m.alone && m.random.IntN(2) == 0 {
		in := m.rooms[m.random.IntN(len(m.rooms))]
		if s := m.inside(ctx, in); s != nil {
			m.steps(in, true)
			s.client.Part(ctx, in.name, "")
		}
		return
	}
	select {
	case m.depart <- struct{}{}:
	default: // about to
	}
}

// resolve sends a post until its fate is certain.
func (m *member) resolve(ctx context.Context, p *post) {
	again := client.Backoff{Min: firstRetry, Max: lastRetry}
	for {
		s := m.inside(ctx, p.in)
		if s == nil {
			return
		}
		got := s.post(ctx, p)
		if got == acknowledged || got == refused && len(p.tries) == 1 {
			return
		}
		if !pause(ctx, again.Next()) {
			return
		}
	}
}

// post sends a post once.
func (s *session) post(ctx context.Context, p *post) fate {
	l := s.member.ledger
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	l.call(p, s.name)
	receipt, err := s.client.Post(ctx, s.member.target(p.in), p.text(), fmt.Sprintf("p%d", p.no))
	got, why := judge(err)
	l.answer(p, got, why, receipt.MsgID)
	switch {
	case got == unknown:
		s.silence(ctx, err, p.String())
	case got == refused && isStranger(why) && s.in(p.in):
		l.broke(uncut, "%s is in %s, but was told at %s that they are not: %s", s.name, p.in.name, l.clock(l.now()), why)
	case errors.Is(err, client.ErrNoEcho):
		l.broke(answered, "%s was told that %s is done, but not that it is stored", s.name, p)
	}
	return got
}

// target is how the member addresses a place.
func (m *member) target(in *place) string {
	switch m.account {
	case in.pair[0]:
		return in.pair[1]
	case in.pair[1]:
		return in.pair[0]
	}
	return in.name
}

// judge reads the outcome of a post.
func judge(err error) (fate, string) {
	var fail *client.Fail
	switch {
	case err == nil:
		return acknowledged, ""
	case errors.Is(err, client.ErrUnknown):
		return unknown, "UNKNOWN"
	case errors.As(err, &fail):
		return refused, fail.Code
	}
	return unknown, err.Error()
}

// isStranger tells the refusals of those who are not members.
func isStranger(code string) bool {
	switch irc.Numeric(code) {
	case irc.ErrCannotSendToChan, irc.ErrNoSuchChannel, irc.ErrNotOnChannel, irc.ErrNoSuchNick:
		return true
	}
	return false
}

// readNewest asks for the newest message of a place.
func (s *session) readNewest(ctx context.Context, in *place) {
	l := s.member.ledger
	r := reading{by: s.name, call: l.now()}
	got, err := s.history(ctx, in, client.Latest(), 1)
	if err != nil {
		return
	}
	r.end = l.now()
	if len(got) > 0 {
		l.read(in, r, got[len(got)-1])
		return
	}
	l.read(in, r, entry{})
}

// history asks for a page.
func (s *session) history(ctx context.Context, in *place, part client.Selector, limit int) ([]entry, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	got, err := s.client.History(ctx, s.member.target(in), part, limit)
	if err != nil {
		return nil, s.silence(ctx, err, "CHATHISTORY")
	}
	page := make([]entry, len(got))
	for i, m := range got {
		page[i] = entry{id: m.Tag(irc.TagMsgID), from: m.Nick(), text: m.Last()}
	}
	return page, nil
}

// wholeHistory reads a place from end to end, forwards or backwards.
func (s *session) wholeHistory(ctx context.Context, in *place, forward bool) (history, error) {
	h := history{in: in, reader: s.name + " backwards"}
	next := client.Latest()
	if forward {
		h.reader = s.name + " forwards"
		next = client.After(client.AtTime(time.Unix(0, 0)))
	}
	for {
		page, err := s.history(ctx, in, next, pageOf)
		if err != nil {
			return h, fmt.Errorf("%s reads %s: %w", s.name, in.name, err)
		}
		if len(page) == 0 {
			return h, nil
		}
		if forward {
			h.entries = append(h.entries, page...)
			next = client.After(client.AtID(page[len(page)-1].id))
		} else {
			h.entries = append(page, h.entries...)
			next = client.Before(client.AtID(page[0].id))
		}
	}
}

// pageOf is what the server gives at once.
const pageOf = 100
