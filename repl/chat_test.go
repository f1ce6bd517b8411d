package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
)

const password = "correct horse battery"

// person is a ui at which the test sits.
type person struct {
	lines   chan string
	answers []string // to Ask and AskSecret, in order
	closed  chan struct{}
	once    sync.Once

	mu       sync.Mutex
	shown    strings.Builder
	asked    []string
	prompt   string
	notes    []string
	bells    int
	complete screen.Completer
	kept     []string
}

func newPerson(answers ...string) *person {
	return &person{lines: make(chan string), answers: answers, closed: make(chan struct{})}
}

func (p *person) locked(f func()) { p.mu.Lock(); defer p.mu.Unlock(); f() }

func (p *person) Print(text string)           { p.locked(func() { p.shown.WriteString(text + "\n") }) }
func (p *person) Bell()                       { p.locked(func() { p.bells++ }) }
func (p *person) SetPrompt(prompts ...string) { p.locked(func() { p.prompt = prompts[0] }) }
func (p *person) SetNotes(notes []string)     { p.locked(func() { p.notes = notes }) }
func (p *person) Complete(f screen.Completer) { p.complete = f }
func (p *person) Remember(line string)        { p.locked(func() { p.kept = append(p.kept, line) }) }
func (p *person) Recover()                    {}
func (p *person) Close()                      { p.once.Do(func() { close(p.closed) }) }

func (p *person) ReadLine(string) (string, error) {
	select {
	case line, ok := <-p.lines:
		if !ok {
			return "", io.EOF
		}
		return line, nil
	case <-p.closed:
		return "", io.EOF
	}
}

func (p *person) Ask(question string) (string, error) {
	p.locked(func() { p.asked = append(p.asked, question) })
	if len(p.answers) == 0 {
		return "", io.EOF
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *person) AskSecret(question string) (string, error) { return p.Ask(question) }

// scene is a chat of one person on a stage, in virtual time.
type scene struct {
	*testing.T
	*stage
	*person
	code chan int
	end  context.CancelFunc
}

// play runs f in a bubble with ann signed in to her rooms.
func play(t *testing.T, prepare func(*stage), o Options, f func(*scene)) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	t.Setenv(PasswordVariable, "")
	synctest.Test(t, func(t *testing.T) {
		s := &scene{T: t, stage: newStage(t), person: newPerson(password), code: make(chan int, 1)}
		s.accounts["ann"] = password
		time.Sleep(time.Until(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		if prepare != nil {
			prepare(s.stage)
		}
		ctx, end := context.WithCancel(t.Context())
		s.end = end
		o.User, o.Plaintext, o.dial, o.ui, o.zone = "ann", true, s.dial, s.person, time.UTC
		o.Err = io.Discard
		go func() { s.code <- converse(ctx, o.withDefaults()) }()
		synctest.Wait()
		f(s)
		end()
		s.person.Close()
		synctest.Wait()
		s.hangUp()
	})
}

// types enters a line and gives what is shown in answer.
func (s *scene) types(line string) string {
	s.lines <- line
	return s.seen()
}

// seen is what has been shown since it was last asked.
func (s *scene) seen() string {
	synctest.Wait()
	s.person.mu.Lock()
	defer s.person.mu.Unlock()
	text := s.shown.String()
	s.shown.Reset()
	return text
}

func (s *scene) want(got, want string) {
	s.Helper()
	if got != strings.TrimPrefix(want, "\n") {
		s.Errorf("shown is\n%s\nwant\n%s", got, want)
	}
}

func (s *scene) prompted() string {
	synctest.Wait()
	s.person.mu.Lock()
	defer s.person.mu.Unlock()
	return s.prompt
}

var ops = Options{Rooms: []string{"#ops"}}

func TestJoiningShowsTheNewestLinesAndWhoIsThere(t *testing.T) {
	play(t, func(s *stage) {
		s.topics["#ops"] = "who is on duty"
		for i := range 30 {
			s.says("bob", "#ops", fmt.Sprint("line ", i))
		}
	}, ops, func(s *scene) {
		got := s.seen()
		if strings.Contains(got, "line 9\n") || strings.Count(got, "bob  line ") != 20 {
			s.Error("not the last twenty lines")
		}
		if !strings.HasPrefix(got, "── #ops: who is on duty ──\n12:00 bob  line 10\n") {
			s.Errorf("it begins\n%s", got)
		}
		if !strings.HasSuffix(got, "line 29\n· 3 people are here: alice, ann, bob.\n") {
			s.Errorf("it ends\n%s", got)
		}
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestALineIsShownWhenItIsStoredAndNotBefore(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		release := make(chan struct{})
		s.seen()
		s.pull(func() {
			s.stage.stored = func(*stageConn, irc.Message) bool { s.stage.mu.Unlock(); <-release; s.stage.mu.Lock(); return true }
		})
		s.want(s.types("hello"), "")
		if fmt.Sprint(s.notes) != "[… hello]" {
			s.Errorf("the notes are %q", s.notes)
		}
		release <- struct{}{}
		s.want(s.seen(), "12:00 ann  hello\n")
		if len(s.notes) != 0 {
			s.Errorf("the notes are %q", s.notes)
		}
	})
}

func TestARefusedLineIsShownWithTheReasonAndKept(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.refuse = func(irc.Message) string { return "CANNOT_SEND" } })
		s.want(s.types("rude"), "! Not sent to #ops: rude — This text is not wanted.\n")
		if fmt.Sprint(s.kept) != "[rude]" {
			s.Errorf("recalled are %q", s.kept)
		}
	})
}

func TestADayLineStandsWhereTheDayChanges(t *testing.T) {
	play(t, func(s *stage) {
		s.says("bob", "#ops", "late")
		time.Sleep(13 * time.Hour)
		s.says("bob", "#ops", "early")
	}, ops, func(s *scene) {
		s.says("bob", "#ops", "now")
		got := s.seen()
		s.want(got[:strings.Index(got, "· 3")], `
── #ops ──
── Monday, 23 November 2026 ──
12:00 bob  late
── Tuesday, 24 November 2026 ──
01:00 bob  early
`)
		if !strings.HasSuffix(got, "01:00 bob  now\n") || strings.Count(got, "Tuesday") != 1 {
			s.Errorf("shown is\n%s", got)
		}
	})
}

func TestOurLinesStandWhereTheServerHasPutThem(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		// bob's line is stored behind ours, but overtakes the echo of it.
		s.pull(func() {
			s.stage.stored = func(*stageConn, irc.Message) bool {
				s.store("bob", "PRIVMSG", "#ops", "after", nil)
				return true
			}
		})
		s.want(s.types("mine"), "\n12:00 ann  mine\n12:00 bob  after\n")
	})
}

func TestLinesAreSentInTheOrderInWhichTheyWereTyped(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.down = true })
		s.hangUp()
		s.seen()
		for i := range 10 {
			s.types(fmt.Sprint("line ", i))
		}
		s.pull(func() { s.down = false })
		time.Sleep(time.Minute)
		got := s.seen()
		for i := range 10 {
			if strings.Count(got, fmt.Sprintf("ann  line %d\n", i)) != 1 || i > 0 && strings.Index(got, fmt.Sprint("line ", i-1)) > strings.Index(got, fmt.Sprint("line ", i)) {
				s.Errorf("line %d is not shown once and in order:\n%s", i, got)
			}
		}
		if log := s.logs["#ops"]; len(log) != 10 || log[9].Last() != "line 9" {
			s.Errorf("stored are %v", log)
		}
	})
}

func TestAReconnectFillsTheGapAndShowsNoLineTwice(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.says("bob", "#ops", "one")
		s.seen()
		s.pull(func() { s.down = true })
		s.hangUp()
		s.want(s.seen(), "· The connection is lost. Connecting again.\n")
		if p := s.prompted(); p != "#ops (offline)> " {
			s.Errorf("the prompt is %q", p)
		}
		for i := range 250 {
			s.says("bob", "#ops", fmt.Sprintf("missed %d.", i))
		}
		time.Sleep(5 * time.Minute)
		s.want(s.seen(), "")
		s.pull(func() { s.down = false })
		time.Sleep(time.Minute)
		got := s.seen()
		if !strings.HasPrefix(got, "· Connected again.\n12:00 bob  missed 0.\n") || strings.Contains(got, "one") {
			s.Errorf("shown is\n%s", got)
		}
		for i := range 250 {
			if strings.Count(got, fmt.Sprintf("missed %d.", i)) != 1 {
				s.Errorf("line %d is not shown once", i)
			}
		}
		if s.dials < 8 {
			s.Errorf("%d attempts in five minutes", s.dials)
		}
	})
}

func TestALineWhoseEchoWasLostIsStoredAndShownOnce(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.stage.stored = func(c *stageConn, _ irc.Message) bool { c.conn.Close(); return false } })
		s.types("precious")
		s.pull(func() { s.stage.stored = nil })
		time.Sleep(time.Minute)
		if got := s.seen(); strings.Count(got, "precious") != 1 {
			s.Errorf("shown is\n%s", got)
		}
		if n := len(s.logs["#ops"]); n != 1 {
			s.Errorf("stored %d times", n)
		}
		if len(s.notes) > 0 {
			s.Errorf("still waiting: %q", s.notes)
		}
	})
}

func TestOtherRoomsAreCountedAndShownByGo(t *testing.T) {
	play(t, nil, Options{Rooms: []string{"#ops", "#dev"}}, func(s *scene) {
		s.seen()
		s.says("bob", "#dev", "one")
		s.says("bob", "#dev", "two")
		s.says("bob", "#dev", "Ann: look")
		s.want(s.seen(), "12:00 #dev bob  Ann: look\n")
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
		s.want(s.seen(), "12:00 bob bob  psst\n")
		s.want(s.types("/msg bob yes?"), "12:00 bob ann  yes?\n")
		s.want(s.types("/msg bob"), "── bob ──\n")
		s.want(s.types("here"), "12:00 ann  here\n")
		if n := len(s.logs["ann bob"]); n != 3 {
			s.Errorf("%d lines are stored", n)
		}
	})
}

func TestRoomsThatTheServerRemembersAreThereAtOnce(t *testing.T) {
	play(t, func(s *stage) { s.remember["ann"] = []string{"#ops"}; s.says("bob", "#ops", "hi") }, Options{}, func(s *scene) {
		s.want(s.seen(), "── #ops ──\n12:00 bob  hi\n· 3 people are here: alice, ann, bob.\n")
	})
}

func TestTheFirstRoomThatLetsUsInIsTheCurrentOne(t *testing.T) {
	play(t, nil, Options{Rooms: []string{"#ops", "#dev", "#qa"}}, func(s *scene) {
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
	play(t, nil, Options{Rooms: []string{"#secret", "#dev"}}, func(s *scene) {
		if p := s.prompted(); p != "#dev> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}

func TestSomebodyInNoRoomIsToldWhatToDo(t *testing.T) {
	play(t, nil, Options{}, func(s *scene) {
		s.want(s.seen(), "· You are in no room. /join #name enters one, or makes it; /help tells more.\n")
		s.want(s.types("hello"), "! You are in no room. /join #name enters one, /msg NAME talks to somebody.\n")
		s.want(s.types("/join ops"), "── #ops ──\n· 3 people are here: alice, ann, bob.\n")
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
			{"/help away", "! /away [reason]: say that you are away; without a reason: back again.\n"},
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

func TestWhatOthersDoIsOneDimLine(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.does("carol", "JOIN", "#ops")
		s.does("carol", "NICK", "caroline")
		s.does("caroline", "PART", "#ops", "lunch")
		s.does("bob", "QUIT", "gone fishing")
		s.does("stranger", "QUIT", "not here")
		s.does("alice", "KICK", "#ops", "ann", "enough")
		s.want(s.seen(), `
12:00 → carol has joined
12:00 carol is now caroline
12:00 ← caroline has left (lunch)
12:00 ← bob is gone (gone fishing)
12:00 ← alice has removed ann (enough)
`)
		if p := s.prompted(); p != "greenroom> " {
			s.Errorf("the prompt is %q", p)
		}
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
		} {
			head, got, tail := s.complete(c.line+"|", len(c.line))
			if fmt.Sprint(got) != c.want || tail != "|" || !strings.HasPrefix(c.line, head) {
				s.Errorf("%q completes to %q, %q, %q", c.line, head, got, tail)
			}
		}
		s.want(s.seen(), "· /names  /nick\n· #ops  #dev\n· history  help\n")
	})
}

func TestLeavingWithLinesThatAreNotStoredAsksOnce(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.down = true })
		s.hangUp()
		s.types("precious")
		s.want(s.types("/quit"), "! 1 line is not stored yet. Leave once more to leave all the same.\n")
		s.want(s.types("/quit"), "! Not sent to #ops: precious\n")
		if code := <-s.code; code != 0 {
			s.Errorf("exit code %d", code)
		}
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
