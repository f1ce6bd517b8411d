package repl

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
	"github.com/greenroom-chat/greenroom/repl/settings"
)

var update = flag.Bool("update", false, "rewrite testdata")

// everyEvent has one of each kind, and what is hard to show.
func everyEvent() []event {
	at := time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC)
	return []event{
		{kind: said, room: "#ops", nick: "alice", text: "good morning"},
		{kind: said, room: "#ops", nick: "ann", self: true, text: "a line that is long enough to be wrapped even where the terminal has eighty columns, and again"},
		{kind: said, room: "#ops", nick: "李雷", text: "宽字符测试：这是一条很长的中文消息，需要在终端里换行显示"},
		{kind: said, room: "#ops", nick: "émile", text: "emoji 👨‍👩‍👧 🇸🇪 ❤️ done, see https://example.org/a/rather/long/link/that/does/not/fit"},
		{kind: noticed, room: "#ops", nick: "bot", text: "build 12 is green"},
		{kind: acted, room: "#ops", nick: "bob", text: "waves"},
		{kind: joined, room: "#ops", nick: "carol"},
		{kind: left, room: "#ops", nick: "carol", text: "lunch"},
		{kind: gone, nick: "bob", text: "gone fishing"},
		{kind: kicked, room: "#ops", nick: "alice", whom: "mallory", text: "enough"},
		{kind: renamed, nick: "bob", whom: "robert"},
		{kind: topicSet, room: "#ops", nick: "alice", text: "who is on duty"},
		{kind: topicSet, room: "#ops", nick: "alice"},
		{kind: moded, room: "#ops", nick: "alice", text: "+o bob"},
		{kind: said, room: "#ops", nick: "bob", text: "ann: a shell, please\n  for i in 1 2 3\n  do echo $i; done"},
		{kind: acted, room: "#ops", nick: "bob", text: "points at Ann"},
		{kind: noticed, room: "#ops", nick: "bot", text: "ann, build 13 is red"},
		{kind: said, room: "#ops", nick: "alice", text: "since five minutes", ref: "m1", about: &event{nick: "bob", text: "is the deploy out, and what about the other one?"}},
		{kind: said, room: "#ops", nick: "alice", text: "what?", ref: "m0"},
		{kind: reacted, room: "#ops", nick: "bob", text: "👍", ref: "m1", about: &event{nick: "ann", text: "all green"}},
		{kind: undone, room: "#ops", nick: "bob", text: "👍", ref: "m1", about: &event{nick: "ann", text: "all\ngreen"}},
		{kind: deleted, room: "#ops", nick: "bob", ref: "m1", about: &event{nick: "bob", text: "rude", at: at}},
		{kind: deleted, room: "#ops", nick: "alice", text: "not here", ref: "m1", about: &event{nick: "bob", text: "rude", at: at}},
		{kind: deleted, room: "#ops", nick: "alice", ref: "m0"},
		{kind: crowded, came: []string{"a", "b", "c", "d", "e", "f", "g"}, went: []string{"bob"}, passed: []string{"h"}},
		{kind: invited, room: "#dev", nick: "alice", whom: "ann"},
		{kind: said, room: "#ops", nick: "mallory", text: "\x1b[2J\x1b]0;owned\a\x03" + "04,01red\x0f \x02bold\x02 \u009b31m \u202egnp.exe zero\u200bwidth\r\nPRIVMSG x"},
		{kind: said, room: "#ops", nick: "alice", text: "tomorrow", at: at.AddDate(0, 0, 1)},
	}
}

func TestEveryEventIsReadableAtEveryWidth(t *testing.T) {
	for _, cols := range []int{80, 40, 20} {
		t.Run(fmt.Sprint(cols), func(t *testing.T) {
			r := renderer{zone: time.UTC, today: "Monday, 23 November 2026", words: func() []string { return []string{"ann"} }}
			var b strings.Builder
			for i, e := range everyEvent() {
				if e.at.IsZero() {
					e.at = time.Date(2026, 11, 23, 9, 5+i, 0, 0, time.UTC)
				}
				b.WriteString(screen.Wrap(r.event(e, e.room != "#dev"), cols))
			}
			b.WriteString(screen.Wrap(r.rule("#ops: who is on duty"), cols))
			b.WriteString(screen.Wrap(r.info("The connection is lost. Connecting again."), cols))
			b.WriteString(screen.Wrap(r.refusal("Not sent to #ops: rude — "+sentence("you are banned")), cols))
			golden(t, fmt.Sprintf("testdata/events-%d.txt", cols), strings.ReplaceAll(b.String(), "\r\n", "\n"))
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got\n%s", file, got)
	}
}

// ATTACKS 27.
func TestAttack27RemoteTextCarriesNoControlSequences(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                          "plain",
		"\x1b[31mred\x1b[m":              "[31mred[m",
		"\x1b]52;c;aGk=\a clipboard":     "]52;c;aGk= clipboard",
		"\u009b2J and \u0085":            "2J and ",
		"\x0304,01red\x03 \x02b\x02":     "red b",
		"\x04ff8800hex\x04 \x1d\x1e\x1f": "hex ",
		"\x03,5 kept":                    ",5 kept",
		"\x031234":                       "34",
		"tab\there\r\nand\x00nul\x7f":    "tab here andnul",
		"\xff\xfe":                       "\uFFFD",
		"line\u2028separator":            "line separator",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// ATTACKS 28.
func TestWhatReordersOrHidesTextIsMadeVisible(t *testing.T) {
	for in, want := range map[string]string{
		"\u202egnp.exe":                     "‹U+202E›gnp.exe",
		"a\u2066b\u2069":                    "a‹U+2066›b‹U+2069›",
		"ad\u200bmin":                       "ad‹U+200B›min",
		"ad\u200dmin":                       "ad‹U+200D›min",
		"\ufeffx\u00ady\u2060":              "‹U+FEFF›x‹U+00AD›y‹U+2060›",
		"blank \u3164 \u2800":               "blank ‹U+3164› ‹U+2800›",
		"tag \U000e0041":                    "tag ‹U+E0041›",
		"family 👨‍👩‍👧 heart ❤️":             "family 👨‍👩‍👧 heart ❤️",
		"می\u200cخواهم":                     "می\u200cخواهم",
		"e" + strings.Repeat("\u0301", 100): "e" + strings.Repeat("\u0301", mostMarks),
	} {
		if got := clean(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// ATTACKS 27, 28.
func FuzzRemoteTextNeverEmitsAControlSequence(f *testing.F) {
	for i, e := range everyEvent() {
		f.Add(e.nick, e.text, "#ops", uint8(i))
	}
	for i := range uint8(16) {
		f.Add("\x1b[31mmallory", "\x1b[2J\u202e\x00\nx", "#\u202eops\a", i)
	}
	kinds := []kind{said, noticed, acted, joined, left, gone, kicked, renamed, topicSet, moded, invited, reacted, undone, deleted, crowded}
	ours := regexp.MustCompile(`\x1b\[(\d+(;\d+)*)?m|\n\t`) // and a line below another one, behind a bar
	f.Fuzz(func(t *testing.T, nick, text, room string, k uint8) {
		r := renderer{zone: time.UTC, look: settings.Look{Colour: true}, today: "Monday, 23 November 2026"}
		e := event{kind: kinds[int(k)%len(kinds)], nick: nick, text: text, whom: text, room: room, at: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
		e.about, e.ref, e.came = &event{nick: nick, text: text}, text, []string{nick, text}
		for _, line := range []string{r.event(e, false), r.named("aa", e), r.info(text), r.refusal(text), r.rule(text), r.refusal(sentence(text))} {
			checkShown(t, ours.ReplaceAllString(line, ""))
		}
		checkShown(t, pipeLine(e))
		line := jsonLine(e)
		checkShown(t, line)
		var back struct{ Text string }
		if err := json.Unmarshal([]byte(line), &back); err != nil || back.Text != strings.ToValidUTF8(text, "\uFFFD") && !strings.Contains(text, "\uFFFD") && strings.ToValidUTF8(text, "") == text {
			t.Errorf("%q became %q (%v)", text, line, err)
		}
	})
}

func checkShown(t *testing.T, line string) {
	t.Helper()
	for _, r := range line {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
			t.Fatalf("%U is in %q", r, line)
		}
	}
}

func TestANickHasOneColourThatCanBeReadOnBlackAndOnWhite(t *testing.T) {
	for _, colour := range nickColours {
		l := luminance(colour)
		if onBlack, onWhite := (l+0.05)/0.05, 1.05/(l+0.05); onBlack < 3 || onWhite < 3 {
			t.Errorf("colour %d has contrast %.1f on black and %.1f on white", colour, onBlack, onWhite)
		}
	}
	r := renderer{zone: time.UTC, look: settings.Look{Colour: true}}
	if r.nick(event{nick: "Alice"}) != strings.ReplaceAll(r.nick(event{nick: "alice"}), "alice", "Alice") {
		t.Error("the colour depends on the case of the nick")
	}
	if got := (&renderer{}).nick(event{nick: "alice"}); got != "alice" {
		t.Errorf("without colours a nick is %q", got)
	}
}

// luminance is WCAG's, of a colour of the 6x6x6 cube.
func luminance(colour int) float64 {
	steps := [...]float64{0, 95, 135, 175, 215, 255}
	linear := func(i int) float64 {
		if c := steps[i] / 255; c > 0.03928 {
			return math.Pow((c+0.055)/1.055, 2.4)
		} else {
			return c / 12.92
		}
	}
	i := colour - 16
	return 0.2126*linear(i/36) + 0.7152*linear(i/6%6) + 0.0722*linear(i%6)
}

func TestAServersReasonBecomesASentence(t *testing.T) {
	for in, want := range map[string]string{
		"you are banned": "You are banned.",
		"Ärger!":         "Ärger!",
		" \x1b[2J ":      "[2J.",
		"":               "The server gives no reason.",
		"élan":           "Élan.",
	} {
		if got := sentence(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

func TestAMentionIsAWord(t *testing.T) {
	for text, want := range map[string]bool{
		"ann: look": true, "look, Ann!": true, "@ann": true, "annie": false, "joann": false, "ann_": false, "": false, "(ann)": true,
	} {
		if len(calls(text, []string{"ann"})) > 0 != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

func TestWhatCallsForTheUserStandsOutAndOnlyThat(t *testing.T) {
	r := renderer{zone: time.UTC, today: "Monday, 23 November 2026", words: func() []string { return []string{"ann", "on call", "Straße"} }}
	r.look = settings.Look{Colour: true, Mention: "1;91", Quiet: "90", Self: "4", Nicks: []int{7}}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		e    event
		want string
	}{
		{event{kind: said, room: "#ops", nick: "bob", text: "Ann, annie: who is ON CALL in the Straße? ann!"},
			"‹90›12:00‹› ‹38;5;7›bob‹› ‹1;91›»‹› ‹1;91›Ann‹›, annie: who is ‹1;91›ON CALL‹› in the ‹1;91›Straße‹›? ‹1;91›ann‹›!"},
		{event{kind: said, room: "#ops", nick: "ann", self: true, text: "I am ann"}, "‹90›12:00‹› ‹4›ann‹›  I am ann"},
		{event{kind: said, room: "bob", nick: "bob", text: "ann, between us"}, "‹90›12:00‹› ‹38;5;7›bob‹›  ann, between us"},
		{event{kind: said, room: "#ops", nick: "bob", text: "a\u200bnn is not ann\x02\x02ie"}, "‹90›12:00‹› ‹38;5;7›bob‹›  a‹U+200B›nn is not annie"},
	} {
		c.e.at = at
		got := strings.NewReplacer("\x1b[m", "‹›").Replace(r.event(c.e, true))
		got = regexp.MustCompile(`\x1b\[([\d;]+)m`).ReplaceAllString(got, "‹$1›")
		if got != c.want {
			t.Errorf("shown is\n%s\nwant\n%s", got, c.want)
		}
	}
}

func TestMessagesBecomeEvents(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{":bob!u@h PRIVMSG #ops :hi", "{message  #ops bob  hi false}"},
		{":bob!u@h PRIVMSG ann :hi", "{message  bob bob  hi false}"},
		{":ann!u@h PRIVMSG bob :hi", "{message  bob ann  hi true}"},
		{":bob!u@h PRIVMSG @#ops :hi", "{message  #ops bob  hi false}"},
		{":bob!u@h PRIVMSG #ops :\x01ACTION waves\x01", "{action  #ops bob  waves false}"},
		{":bob!u@h PRIVMSG ann :\x01VERSION\x01", "{notice  bob bob  asks with CTCP: VERSION  false}"},
		{"@msgid=m1 :bob!u@h NOTICE #ops :hi", "{notice m1 #ops bob  hi false}"},
		{":bob!u@h KICK #ops ann :out", "{kick  #ops bob ann out false}"},
		{":bob!u@h MODE #ops +o ann", "{mode  #ops bob  +o ann false}"},
		{":bob!u@h MODE ann +i", "{      false} false"},
		{":bob!u@h INVITE ann #ops", "{invite  #ops bob ann #ops false}"},
	} {
		m, err := irc.Parse(c.line, irc.FromServer)
		if err != nil {
			t.Fatal(err)
		}
		e, ok := eventOf(m, "ann", time.Time{})
		got := fmt.Sprint(struct {
			k                          kind
			id, room, nick, whom, text string
			self                       bool
		}{e.kind, e.id, e.room, e.nick, e.whom, e.text, e.self})
		if !ok {
			got += " false"
		}
		if got != c.want {
			t.Errorf("%s\nbecomes %s\nwant    %s", c.line, got, c.want)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	r := renderer{zone: time.UTC, look: settings.Look{Colour: true}}
	e := event{kind: said, nick: "李雷", room: "#ops", text: "hello \x02世界\x02 " + strings.Repeat("word ", 20)}
	for b.Loop() {
		_ = bytes.Count([]byte(screen.Wrap(r.event(e, true), 80)), nil)
	}
}
