package repl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// piped runs f with lines on standard input, in a bubble.
func piped(t *testing.T, prepare func(*stage), o Options, input string, run func(context.Context, Options) int) (code int, out, errs string, s *stage) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv(PasswordVariable, password)
	synctest.Test(t, func(t *testing.T) {
		s = newStage(t)
		s.accounts["ann"] = password
		if prepare != nil {
			prepare(s)
		}
		var stdout, stderr bytes.Buffer
		o.User, o.Plaintext, o.dial, o.In, o.Out, o.Err = "ann", true, s.dial, strings.NewReader(input), &stdout, &stderr
		code = run(t.Context(), o.withDefaults())
		synctest.Wait()
		out, errs = stdout.String(), stderr.String()
		s.hangUp()
	})
	return code, out, errs, s
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func chatInto(room string) func(context.Context, Options) int {
	return func(ctx context.Context, o Options) int { o.Rooms = []string{room}; return talk(ctx, o, room) }
}

func TestPipedLinesAreStoredInOrderBeforeTheEnd(t *testing.T) {
	code, out, errs, s := piped(t, func(s *stage) { s.says("bob", "#ops", "old") }, Options{}, lines(200)+"/quit\nno newline", chatInto("#ops"))
	if code != 0 || errs != "" {
		t.Errorf("code %d: %s", code, errs)
	}
	log := s.logs["#ops"]
	if len(log) != 203 || log[200].Last() != "line 199" || log[201].Last() != "/quit" || log[202].Last() != "no newline" {
		t.Errorf("%d lines are stored", len(log))
	}
	if strings.Contains(out, "old") || !strings.HasPrefix(out, "2000-01-01T00:00:00.") || strings.Count(out, "Z #ops ann line ") != 200 {
		t.Errorf("the output is\n%s", out)
	}
}

func TestAPipeEndsWithOneWhenALineIsRefused(t *testing.T) {
	refuse := func(s *stage) {
		s.refuse = func(m irc.Message) string { return map[bool]string{true: "NO"}[strings.Contains(m.Last(), "1")] }
	}
	code, _, errs, s := piped(t, refuse, Options{}, lines(3), chatInto("#ops"))
	if code != 1 || len(s.logs["#ops"]) != 2 || errs != "! Not sent to #ops: line 1 — This text is not wanted.\n" {
		t.Errorf("code %d, %d stored: %s", code, len(s.logs["#ops"]), errs)
	}
	if code, _, errs, _ := piped(t, nil, Options{}, "x\n", chatInto("#secret")); code != 1 || !strings.Contains(errs, "Not in #secret") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestAPipeOutlivesItsConnectionAndStoresEachLineOnce(t *testing.T) {
	n := 0
	cut := func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool {
			if n++; n%7 == 0 {
				c.conn.Close()
				return false
			}
			return true
		}
	}
	code, out, _, s := piped(t, cut, Options{}, lines(30), chatInto("#ops"))
	if code != 0 || len(s.logs["#ops"]) != 30 {
		t.Errorf("code %d, %d stored", code, len(s.logs["#ops"]))
	}
	for i := range 30 {
		if strings.Count(out, fmt.Sprintf("line %d\n", i)) != 1 {
			t.Errorf("line %d is not printed once", i)
		}
	}
}

func TestAPipeGivesUpWhenTheServerStaysAway(t *testing.T) {
	away := func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool { s.down = true; c.conn.Close(); return false }
	}
	code, _, errs, _ := piped(t, away, Options{}, lines(2), chatInto("#ops"))
	if code != 1 || !strings.Contains(errs, "Nobody answers") || !strings.Contains(errs, "Not sent to #ops: line 0") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestWhoSendsIsToldOfAnOutage(t *testing.T) {
	n := 0
	cut := func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool {
			if n++; n == 1 {
				c.conn.Close()
			}
			return n > 1
		}
	}
	code, out, errs, _ := piped(t, cut, Options{}, "", func(ctx context.Context, o Options) int { return sendText(ctx, o, "#ops", []string{"x"}) })
	if code != 0 || out != "" || errs != "· The connection is lost. Connecting again.\n" {
		t.Errorf("code %d, %q: %q", code, out, errs)
	}
}

func TestJSONLinesTellAllThatHappens(t *testing.T) {
	code, out, _, _ := piped(t, func(s *stage) {
		s.stored = func(c *stageConn, _ irc.Message) bool {
			s.store("bob", "PRIVMSG", "#ops", "a \"quote\" and \x1b[2J", nil)
			return true
		}
	}, Options{JSON: true}, "hello\n", chatInto("#ops"))
	var got []string
	for line := range strings.Lines(out) {
		var e struct{ Type, Time, Room, Nick, Text, ID string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		got = append(got, e.Type+" "+e.Room+" "+e.Nick+" "+e.Text+" "+e.ID)
	}
	if want := []string{"message #ops ann hello m0001", "message #ops bob a \"quote\" and \x1b[2J m0002"}; code != 0 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("code %d, the output is\n%s", code, out)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("an escape is in the output")
	}
}

func TestSendReturnsZeroOnlyWhenItIsStored(t *testing.T) {
	send := func(target string, text ...string) func(context.Context, Options) int {
		return func(ctx context.Context, o Options) int { return sendText(ctx, o, target, text) }
	}
	code, out, errs, s := piped(t, nil, Options{}, "not read\n", send("#ops", "two", "words"))
	if code != 0 || out != "" || errs != "" || len(s.logs["#ops"]) != 1 || s.logs["#ops"][0].Last() != "two words" {
		t.Errorf("code %d, output %q, %q, stored %v", code, out, errs, s.logs)
	}
	code, _, _, s = piped(t, nil, Options{}, "one\ntwo\n", send("bob"))
	if code != 0 || len(s.logs["ann bob"]) != 2 {
		t.Errorf("code %d, stored %v", code, s.logs)
	}
	code, _, errs, _ = piped(t, func(s *stage) { s.refuse = func(irc.Message) string { return "NO" } }, Options{}, "", send("#ops", "x"))
	if code != 1 || errs != "! Not sent to #ops: x — This text is not wanted.\n" {
		t.Errorf("code %d: %q", code, errs)
	}
	nobody := func(s *stage) { s.refuse = func(irc.Message) string { return "401" } }
	code, _, errs, _ = piped(t, nobody, Options{}, "", send("lobby", "x"))
	if code != 1 || errs != "! Not sent to lobby: x — No such nick. A room is written with a #: '#lobby'.\n" {
		t.Errorf("code %d: %q", code, errs)
	}
	code, _, errs, _ = piped(t, func(s *stage) { s.down = true }, Options{}, "", send("#ops", "x"))
	if code != 1 || !strings.Contains(errs, "Nobody answers") {
		t.Errorf("code %d: %q", code, errs)
	}
	code, _, errs, _ = piped(t, func(s *stage) { s.accounts["ann"] = "another" }, Options{}, "", send("#ops", "x"))
	if code != 1 || errs != "! Wrong password, or there is no such account.\n" {
		t.Errorf("code %d: %q", code, errs)
	}
}

func TestRegisterMakesAnAccountOrSaysWhyNot(t *testing.T) {
	code, out, errs, s := piped(t, func(s *stage) { delete(s.accounts, "ann") }, Options{}, "", register)
	if code != 0 || out != "· The account ann is made.\n" || s.accounts["ann"] != password {
		t.Errorf("code %d: %s %s", code, out, errs)
	}
	code, _, errs, _ = piped(t, nil, Options{}, "", register)
	if code != 1 || errs != "! That name is taken.\n" {
		t.Errorf("code %d: %s", code, errs)
	}
}
