package repl

import (
	"fmt"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
)

func timeOf(m irc.Message) time.Time {
	at, _ := irc.ParseTime(m.Tag(irc.TagTime))
	return at
}

func TestWhatAnotherDeviceHasReadIsNotNew(t *testing.T) {
	play(t, func(s *stage) {
		modern(s)
		s.remember["ann"] = []string{"#ops", "#dev"}
		for _, room := range []string{"#ops", "#dev", "#qa"} {
			s.says("bob", room, "old")
			read := s.says("bob", room, "read")
			s.markers["ann "+room] = timeOf(read)
			s.says("bob", room, "new 1")
			s.says("bob", room, "new 2")
		}
		s.markers["ann ann bob"] = timeOf(s.says("bob", "ann", "psst"))
		s.says("bob", "ann", "are you there?")
		s.markers["ann alice ann"] = timeOf(s.says("alice", "ann", "seen"))
	}, Options{}, func(s *scene) {
		s.want(s.seen(), `
── #dev ──
12:00 bob  old
12:00 bob  read
── 2 new ──
12:00 bob  new 1
12:00 bob  new 2
· Here with you: alice, bob.
`)
		if p := s.prompted(); p != "#dev (#ops 2, bob 1)> " {
			s.Errorf("the prompt is %q", p)
		}
		last := s.says("bob", "#ops", "new 3")
		if p := s.prompted(); p != "#dev (#ops 3, bob 1)> " {
			s.Errorf("the prompt is %q", p)
		}
		s.reads("ann", "#ops", timeOf(last).Add(-time.Millisecond))
		s.reads("ann", "bob", timeOf(last))
		if p := s.prompted(); p != "#dev (#ops 1)> " {
			s.Errorf("the prompt is %q after another device has read", p)
		}
		s.reads("ann", "#dev", time.Now()) // that of the room where we are is nothing to show
		s.want(s.seen(), "")
	})
}

func TestWhatIsReadHereIsToldToTheServerAMomentLater(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#ops", "#dev"}}, func(s *scene) {
		mark := func(room string, want time.Time) {
			s.Helper()
			s.seen()
			s.pull(func() {
				if at := s.markers["ann "+room]; !at.Equal(want) {
					s.Errorf("%s is read up to %v, want %v", room, at, want)
				}
			})
		}
		s.says("bob", "#ops", "one")
		entered := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		ops := timeOf(s.says("bob", "#ops", "two"))
		dev := timeOf(s.says("bob", "#dev", "three"))
		mark("#ops", time.Time{})
		time.Sleep(markWait)
		mark("#ops", ops)
		mark("#dev", entered)
		s.types("/unread")
		time.Sleep(markWait)
		mark("#dev", dev)
	})
}

func TestWhatWasReadInTheLastMomentIsToldOnLeaving(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#ops"}}, func(s *scene) {
		at := timeOf(s.says("bob", "#ops", "one"))
		s.seen()
		s.types("/quit")
		s.pull(func() {
			if got := s.markers["ann #ops"]; !got.Equal(at) {
				s.Errorf("#ops is read up to %v, want %v", got, at)
			}
		})
	})
}

func TestUnreadShowsAllThatIsNewEverywhere(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#ops", "#dev", "#qa"}}, func(s *scene) {
		s.says("bob", "#dev", "one")
		s.says("bob", "#qa", "two")
		s.says("bob", "#qa", "three")
		s.seen()
		s.locked(func() {
			if s.title != "(3) #ops – greenroom" {
				s.Errorf("the title is %q", s.title)
			}
		})
		s.want(s.types("/unread"), `
── #dev: 1 new ──
12:00 bob  one
── #qa: 2 new ──
12:00 bob  two
12:00 bob  three
`)
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
		s.want(s.types("/unread"), "· Nothing has come elsewhere since you signed in; what came before is not known on this machine.\n")
	})
}

func TestKeysGoToRooms(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#ops", "#dev", "#qa"}}, func(s *scene) {
		s.says("bob", "#qa", "new")
		s.seen()
		for _, c := range []struct {
			key  int
			want string
		}{{0, "#qa"}, {0, "#ops"}, {2, "#dev"}, {2, "#dev"}, {9, "#dev"}, {0, "#qa"}} {
			s.press(screen.Key(c.key))
			if p := s.prompted(); p != c.want+"> " {
				s.Errorf("after key %d the prompt is %q", c.key, p)
			}
		}
	})
}

func TestSearchAndMentionsAskTheServer(t *testing.T) {
	play(t, func(s *stage) {
		modern(s)
		s.says("bob", "#ops", "the deploy is out")
		s.says("bob", "#dev", "ann: deploy!")
		s.says("bob", "#dev", "planning")
		s.says("bob", "ann", "deploy; please")
		time.Sleep(24 * time.Hour)
		s.says("alice", "#ops", "deploy again")
	}, ops, func(s *scene) {
		s.seen()
		s.want(s.types("/search deploy"), `
── deploy: 4 lines ──
── Monday, 23 November 2026 ──
12:00 #ops bob  the deploy is out
12:00 #dev bob » ann: deploy!
12:00 bob → you  deploy; please
── Tuesday, 24 November 2026 ──
12:00 #ops alice  deploy again
── until here ──
`)
		s.want(s.types("/search deploy in:. from:alice"), "── deploy in:. from:alice: 1 line ──\n12:00 #ops alice  deploy again\n── until here ──\n")
		s.want(s.types("/search deploy;"), "── deploy;: 1 line ──\n── Monday, 23 November 2026 ──\n12:00 bob → you  deploy; please\n── until here ──\n")
		s.want(s.types("/search nonsense"), "· Nothing was found: nonsense.\n")
		s.want(s.types("/mentions"), "── mentions of ann: 1 line ──\n12:00 #dev bob » ann: deploy!\n── until here ──\n")
	})
}

func TestWhereTheServerCannotSearchMentionsAreRemembered(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.says("bob", "#ops", "ann: look")
		s.seen()
		s.want(s.types("/mentions"), "── mentions of ann: 1 line ──\n12:00 #ops bob » ann: look\n── until here ──\n")
		s.want(s.types("/search x"), "! This server cannot search. /history shows earlier lines.\n")
		s.want(s.types("/redact ^"), "! There is no line ^. /ids lists the latest with their names; a nick means the last line of that person, ^ the last one.\n")
	})
}

func TestThatOneIsAwayStandsInThePrompt(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.types("/msg bob")
		s.seen()
		s.want(s.types("/away lunch"), "· You are away: lunch\n")
		if p := s.prompted(); p != "bob (away)> " {
			s.Errorf("the prompt is %q", p)
		}
		s.does("bob", "AWAY", "gone home")
		s.does("alice", "AWAY", "not of interest here")
		s.does("bob", "AWAY")
		s.want(s.seen(), "· bob is away: gone home\n· bob is back.\n")
		s.types("/away")
		if p := s.prompted(); p != "bob> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestLinesKeepTheirNamesUntilTheyBeginAgain(t *testing.T) {
	var l sayings
	for i := range 2*mostLines + 10 {
		e := event{kind: said, id: fmt.Sprint(i), room: "#ops", nick: "bob"}
		name := l.note(e)
		if got, ok := l.find(name, "#ops", false); !ok || got.id != e.id || l.note(e) != name {
			t.Fatalf("line %d is called %s, which is %v", i, name, got)
		}
	}
	if len(l.at) != mostLines || len(l.said) != mostLines {
		t.Errorf("%d lines are remembered, and %d of them found", len(l.said), len(l.at))
	}
	if e, ok := l.find("^", "#OPS", false); !ok || e.id != fmt.Sprint(2*mostLines+9) {
		t.Errorf("the last one is %v", e)
	}
}
