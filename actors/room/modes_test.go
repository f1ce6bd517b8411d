package room_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// TestModes: all or nothing, and only what changes something counts.
func TestModes(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes []string
		record  string // "": nothing was recorded
		modes   string
		want    error
	}{
		{"flags", []string{"+i", "+m", "+s"}, "+ims", "imnst", nil},
		{"signs", []string{"-n", "+i", "-t"}, "-n+i-t", "i", nil},
		{"nothing new", []string{"+n", "-i"}, "", "nt", nil},
		{"there and back", []string{"+i", "-i"}, "+i-i", "nt", nil},
		{"role", []string{"+v BOB"}, "+v bob", "nt", nil},
		{"roles", []string{"+o bob", "-o bob"}, "+o-o bob bob", "nt", nil},
		{"an operator with voice", []string{"+o bob", "+v bob", "+o bob"}, "+ov bob bob", "nt", nil},
		{"half operator", []string{"+h bob"}, "+h bob", "nt", nil},
		{"no admin by an operator", []string{"+a bob"}, "", "nt", room.ErrNotOperator},
		{"Attack57: no founder by an operator", []string{"+q ann"}, "", "nt", room.ErrNotOperator},
		{"every flag", []string{"+C", "+M", "+R", "+U", "+i", "+m", "+s", "+u"}, "+CMRUimsu", "CMRUimnstu", nil},
		{"account", []string{"+b a:Eve", "+b A:eve"}, "", "nt", room.ErrBadMode},
		{"accounts", []string{"+b a:Eve", "+b a:eve", "+e m:eve", "+I a:eve"}, "+beI a:Eve m:eve!*@* a:eve", "nt", nil},
		{"taking what is not there", []string{"-v bob", "-o bob"}, "", "nt", nil},
		{"key", []string{"+k a"}, "+k a", "knt", nil},
		{"key twice", []string{"+k a", "+k b"}, "+kk a b", "knt", nil},
		{"key gone", []string{"+k a", "-k whatever"}, "+k-k a *", "nt", nil},
		{"limit", []string{"+l 007"}, "+l 7", "lnt", nil},
		{"limit gone", []string{"+l 7", "-l"}, "+l-l 7", "nt", nil},
		{"ban", []string{"+b eve", "+b x@y", "+b a!b"}, "+bbb eve!*@* *!x@y a!b@*", "nt", nil},
		{"ban twice", []string{"+b eve", "+b EVE"}, "+b eve!*@*", "nt", nil},
		{"ban gone", []string{"+b eve", "-b EVE!*@*"}, "+b-b eve!*@* eve!*@*", "nt", nil},
		{"unknown", []string{"+m", "+X"}, "", "nt", room.ErrBadMode},
		{"key without", []string{"+m", "+k"}, "", "nt", room.ErrBadMode},
		{"key with a comma", []string{"+k a,b"}, "", "nt", room.ErrBadMode},
		{"key too long", []string{"+k " + strings.Repeat("k", 33)}, "", "nt", room.ErrBadMode},
		{"Attack29: limit of nothing", []string{"+l 0"}, "", "nt", room.ErrBadMode},
		{"Attack29: limit too large", []string{"+l 99999999999999999999"}, "", "nt", room.ErrBadMode},
		{"Attack15: a mask with a line end", []string{"+b a\r\nQUIT"}, "", "nt", room.ErrBadMode},
		{"stranger", []string{"+m", "+o eve"}, "", "nt", room.ErrNoTarget},
		{"too many", slicesOf("+b x", 51), "", "nt", room.ErrTooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			before := len(s.disk.log)
			var got error
			if r, ok := s.mode(t, s.ann, test.changes...).(ask.Refused); ok {
				got = r.Reason
			}
			if !errors.Is(got, test.want) {
				t.Errorf("refused for %v, want %v", got, test.want)
			}
			record := ""
			if new := s.disk.log[before:]; len(new) > 0 {
				record = new[0].Text
			}
			if record != test.record {
				t.Errorf("recorded %q, want %q", record, test.record)
			}
			if s.disk.room.State.Modes != test.modes {
				t.Errorf("modes %q, want %q", s.disk.room.State.Modes, test.modes)
			}
		})
	}
}

func slicesOf(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func TestMembersMayNotChangeModes(t *testing.T) {
	s := newScene(t)
	for _, p := range []*person{s.bob, s.eve} {
		if _, ok := s.mode(t, p, "+m").(ask.Refused); !ok {
			t.Errorf("%s changed the modes", p.profile.Nick)
		}
	}
}

// TestAttack67ListsAreBounded: ban, exception and invitation masks have a cap.
func TestAttack67ListsAreBounded(t *testing.T) {
	s := newScene(t, func(w *world) { w.cfg.Limits.List = 2 })
	for mode, want := range map[string]error{"+b": room.ErrListFull, "+e": room.ErrListFull, "+I": room.ErrListFull} {
		s.mode(t, s.ann, mode+" a", mode+" b")
		if r, _ := s.mode(t, s.ann, mode+" c").(ask.Refused); !errors.Is(r.Reason, want) {
			t.Errorf("%s: %v", mode, r.Reason)
		}
		m, ok := s.mode(t, s.bob, mode).(room.Masks)
		if !ok || len(m.List) != 2 || m.List[0].Mask != "a!*@*" || m.List[0].By != "ann" {
			t.Errorf("%s lists %+v", mode, m)
		}
	}
}

func TestRolesOfAccountsOutliveTheRoom(t *testing.T) {
	s := newScene(t)
	s.mode(t, s.ann, "+v bob")
	s.sys.Root.Stop(s.pid)
	s.s.Run()
	s.legacy = &room.Legacy{}
	s.pid = s.start()
	s.joinAs(t, s.eve, "")
	s.joinAs(t, s.bob, "")
	if s.bob.role != room.Voice {
		t.Errorf("bob has role %d", s.bob.role)
	}
}

func TestTheFounderIsOperatorWhoeverCameFirst(t *testing.T) {
	s := newWorld(t, 1, func(w *world) { w.cfg.Founder = "ann" })
	pid := s.start()
	ann, bob := s.person("ann", true, plain), s.person("bob", true, plain)
	for _, p := range []*person{bob, ann} {
		p.join(pid)
		s.s.Run()
	}
	if ann.role != room.Operator || bob.role != room.NoRole {
		t.Errorf("ann has role %d, bob %d", ann.role, bob.role)
	}
}

// TestAttack57NobodyPromotesThemselves, and who founded a room stays its owner.
func TestAttack57NobodyPromotesThemselves(t *testing.T) {
	s := newScene(t, func(w *world) { w.cfg.Founder = "ann" })
	s.mode(t, s.ann, "+o bob", "+q ann")
	for _, change := range []string{"+q bob", "+a bob", "-q ann", "-o ann"} {
		if r, _ := s.mode(t, s.bob, change).(ask.Refused); !errors.Is(r.Reason, room.ErrNotOperator) {
			t.Errorf("%s: %v", change, r.Reason)
		}
	}
	if r, _ := s.kickAs(t, s.bob, "ann", "").(ask.Refused); r.Reason != room.ErrNotOperator {
		t.Errorf("the founder is kicked: %v", r.Reason)
	}
	s.mode(t, s.ann, "-q ann", "-o ann")
	if _, ok := s.mode(t, s.ann, "+o ann").(room.Done); !ok || s.ann.role != room.Operator {
		t.Errorf("the founder has lost the room: role %d", s.ann.role)
	}
}

// TestAttack58ABanHoldsAgainstAChangeOfNick: it holds on to the account.
func TestAttack58ABanHoldsAgainstAChangeOfNick(t *testing.T) {
	for _, test := range []struct {
		name string
		ban  string
		here bool
		want error
	}{
		{"here", "bob!*@*", true, room.ErrBanned},
		{"here, by a pattern", "b?b!*@*", true, room.ErrBanned},
		{"gone", "bob!*@*", false, room.ErrBanned},
		{"by the host", "*!*@bob.example", false, room.ErrBanned},
		{"of another", "eve!*@*", false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			if !test.here {
				s.kickAs(t, s.ann, "bob", "")
			}
			s.mode(t, s.ann, "+b "+test.ban)
			s.kickAs(t, s.ann, "bob", "")
			s.bob.profile.Nick = "rob"
			for range 2 {
				r, _ := s.joinAs(t, s.bob, "").(ask.Refused)
				if !errors.Is(r.Reason, test.want) || test.want == nil && r.Reason != nil {
					t.Errorf("joins: %v, want %v", r.Reason, test.want)
				}
				if test.want == nil {
					return
				}
				s.restart()
			}
			s.mode(t, s.ann, "-b "+test.ban)
			if r, no := s.joinAs(t, s.bob, "").(ask.Refused); no {
				t.Errorf("the ban is lifted: %v", r.Reason)
			}
		})
	}
}

// restart ends the room and begins it again from what is stored.
func (s *scene) restart() {
	s.sys.Root.Stop(s.pid)
	s.s.Run()
	s.legacy = &room.Legacy{}
	s.pid = s.start()
	s.ann.join(s.pid)
	s.s.Run()
}

// TestAttack66WhispersDoNotFillTheLog: who has no role says only so much in a
// row that most readers of the history have to skip.
func TestAttack66WhispersDoNotFillTheLog(t *testing.T) {
	s := newScene(t, func(w *world) { w.cfg.Limits.Whispers = 3 })
	whispers := func(p *person, n int, want error) {
		t.Helper()
		for i := range n {
			r, _ := s.whisperAs(t, p).(ask.Refused)
			if last := i == n-1; last && !errors.Is(r.Reason, want) || !last && r.Reason != nil {
				t.Errorf("whisper %d of %s: %v", i, p.profile.Nick, r.Reason)
			}
		}
	}
	whispers(s.bob, 4, room.ErrCannotSpeak)
	whispers(s.ann, 5, nil)
	s.postAs(t, s.ann)
	whispers(s.bob, 4, room.ErrCannotSpeak)
}
