package prove

import (
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// tale is a history made by hand: ann, bob and cat in one room. What they do
// takes place one after the other, a millisecond each.
type tale struct {
	t     *testing.T
	l     *ledger
	in    *place
	views map[string]*view
	log   []entry
}

func tell(t *testing.T) *tale {
	l := newLedger()
	l.zero = time.Now().Add(-time.Hour) // so that no time is 0
	s := &tale{t: t, l: l, in: l.open("#tea", [2]string{}), views: map[string]*view{}}
	for _, name := range []string{"ann", "bob", "cat"} {
		s.comes(name)
	}
	return s
}

func (s *tale) passes() { s.l.zero = s.l.zero.Add(-time.Millisecond) }

func (s *tale) comes(name string) {
	s.passes()
	s.views[name] = s.l.enter(name, s.in, true)
	s.passes()
}

func (s *tale) goes(name string) {
	s.l.leave(s.views[name])
	delete(s.views, name)
}

func id(seq uint64) string { return journal.ID{Room: 7, Seq: seq}.String() }

// sends begins a post, or sends it again.
func (s *tale) sends(by string, p *post) *post {
	s.passes()
	if p == nil {
		p = s.l.say(by, s.in)
	}
	s.l.call(p, by)
	return p
}

func (s *tale) stores(p *post, seq uint64) { s.log = append(s.log, entry{id(seq), p.by, p.text()}) }

func (s *tale) sees(who string, p *post, seq uint64) {
	s.l.saw(s.views[who], s.in, sighting{session: who, from: p.by, text: p.text(), id: id(seq), labelled: who == p.by})
}

func (s *tale) allSee(p *post, seq uint64) {
	for _, who := range []string{"ann", "bob", "cat"} {
		if s.views[who] != nil {
			s.sees(who, p, seq)
		}
	}
}

func (s *tale) answers(p *post, f fate, seq uint64) {
	s.passes()
	switch f {
	case acknowledged:
		s.l.answer(p, f, "", id(seq))
	default:
		s.l.answer(p, f, "BUSY", "")
	}
	s.passes()
}

// says is a post as it should be.
func (s *tale) says(by string, seq uint64) *post {
	p := s.sends(by, nil)
	s.stores(p, seq)
	s.allSee(p, seq)
	s.answers(p, acknowledged, seq)
	return p
}

func (s *tale) reads(who string, seq uint64) {
	s.passes()
	r := reading{by: who, call: s.l.now()}
	s.passes()
	r.end = s.l.now()
	e := entry{}
	for _, line := range s.log {
		if line.id == id(seq) {
			e = line
		}
	}
	s.l.read(s.in, r, e)
}

// ends checks, with the history as read by two.
func (s *tale) ends(second ...entry) {
	if second == nil {
		second = s.log
	}
	s.l.check([]history{{"ann", s.in, s.log}, {"bob", s.in, second}})
	s.l.checkLinear()
}

// broken lists the promises that are, in the order of the report.
func (s *tale) broken() []promise {
	var list []promise
	for _, p := range promises {
		if v := s.l.verdict(p.promise); len(v.breaches) > 0 {
			list = append(list, p.promise)
		}
	}
	return list
}
