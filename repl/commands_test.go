package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOtherRoomsAreCountedAndShownByGo(t *testing.T) {
	play(t, nil, Options{Rooms: []string{"#ops", "#dev"}}, func(s *scene) {
		s.seen()
		s.says("bob", "#dev", "one")
		s.says("bob", "#dev", "two")
		s.says("bob", "#dev", "Ann: look")
		s.want(s.seen(), "12:00 #dev bob » Ann: look\n")
		if p := s.prompted(); p != "#ops (#dev 2)> " {
			s.Errorf("the prompt is %q", p)
		}
		if s.bells != 1 {
			s.Errorf("%d bells", s.bells)
		}
		s.want(s.types("/go"), "── #dev ──\n── 2 new ──\n12:00 bob  one\n12:00 bob  two\n")
		if p := s.prompted(); p != "#dev> " {
			s.Errorf("the prompt is %q", p)
		}
		s.want(s.types("/go ops"), "── #ops ──\n")
		s.want(s.types("/go nowhere"), "! You are in no room nowhere. /join enters one, /msg begins a conversation.\n")
	})
}

func TestDirectMessagesAreShownAtOnceAndAnswered(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.says("bob", "ann", "psst")
		s.want(s.seen(), "12:00 bob → you  psst\n")
		s.want(s.types("/msg bob yes?"), "12:00 ann → bob  yes?\n")
		s.want(s.types("/msg bob"), "── bob ──\n")
		s.want(s.types("here"), "12:00 ann  here\n")
		if n := len(s.logs["ann bob"]); n != 3 {
			s.Errorf("%d lines are stored", n)
		}
	})
}

func TestCommandsDoWhatTheySay(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		for _, c := range []struct{ line, want string }{
			{"/topic", "· #ops has no topic. /topic TEXT sets one.\n"},
			{"/topic on duty: bob", "12:00 ann has set the topic: on duty: bob\n"},
			{"/topic", "· The topic of #ops: on duty: bob\n"},
			{"/names", "· 3 people in #ops: alice @ann bob\n"},
			{"/who bob", "· bob (away), Bob Example\n"},
			{"/away lunch", "· You are away: lunch\n"},
			{"/me waves", "12:00 * ann waves\n"},
			{"//etc is a folder", "12:00 ann  /etc is a folder\n"},
			{"/rooms", "· 1  #ops  (here)  on duty: bob\n"},
			{"/jion #x", "! There is no command /jion. Did you mean /join? A text that begins with a slash is sent with two.\n"},
			{"/xyzzy", "! There is no command /xyzzy. /help lists them. A text that begins with a slash is sent with two.\n"},
			{"/help away", "· /away [reason]: say that you are away; alone: back again.\n"},
			{"/help /msg", "· /msg name [text]: send a direct message; alone: talk to name. Also /query, /m.\n"},
			{"/help jion", "! There is no command jion. Did you mean /join?\n"},
			{"/join #secret", "! Not in #secret: Cannot join channel (+i).\n"},
			{"/nick annie", "12:00 ann is now annie\n"},
			{"me again", "12:00 annie  me again\n"},
			{"/part", "· You have left #ops.\n"},
			{"/part", "! You are not in that room.\n"},
			{"   ", ""},
			{password, "! That is your password; it was not sent.\n"},
		} {
			if got := s.types(c.line); got != c.want {
				s.Errorf("%s shows\n%swant\n%s", c.line, got, c.want)
			}
		}
	})
}

func TestHistoryGoesFurtherBackEachTime(t *testing.T) {
	play(t, func(s *stage) {
		for i := range 30 {
			s.says("bob", "#ops", fmt.Sprint("line ", i))
		}
	}, ops, func(s *scene) {
		s.seen()
		s.want(s.types("/history 2"), "── #ops: 2 earlier lines ──\n12:00 bob  line 8\n12:00 bob  line 9\n── until here ──\n")
		s.want(s.types("/history 1"), "── #ops: 1 earlier line ──\n12:00 bob  line 7\n── until here ──\n")
		s.types("/history")
		s.want(s.types("/history"), "· There is nothing earlier in #ops.\n")
	})
}

func TestTabCompletesCommandsRoomsAndNicks(t *testing.T) {
	play(t, nil, Options{Rooms: []string{"#ops", "#dev"}}, func(s *scene) {
		s.seen()
		for _, c := range []struct{ line, want string }{
			{"/j", "[/join ]"},
			{"/n", "[/names  /nick ]"},
			{"b", "[bob: ]"},
			{"hello B", "[bob ]"},
			{"/msg al", "[alice ]"},
			{"/go #", "[#ops  #dev ]"},
			{"/go d", "[]"},
			{"see #d", "[#dev ]"},
			{"/help h", "[history  help ]"},
			{"ann", "[]"},
			{"bob: ", "[]"},
			{"/msg alice ", "[]"},
			{"/msg a", "[alice ]"},
		} {
			head, got, tail := s.complete(c.line+"|", len(c.line))
			if fmt.Sprint(got) != c.want || tail != "|" || !strings.HasPrefix(c.line, head) {
				s.Errorf("%q completes to %q, %q, %q", c.line, head, got, tail)
			}
		}
		s.want(s.seen(), "· /names  /nick\n· #ops  #dev\n· history  help\n")
	})
}

func TestQuitAndEndOfInputLeaveWithZero(t *testing.T) {
	for _, how := range []string{"/quit bye", "end"} {
		play(t, nil, ops, func(s *scene) {
			s.seen()
			if how == "end" {
				close(s.lines)
			} else {
				s.types(how)
			}
			if code := <-s.code; code != 0 {
				s.Errorf("%s: exit code %d", how, code)
			}
		})
	}
}

// ATTACKS 45.
func TestPasswordsNeverGetIntoTheHistoryFile(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		for _, line := range []string{"hello", password, "my password is " + password, "/login ann secret1", "/OPER root secret2", "/ns identify secret3", " /anything secret4", "/register secret5"} {
			s.types(line)
		}
		text, err := os.ReadFile(filepath.Join(os.Getenv("XDG_STATE_HOME"), "greenroom", "history"))
		if err != nil || string(text) != "hello\n" {
			s.Errorf("the file has %q (%v)", text, err)
		}
		if fmt.Sprint(s.kept) != "[hello]" {
			s.Errorf("recalled are %q", s.kept)
		}
		info, err := os.Stat(filepath.Join(os.Getenv("XDG_STATE_HOME"), "greenroom", "history"))
		if err != nil || info.Mode().Perm() != 0o600 {
			s.Errorf("mode %v (%v)", info.Mode(), err)
		}
	})
}

func TestEveryCommandIsHelpedAndInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	play(t, nil, ops, func(s *scene) {
		s.seen()
		help := s.types("/help")
		for _, cmd := range commands() {
			if !strings.Contains(help, "/"+cmd.name) || cmd.help == "" || cmd.run == nil {
				s.Errorf("/help does not tell of /%s", cmd.name)
			}
			if !strings.Contains(string(readme), "`/"+cmd.name+"`") && !strings.Contains(string(readme), "`/"+cmd.name+" ") {
				s.Errorf("README does not tell of /%s", cmd.name)
			}
			if _, names, _ := s.complete("/"+cmd.name, len(cmd.name)+1); len(names) == 0 {
				s.Errorf("/%s is not completed", cmd.name)
			}
		}
	})
}
