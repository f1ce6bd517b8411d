package prove

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// Good histories, whatever has happened in them.
func TestAGoodHistoryPasses(t *testing.T) {
	for name, story := range map[string]func(s *tale){
		"plain": func(s *tale) {
			s.says("ann", 1)
			s.says("bob", 2)
			s.reads("cat", 2)
			s.says("cat", 5) // 3 and 4: somebody came and went
		},
		"somebody goes and comes back": func(s *tale) {
			s.says("ann", 1)
			s.goes("bob")
			s.says("ann", 2)
			s.comes("bob")
			s.says("ann", 4)
		},
		"refused": func(s *tale) {
			s.says("ann", 1)
			s.answers(s.sends("ann", nil), refused, 0)
			s.says("bob", 2)
		},
		"unknown, stored and shown, sent again": func(s *tale) {
			p := s.sends("ann", nil)
			s.stores(p, 1)
			s.allSee(p, 1)
			s.answers(p, unknown, 0)
			s.says("bob", 2)
			s.sends("ann", p)
			s.sees("ann", p, 1) // the echo comes when it is asked for
			s.answers(p, acknowledged, 1)
		},
		"unknown, not stored, sent again": func(s *tale) {
			p := s.sends("ann", nil)
			s.answers(p, unknown, 0)
			s.says("bob", 1)
			s.sends("ann", p)
			s.stores(p, 2)
			s.allSee(p, 2)
			s.answers(p, acknowledged, 2)
			s.says("bob", 3)
		},
		"unknown, then sent again from a new connection": func(s *tale) {
			p := s.sends("ann", nil)
			s.stores(p, 1)
			s.sees("bob", p, 1)
			s.sees("cat", p, 1)
			s.answers(p, unknown, 0)
			s.goes("ann")
			s.says("bob", 2)
			s.comes("ann")
			s.says("bob", 3)
			s.sends("ann", p)
			s.sees("ann", p, 1)
			s.answers(p, acknowledged, 1)
			s.says("bob", 4)
		},
		"two at once in either order": func(s *tale) {
			p, q := s.sends("ann", nil), s.sends("bob", nil)
			s.stores(q, 1)
			s.stores(p, 2)
			s.allSee(q, 1)
			s.allSee(p, 2)
			s.answers(p, acknowledged, 2)
			s.answers(q, acknowledged, 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			story(s)
			passed := s.l.fences([]*view{s.views["ann"], s.views["bob"]})
			s.l.passed(passed)
			s.ends()
			if broken := s.broken(); len(broken) > 0 {
				t.Errorf("broken: %v\n%s", broken, s.explanation())
			}
			for _, p := range []promise{stored, shown, ordered, linear, dense} {
				if s.l.verdict(p).checks == 0 {
					t.Errorf("%q was not checked", p)
				}
			}
		})
	}
}

func (s *tale) explanation() string {
	var b strings.Builder
	for _, p := range promises {
		for _, breach := range s.l.verdict(p.promise).breaches {
			fmt.Fprintf(&b, "%s: %s\n", p.promise, breach.text)
			for _, line := range s.l.explain(breach) {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
	}
	return b.String()
}

// Each way in which a promise can be broken is found, blamed on the right
// promise, and explained.
func TestEachBrokenPromiseIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		story func(s *tale)
		want  promise
		says  string
	}{
		"acknowledged, not stored": {func(s *tale) {
			s.says("ann", 1)
			s.says("bob", 2)
			s.log = s.log[:1]
		}, stored, "was acknowledged at"},
		"shown, not stored": {func(s *tale) {
			s.says("ann", 1)
			s.allSee(s.sends("bob", nil), 2)
		}, stored, "is not in the history"},
		"stored twice": {func(s *tale) {
			s.stores(s.says("ann", 1), 2)
		}, stored, "is there twice"},
		"in the history twice with one id": {func(s *tale) {
			s.stores(s.says("ann", 1), 1)
		}, stored, "is in the history twice"},
		"stored what nobody said": {func(s *tale) {
			s.says("ann", 1)
			s.log = append(s.log, entry{id(2), "bob", "0 ann is a liar"})
		}, stored, "which nobody has said"},
		"not shown to one who stayed": {func(s *tale) {
			s.says("ann", 1)
			p := s.sends("ann", nil)
			s.stores(p, 2)
			s.sees("ann", p, 2)
			s.sees("cat", p, 2)
			s.answers(p, acknowledged, 2)
			s.says("ann", 3)
		}, shown, "not shown to bob"},
		"not shown to one who has just come": {func(s *tale) {
			s.goes("bob")
			s.comes("bob")
			p := s.sends("ann", nil)
			s.stores(p, 1)
			s.sees("ann", p, 1)
			s.sees("cat", p, 1)
			s.answers(p, acknowledged, 1)
			s.says("ann", 2)
		}, shown, "not shown to bob"},
		"not shown at the end": {func(s *tale) {
			p := s.sends("ann", nil)
			s.stores(p, 1)
			s.sees("ann", p, 1)
			s.answers(p, acknowledged, 1)
			s.l.passed(s.l.fences([]*view{s.views["bob"]}))
		}, shown, "when the PONG came"},
		"shown twice": {func(s *tale) {
			s.sees("bob", s.says("ann", 1), 1)
		}, shown, "twice"},
		"shown what nobody said": {func(s *tale) {
			s.l.saw(s.views["bob"], s.in, sighting{session: "bob", from: "ann", text: "12 ann is here", id: id(1)})
		}, shown, "what nobody has said"},
		"shown in another's name": {func(s *tale) {
			p := s.says("ann", 1)
			s.l.saw(s.views["bob"], s.in, sighting{session: "bob", from: "cat", text: p.text(), id: id(2)})
		}, shown, "what nobody has said"},
		"shown to somebody who has left": {func(s *tale) {
			s.goes("bob")
			s.sees("bob", s.says("ann", 1), 1)
		}, shown, "who was not there"},
		"refused and shown": {func(s *tale) {
			p := s.sends("ann", nil)
			s.sees("bob", p, 1)
			s.answers(p, refused, 0)
		}, refusedNowhere, "but has been shown"},
		"refused, shown later": {func(s *tale) {
			p := s.sends("ann", nil)
			s.answers(p, refused, 0)
			s.sees("bob", p, 1)
		}, refusedNowhere, "and shown to bob"},
		"refused and stored": {func(s *tale) {
			p := s.sends("ann", nil)
			s.answers(p, refused, 0)
			s.stores(p, 1)
		}, refusedNowhere, "is in the history"},
		"unknown for ever": {func(s *tale) {
			s.answers(s.sends("ann", nil), unknown, 0)
		}, resolved, "what became of"},
		"sent again, stored twice": {func(s *tale) {
			p := s.sends("ann", nil)
			s.stores(p, 1)
			s.allSee(p, 1)
			s.answers(p, unknown, 0)
			s.sends("ann", p)
			s.stores(p, 2)
			s.allSee(p, 2)
			s.answers(p, acknowledged, 2)
		}, resolved, "is there twice"},
		"shown in another order": {func(s *tale) {
			p, q := s.sends("ann", nil), s.sends("bob", nil)
			s.stores(p, 1)
			s.stores(q, 2)
			s.sees("cat", q, 2)
			s.sees("cat", p, 1)
			s.answers(p, acknowledged, 1)
			s.answers(q, acknowledged, 2)
		}, ordered, "after message 1 of bob"},
		"one id for two messages": {func(s *tale) {
			p, q := s.sends("ann", nil), s.sends("bob", nil)
			s.sees("ann", p, 1)
			s.sees("bob", q, 1)
		}, ordered, "and was that of"},
		"two histories": {func(s *tale) {
			s.says("ann", 1)
			s.says("bob", 2)
			s.ends(s.log[1], s.log[0])
		}, ordered, "line 1 of the history"},
		"a shorter history": {func(s *tale) {
			s.says("ann", 1)
			s.says("bob", 2)
			s.ends(s.log[0])
		}, ordered, "missing for bob"},
		"history that goes back": {func(s *tale) {
			s.says("ann", 2)
			s.says("bob", 1)
		}, dense, "stands in the history behind"},
		"another room's number": {func(s *tale) {
			s.says("ann", 1)
			p := s.sends("ann", nil)
			s.l.answer(p, acknowledged, "", journal.ID{Room: 8, Seq: 2}.String())
		}, dense, "of room 8; before it was 7"},
		"no id": {func(s *tale) {
			s.l.answer(s.sends("ann", nil), acknowledged, "", "")
		}, dense, "which is none"},
		"answered before another was asked, stored behind it": {func(s *tale) {
			p := s.sends("ann", nil)
			s.answers(p, acknowledged, 2)
			q := s.sends("bob", nil)
			s.answers(q, acknowledged, 1)
			s.stores(q, 1)
			s.stores(p, 2)
		}, linear, "was answered at"},
		"a reading that is behind": {func(s *tale) {
			s.says("ann", 1)
			s.says("ann", 2)
			s.reads("bob", 1)
		}, linear, "before a reading of 1 messages"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t)
			c.story(s)
			s.ends()
			v := s.l.verdict(c.want)
			if len(v.breaches) == 0 || !strings.Contains(s.explanation(), c.says) {
				t.Errorf("%q was not found broken, with %q:\n%s", c.want, c.says, s.explanation())
			}
		})
	}
}

// The checker itself, without the scan that explains what it finds.
// Two readings of one length agree, whichever of them was noted first.
func TestReadingsOfOneLengthAgreeInAnyOrder(t *testing.T) {
	s := tell(t)
	p := s.says("ann", 1)
	early := reading{by: "bob", call: s.l.now()}
	s.passes()
	early.end = s.l.now()
	s.passes()
	s.reads("cat", 1)
	s.l.read(s.in, early, entry{id(1), p.by, p.text()})
	s.ends()
	if broken := s.broken(); len(broken) > 0 {
		t.Errorf("%v: %s", broken, s.explanation())
	}
}

func TestPorcupineDecidesWithoutTheScan(t *testing.T) {
	s := tell(t)
	p := s.sends("ann", nil)
	s.answers(p, acknowledged, 2)
	q := s.sends("bob", nil)
	s.answers(q, acknowledged, 1)
	s.in.log = []uint64{1, 2}
	ops := s.l.operations(s.in)
	if !s.l.precede(s.in, ops) || decide(ops, time.Minute) != illegal {
		t.Error("an order against time was taken for a log")
	}
	ops[0].Call, ops[1].Call = 0, 0
	if decide(ops, time.Minute) != legal {
		t.Error("two at once were not taken for a log")
	}
}

func TestWhatWasCutOffIsNotDecided(t *testing.T) {
	s := tell(t)
	for seq := range uint64(50) {
		s.says("ann", seq+1)
	}
	s.l.check([]history{{"ann", s.in, s.log}})
	s.l.decideAll(time.Now())
	if s.l.verdict(linear).undecided == "" {
		t.Error("a search without time was a decision")
	}
}
