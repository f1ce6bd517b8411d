package repl

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func TestALineIsAnsweredByItsNameItsAuthorOrAsTheLast(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.says("bob", "#ops", "is the deploy out?")
		s.says("alice", "#ops", "tea anybody, and would somebody look at the printer?")
		s.seen()
		s.want(s.types("/ids"), `
aa 12:00 bob  is the deploy out?
ab 12:00 alice  tea anybody, and would somebody look at the printer?
`)
		s.want(s.types("/reply aa since five minutes"), "12:00 ann  ↪ bob “is the deploy out?”: since five minutes\n")
		s.want(s.types("/reply alice on my way"), "12:00 ann  ↪ alice “tea anybody, and would s…”: on my way\n")
		s.want(s.types("/re ^ two sugars"), "12:00 ann  ↪ alice “tea anybody, and would s…”: two sugars\n")
		s.replies("bob", "#ops", "thanks", "m0003")
		s.replies("bob", "#ops", "what?", "long ago")
		s.want(s.seen(), "12:00 bob  ↪ ann “since five minutes”: thanks\n12:00 bob  ↪ an earlier line: what?\n")
		if got := s.types("/ids 2"); !strings.HasPrefix(got, "af 12:00 bob  ↪ ann “since five minutes”: thanks\n") {
			s.Errorf("/ids shows\n%s", got)
		}
		s.want(s.types("/reply zz no"), "! There is no line zz. /ids lists the latest with their names; a nick means the last line of that person, ^ the last one.\n")
	})
}

func TestReactionsAreSentShownAndTakenBack(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.says("bob", "#ops", "all green")
		s.seen()
		s.want(s.types("/react bob 🎉"), "12:00 ann reacts with 🎉 to bob “all green”\n")
		s.want(s.types("/react ^ -🎉"), "12:00 ann takes 🎉 back from bob “all green”\n")
		s.pull(func() {
			if fmt.Sprint(s.heard) != "[ann #ops +draft/reply=m0001 +draft/react=🎉 +draft/persist= ann #ops +draft/reply=m0001 +draft/unreact=🎉 +draft/persist=]" {
				s.Errorf("heard %q", s.heard)
			}
		})
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestADeletedLineIsSaidToBeAndIsNotNewAnyMore(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#ops", "#dev"}}, func(s *scene) {
		s.types("typo heer")
		s.seen()
		s.want(s.types("/redact ^"), "12:00 × ann has deleted the line of 12:00\n")
		s.want(s.types("/redact ^"), "! There is no line ^. /ids lists the latest with their names; a nick means the last line of that person, ^ the last one.\n")
		m := s.says("bob", "#ops", "rude")
		s.want(s.types("/redact bob"), "12:00 bob  rude\n! Not deleted: Only its author may.\n")
		s.does("alice", "REDACT", "#ops", m.Tag(irc.TagMsgID), "not here")
		s.want(s.seen(), "12:00 × alice has deleted bob's line of 12:00 (not here)\n")
		m = s.says("bob", "#dev", "rude again")
		if p := s.prompted(); p != "#ops (#dev 1)> " {
			s.Errorf("the prompt is %q", p)
		}
		s.does("bob", "REDACT", "#dev", m.Tag(irc.TagMsgID))
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestTabBehindReplyShowsTheLinesAndGoesThroughTheirNames(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.says("bob", "#ops", "one")
		s.says("bob", "#ops", "two")
		s.seen()
		_, names, _ := s.complete("/reply ", 7)
		if fmt.Sprintf("%q", names) != `["ab " "aa "]` {
			s.Errorf("candidates %q", names)
		}
		s.want(s.seen(), "aa 12:00 bob  one\nab 12:00 bob  two\n")
	})
}

func TestSeveralLinesAreOneMessageWithABar(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.seen()
		s.want(s.types("func main() {\n\n    run()\n}"), "12:00 ann  func main() {\n\t│ \n\t│     run()\n\t│ }\n")
		s.want(s.types("1\n2\n3\n4\n5\n6\n7"), "12:00 ann  1\n\t│ 2\n\t│ 3\n\t│ 4\n\t│ 5\n12:00 ann  6\n\t│ 7\n")
		s.want(s.types("//quit\nis a command"), "12:00 ann  /quit\n\t│ is a command\n")
		s.types("/reply ^ a\nb")
		s.says("bob", "#ops", "a\nb")
		s.seen()
		s.types("/history")
		s.pull(func() {
			if log := s.logs["#ops"]; len(log) != 5 {
				s.Errorf("stored are %q", log)
			}
		})
	})
}

func TestWithoutTheCapabilityLinesAreMessages(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.want(s.types("one\n\ntwo"), "12:00 ann  one\n12:00 ann  two\n")
	})
}

func TestLinesOfPasteAreOneMessage(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.seen()
		s.types("/paste")
		if p := s.prompted(); p != "/paste (. ends)> " {
			s.Errorf("the prompt is %q", p)
		}
		s.types("/one")
		s.types("")
		s.types("two")
		if s.noted() != "[│ /one │  │ two]" {
			s.Errorf("the notes are %s", s.noted())
		}
		s.seen()
		s.want(s.types("."), "12:00 ann  /one\n\t│ \n\t│ two\n")
	})
}

func TestWhatWasRefusedIsSentAgainOnRequest(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.pull(func() { s.refuse = func(irc.Message) string { return "CANNOT_SEND" } })
		s.types("one")
		s.types("two")
		s.pull(func() { s.refuse = nil })
		s.seen()
		s.want(s.types("/resend list"), "· 1  #ops: one\n· 2  #ops: two\n")
		s.types("/edit")
		s.locked(func() {
			if s.edited != "two" {
				s.Errorf("the editor has %q", s.edited)
			}
		})
		s.want(s.types("/resend"), "12:00 ann  two\n")
		s.want(s.types("/resend all"), "12:00 ann  one\n")
		s.want(s.types("/resend"), "· Nothing was refused.\n")
	})
}

func TestManyWhoComeAndGoAreToldOfTogether(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.seen()
		s.does("carol", "JOIN", "#ops")
		s.want(s.seen(), "12:00 → carol has joined\n")
		for i := range 8 {
			s.does(fmt.Sprint("dave", i), "JOIN", "#ops")
		}
		s.does("carol", "QUIT", "gone")
		s.does("dave0", "PART", "#ops")
		s.want(s.seen(), "")
		time.Sleep(crowdWait)
		s.want(s.seen(), "12:00 → dave1, dave2, dave3, dave4, dave5 and 2 more have joined, ← carol has left, ↔ dave0 came and went\n")
		s.does("erin", "JOIN", "#ops")
		s.does("frank", "JOIN", "#ops")
		s.says("bob", "#ops", "welcome")
		s.want(s.seen(), "12:00 → erin has joined\n12:00 → frank has joined\n12:00 bob  welcome\n")
	})
}

func TestTypingIsToldAndShown(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.seen()
		typing := func(state string) { s.tags("bob", "#ops", irc.Tag{Key: tagTyping, Value: state}) }
		hint := func(want string) {
			s.Helper()
			s.seen()
			s.locked(func() {
				if s.hint != want {
					s.Errorf("the hint is %q, want %q", s.hint, want)
				}
			})
		}
		typing("active")
		hint("bob is typing")
		s.tags("alice", "#ops", irc.Tag{Key: tagTyping, Value: "active"})
		hint("bob and alice are typing")
		time.Sleep(typingActive)
		hint("")
		typing("paused")
		time.Sleep(typingActive)
		hint("bob is typing")
		s.says("bob", "#ops", "done")
		hint("")

		for i := range 5 { // "not within 3 seconds of another one"
			s.edit("hello"[:i+1])
			time.Sleep(time.Second)
		}
		time.Sleep(typingPause + time.Second)
		s.edit("/secret command")
		time.Sleep(typingEvery)
		s.edit("hello")
		s.seen()
		s.types("hello")
		s.edit("")
		s.seen()
		s.pull(func() {
			if got := strings.Join(s.heard, ", "); got != "ann #ops +typing=active, ann #ops +typing=active, ann #ops +typing=paused, ann #ops +typing=active" {
				s.Errorf("told is %s", got)
			}
		})
	})
}

func TestNobodyIsToldOfTypingUnlessTheUserWantsIt(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#ops"}, HideTyping: true}, func(s *scene) {
		s.edit("hello")
		s.seen()
		s.pull(func() {
			if len(s.heard) > 0 {
				s.Errorf("told is %q", s.heard)
			}
		})
	})
}

func TestWhatTheUserHasNotAskedForIsRefusedUnseen(t *testing.T) {
	play(t, modern, Options{Rooms: []string{"#moderated"}}, func(s *scene) {
		s.says("bob", "#moderated", "listen")
		s.seen()
		for range 3 {
			s.edit("may I")
			time.Sleep(typingEvery)
		}
		s.want(s.seen(), "")
	})
}
