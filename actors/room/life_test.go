package room_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// TestAttack59KickedWithAMessageInFlight: what was said before the KICK in the
// log is shown to all, the kicked included; after it nothing is accepted.
func TestAttack59KickedWithAMessageInFlight(t *testing.T) {
	s := newScene(t)
	s.disk.hold = true
	before := s.bob.post(s.pid, s.bob.conns[0], "before")
	s.s.Run()
	s.sys.Root.Send(s.pid, room.Kick{Ticket: s.ann.conns[0].ticket(), User: s.ann.pid, Nick: "bob", Reason: "out"})
	s.s.Run()
	after := s.bob.post(s.pid, s.bob.conns[0], "after")
	s.s.Run()
	s.release()
	want := []string{"3 MSG bob  before", "4 KICK ann bob out"}
	for _, p := range []*person{s.ann, s.bob} {
		lines := p.conns[0].shown()
		if got := lines[len(lines)-2:]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s was shown %q", p.profile.Nick, got)
		}
	}
	answers := s.bob.conns[0].answers()
	if _, ok := answers[before.Ref][0].(room.Accepted); !ok {
		t.Errorf("before: %v", answers[before.Ref])
	}
	if got := answers[after.Ref]; !reflect.DeepEqual(got, []any{ask.Refused{Ref: after.Ref, Reason: room.ErrNotPresent}}) {
		t.Errorf("after: %v", got)
	}
	if n := len(actortest.Of[room.Expelled](s.bob.conns[0].probe)); n != 1 || s.bob.in {
		t.Errorf("bob is in: %v, expelled %d times", s.bob.in, n)
	}
}

// release lets the journal commit again.
func (w *world) release() {
	w.disk.hold = false
	w.sys.Root.Send(w.cfg.Journal, commit{})
	w.s.Run()
}

// TestAKickThatIsNotStoredHasNotHappened: the member may speak again.
func TestAKickThatIsNotStoredHasNotHappened(t *testing.T) {
	s := newScene(t)
	s.disk.broken = journal.ErrDiskLow
	if r, _ := s.kickAs(t, s.ann, "bob", "").(ask.Refused); r.Reason != journal.ErrDiskLow {
		t.Errorf("kick: %v", r.Reason)
	}
	s.disk.broken = nil
	if _, ok := s.postAs(t, s.bob).(room.Accepted); !ok || !s.bob.in {
		t.Error("bob is out")
	}
}

// TestAStateChangeOfUnknownOutcomeIsReadAgain: it was stored after all, so it
// holds, and the next change does not undo it. Each asker has one answer.
func TestAStateChangeOfUnknownOutcomeIsReadAgain(t *testing.T) {
	s := newScene(t, on(tolerant(t)))
	s.disk.hold = true
	first := s.bob.post(s.pid, s.bob.conns[0], "first")
	s.sys.Root.Send(s.pid, room.SetModes{
		Ticket: s.ann.conns[0].ticket(), User: s.ann.pid, Changes: parse([]string{"+b eve"}),
	})
	s.s.Run()
	s.disk.broken = ask.ErrUnknown
	s.release()
	s.disk.broken = nil
	if got := s.ann.conns[0].refusal(t); got != ask.ErrUnknown {
		t.Errorf("the ban: %v", got)
	}
	if got := s.bob.conns[0].answers()[first.Ref]; !reflect.DeepEqual(got, []any{ask.Refused{Ref: first.Ref, Reason: ask.ErrUnknown}}) {
		t.Errorf("the post with it: %v", got)
	}
	if s.ann.epoch != 2 || !s.ann.in || !s.bob.in {
		t.Errorf("epoch %d, ann is in: %v, bob is in: %v", s.ann.epoch, s.ann.in, s.bob.in)
	}
	s.topicAs(t, s.ann, "next")
	if r, _ := s.joinAs(t, s.eve, "").(ask.Refused); r.Reason != room.ErrBanned || len(s.disk.room.State.Bans) != 1 {
		t.Errorf("eve: %v, bans %v", r.Reason, s.disk.room.State.Bans)
	}
}

// TestStateChangesAreSerial: while one is at the journal everything waits, so
// that none is built on a state that is not stored; too much is refused.
func TestStateChangesAreSerial(t *testing.T) {
	s := newScene(t, func(w *world) { w.cfg.Limits.Parked = 20 })
	s.disk.hold = true
	for i := range 10 {
		s.sys.Root.Send(s.pid, room.SetTopic{Ticket: s.ann.conns[0].ticket(), User: s.ann.pid, Topic: fmt.Sprint(i)})
		changes := parse([]string{fmt.Sprint("+b m", i)})
		s.sys.Root.Send(s.pid, room.SetModes{Ticket: s.ann.conns[0].ticket(), User: s.ann.pid, Changes: changes})
	}
	for range 3 {
		s.bob.post(s.pid, s.bob.conns[0], "words")
	}
	s.s.Run()
	if len(s.disk.queue) != 1 {
		t.Errorf("%d appends are at the journal", len(s.disk.queue))
	}
	if got := actortest.Of[ask.Refused](s.bob.conns[0].probe); len(got) != 2 || got[0].Reason != ask.ErrBusy {
		t.Errorf("beyond the limit: %v", got)
	}
	s.release()
	for i, state := range s.disk.states {
		if len(state.Bans) != (i+1)/2 || state.Topic != fmt.Sprint(i/2) {
			t.Errorf("state %d: topic %s, %d bans", i, state.Topic, len(state.Bans))
		}
	}
	if len(s.disk.states) != 20 || len(said(s.ann.conns[0].shown())) != 1 {
		t.Errorf("%d states, ann was shown %q", len(s.disk.states), said(s.ann.conns[0].shown()))
	}
	s.audit(t, false)
}

// TestQuitStorm: everybody leaves at once; those who remain see each go once,
// and in the end the room is empty and says so.
func TestQuitStorm(t *testing.T) {
	for name, limit := range map[string]int{"recorded": 500, "too large to record": 3} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, func(w *world) { w.cfg.Limits.Recorded = limit })
			s.disk.fail = 0.3
			crowd := []*person{s.ann, s.bob}
			for i := range 60 {
				p := s.person(fmt.Sprint("p", i), i%2 == 0, plain)
				for !p.in {
					p.join(s.pid)
					s.s.Run()
				}
				crowd = append(crowd, p)
			}
			for _, p := range crowd[1:] {
				s.sys.Root.Send(s.pid, room.Leave{Ticket: p.conns[0].ticket(), User: p.pid, Kind: journal.Quit})
			}
			s.s.Run()
			quits := map[string]int{}
			for _, line := range s.ann.conns[0].shown() {
				if strings.Contains(line, " QUIT ") {
					quits[strings.Fields(line)[2]]++
				}
			}
			for _, p := range crowd[1:] {
				if quits[p.profile.Nick] != 1 || p.in {
					t.Errorf("%s quit %d times", p.profile.Nick, quits[p.profile.Nick])
				}
				if _, ok := p.conns[0].answer(t).(room.Left); !ok {
					t.Errorf("%s was answered %v", p.profile.Nick, p.conns[0].answer(t))
				}
			}
			s.sys.Root.Send(s.pid, room.Leave{Ticket: s.ann.conns[0].ticket(), User: s.ann.pid, Kind: journal.Quit})
			s.s.Run()
			if last := s.summary(t); !last.Empty || last.Members != 0 {
				t.Errorf("last summary: %+v", last)
			}
		})
	}
}

func (w *world) summary(t *testing.T) room.Summary {
	t.Helper()
	all := actortest.Of[room.Summary](w.reg)
	if len(all) == 0 {
		t.Fatal("the registry was told nothing")
	}
	return all[len(all)-1]
}

// TestAPartThatIsNotStoredIsRefused, a quit happens all the same: its sessions
// are gone.
func TestAPartThatIsNotStoredIsRefused(t *testing.T) {
	s := newScene(t)
	s.disk.broken = ask.ErrUnavailable
	part := func(kind journal.Kind) any {
		return s.send(t, s.bob, func(k ask.Ticket) any { return room.Leave{Ticket: k, User: s.bob.pid, Kind: kind} })
	}
	if r, _ := part(journal.Part).(ask.Refused); r.Reason != ask.ErrUnavailable || !s.bob.in {
		t.Errorf("part: %v", r.Reason)
	}
	if _, ok := part(journal.Quit).(room.Left); !ok || s.bob.in {
		t.Error("the quit did not happen")
	}
	if got := s.ann.conns[0].shown(); got[len(got)-1] != "0 QUIT bob  " {
		t.Errorf("ann was shown %q", got)
	}
}

func TestAUserActorThatEndsHasQuit(t *testing.T) {
	s := newScene(t)
	s.disk.hold = true
	s.eve.join(s.pid)
	s.s.Run()
	for _, p := range []*person{s.bob, s.eve} {
		s.sys.Root.Stop(p.pid)
	}
	s.s.Run()
	s.release()
	var quits []string
	for _, line := range s.ann.conns[0].shown() {
		if strings.Contains(line, " QUIT ") {
			quits = append(quits, strings.Fields(line)[2])
		}
	}
	slices.Sort(quits)
	if !reflect.DeepEqual(quits, []string{"bob", "eve"}) {
		t.Errorf("ann saw %q quit", quits)
	}
}

// TestARoomIsRetiredOnlyWhenNothingIsUnderWay, and says when it may be.
func TestARoomIsRetiredOnlyWhenNothingIsUnderWay(t *testing.T) {
	s := newScene(t)
	for _, p := range []*person{s.ann, s.bob} {
		s.send(t, p, func(k ask.Ticket) any { return room.Leave{Ticket: k, User: p.pid, Kind: journal.Part} })
	}
	if !s.summary(t).Empty {
		t.Fatal("an empty room did not say so")
	}
	retire := func() room.Resting {
		s.sys.Root.Send(s.pid, room.Retire{Ticket: ask.Ticket{ReplyTo: s.cfg.Registry, Ref: 9}})
		s.s.Run()
		all := actortest.Of[room.Resting](s.reg)
		return all[len(all)-1]
	}
	s.disk.hold = true
	s.eve.join(s.pid)
	s.s.Run()
	if r := retire(); r.Empty || r.Ref != 9 {
		t.Errorf("with a join under way: %+v", r)
	}
	s.disk.broken = ask.ErrUnavailable
	before := len(actortest.Of[room.Summary](s.reg))
	s.release()
	if all := actortest.Of[room.Summary](s.reg); len(all) == before || !all[len(all)-1].Empty {
		t.Error("the room did not say again that it is empty")
	}
	if r := retire(); !r.Empty {
		t.Errorf("with nothing under way: %+v", r)
	}
}

// TestARoomComesBackFromItsLegacy: after its end another room with the legacy
// has the same members, and their sessions, which were told that it had closed,
// are shown all of it.
func TestARoomComesBackFromItsLegacy(t *testing.T) {
	s := newScene(t)
	s.mode(t, s.ann, "+v bob")
	s.sys.Root.Stop(s.pid)
	s.s.Run()
	users := s.legacy.Users()
	if !slices.ContainsFunc(users, s.ann.pid.Equal) || !slices.ContainsFunc(users, s.bob.pid.Equal) || len(users) != 2 {
		t.Fatalf("users at the end: %v", users)
	}
	for _, p := range []*person{s.ann, s.bob} { // in the place of user.RoomLost
		s.sys.Root.Send(p.conns[0].pid, room.Expelled{Room: s.pid, Name: "#Green"})
	}
	s.s.Run()
	s.pid = s.start()
	s.s.Run()
	for _, p := range []*person{s.ann, s.bob} {
		all := actortest.Of[room.Entered](p.conns[0].probe)
		last := all[len(all)-1]
		if last.Again || last.Epoch != 2 || !last.Room.Equal(s.pid) || last.Event.Room != "#Green" || len(last.People) != 2 {
			t.Errorf("%s entered %+v", p.profile.Nick, last)
		}
	}
	if s.ann.role != room.Operator || s.bob.role != room.Voice {
		t.Errorf("roles are %d and %d", s.ann.role, s.bob.role)
	}
	s.postAs(t, s.ann)
	s.audit(t, false)
}

// TestARenameIsShownEvenWhenItIsNotStored: the nick has changed all the same.
func TestARenameIsShownEvenWhenItIsNotStored(t *testing.T) {
	for _, broken := range []error{nil, ask.ErrUnavailable} {
		s := newScene(t)
		s.disk.broken = broken
		s.rename(s.pid, s.bob, s.s.Rand())
		s.s.Run()
		lines := s.ann.conns[0].shown()
		want := "3 NICK bob " + s.bob.profile.Nick + " "
		if broken != nil {
			want = "0" + want[1:]
		}
		if got := lines[len(lines)-1]; got != want {
			t.Errorf("ann was shown %q, want %q", got, want)
		}
		all := actortest.Of[*room.Lines](s.ann.conns[0].probe)
		if all[len(all)-1].Once == 0 {
			t.Error("it can be shown twice")
		}
	}
}

func TestOthersMayNotTakeTheFoundersRole(t *testing.T) {
	s := newScene(t, func(w *world) { w.cfg.Founder = "ann" })
	s.mode(t, s.ann, "+o bob")
	if r, _ := s.mode(t, s.bob, "-o ann").(ask.Refused); !errors.Is(r.Reason, room.ErrNotOperator) || s.ann.role != room.Operator {
		t.Errorf("refused for %v, ann has role %d", r.Reason, s.ann.role)
	}
}

func TestWhoIsInvitedIsTold(t *testing.T) {
	s := newScene(t)
	s.inviteAs(t, s.bob, s.eve)
	want := room.Invited{By: s.bob.profile, Nick: "eve", Room: "#Green"}
	if !slices.Contains(s.eve.got, any(want)) {
		t.Errorf("eve was told %v", s.eve.got)
	}
}

func TestHistoryGoesToTheAsker(t *testing.T) {
	s := newScene(t)
	if p, ok := s.historyAs(t, s.bob).(journal.Page); !ok || p.Room != 1 || len(s.disk.reads) != 1 {
		t.Errorf("answered %+v", p)
	}
}

// TestHistoryIsReadInTheRoleOfTheAsker: what was said to a role is stored as
// such, and nobody can claim another role than the one held now.
func TestHistoryIsReadInTheRoleOfTheAsker(t *testing.T) {
	s := newScene(t)
	s.mode(t, s.ann, "+v bob")
	s.send(t, s.bob, func(k ask.Ticket) any {
		return room.Post{Ticket: k, User: s.bob.pid, Kind: journal.Message, Target: "@#Green", MinRole: room.Operator, Text: "help"}
	})
	if last := s.disk.log[len(s.disk.log)-1]; room.Role(last.MinRole) != room.Operator {
		t.Errorf("stored: %+v", last)
	}
	for _, p := range []*person{s.ann, s.bob} {
		s.send(t, p, func(k ask.Ticket) any {
			return room.History{Ticket: k, User: p.pid, Query: journal.Query{Where: journal.Latest, Limit: 1, Role: journal.AnyRole}}
		})
		if got := s.disk.reads[len(s.disk.reads)-1].Query.Role; room.Role(got) != p.role {
			t.Errorf("%s reads as %d", p.profile.Nick, got)
		}
	}
}

func TestSecretRoomsTellStrangersNothing(t *testing.T) {
	s := newScene(t)
	s.mode(t, s.ann, "+s", "+k sesame")
	roster := func(p *person) room.Present {
		return s.send(t, p, func(k ask.Ticket) any { return room.Roster{Ticket: k, User: p.pid} }).(room.Present)
	}
	if p := roster(s.eve); len(p.People) != 0 || p.Inside {
		t.Errorf("eve was told %+v", p)
	}
	if p := roster(s.bob); len(p.People) != 2 || !p.Inside || !p.Secret {
		t.Errorf("bob was told %+v", p)
	}
	s.mode(t, s.ann, "-s")
	d := s.send(t, s.eve, func(k ask.Ticket) any { return room.Describe{Ticket: k, User: s.eve.pid} }).(room.Description)
	if d.State.Key != "" || d.Inside || d.Members != 2 || !strings.Contains(d.State.Modes, "k") {
		t.Errorf("eve was told %+v", d)
	}
}
