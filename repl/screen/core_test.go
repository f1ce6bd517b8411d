package screen

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// rig is a core with a terminal emulator, and with what liner would write.
type rig struct {
	*core
	vt *vt
}

func newRig(t testing.TB, cols, rows int) *rig {
	r := &rig{newCore(), newVT(t, cols, rows)}
	r.hot = true
	return r
}

func (r *rig) show() {
	p := r.update(r.vt.Size())
	r.vt.Write(p)
}

func (r *rig) say(text string) {
	r.print(text, r.vt.cols)
	r.show()
}

// edit is liner's redraw of its row with the caret at rune pos, as for a terminal with CHA and for one without.
func (r *rig) edit(line string, pos int, cha bool) {
	col := columns([]rune(marker)) + columns([]rune(line)[:pos])
	if cha {
		r.fromLiner([]byte("\x1b[1G" + marker + line + "\x1b[0K" + fmt.Sprintf("\x1b[%dG", col+1)))
	} else {
		r.fromLiner([]byte("\r" + marker + line + "\x1b[0K\r" + fmt.Sprintf("\x1b[%dC", col)))
	}
	r.show()
}

func wantScreen(t *testing.T, v *vt, want string) {
	t.Helper()
	if got := v.text(); got != strings.TrimPrefix(want, "\n") {
		t.Errorf("the screen is\n%s\nwant\n%s", got, want)
	}
}

func TestMessagesScrollByAboveTheLineBeingEdited(t *testing.T) {
	for _, cha := range []bool{true, false} {
		r := newRig(t, 20, 5)
		r.prompts = []string{"\x1b[1m#ops\x1b[m> "}
		r.edit("hello", 2, cha)
		r.say("one")
		r.say("two")
		r.edit("hello you", 9, cha)
		r.say("three")
		wantScreen(t, r.vt, "\none\ntwo\nthree\n#ops> hello you█\n")
	}
}

func TestALineLongerThanARowIsWrappedAndFoundAgain(t *testing.T) {
	r := newRig(t, 10, 8)
	r.prompts = []string{"a> "}
	r.edit("世界世界世界世", 7, true)
	r.say("one")
	wantScreen(t, r.vt, "\none\na> 世界世\n界世界世█\n") // the fourth would have ended in column 11
	r.edit("世界世界世界世", 1, true)
	r.say("two")
	wantScreen(t, r.vt, "\none\ntwo\na> 世█界世\n界世界世\n")
	r.edit("1234567", 7, true) // exactly one row: the cursor goes to the next
	r.say("three")
	wantScreen(t, r.vt, "\none\ntwo\nthree\na> 1234567\n█\n")
}

func TestALineTallerThanTheTerminalIsShownAroundItsCaret(t *testing.T) {
	r := newRig(t, 10, 5)
	r.prompts = []string{"a> "}
	line := "0123456" + "abcdefghij" + "klmnopqrst" + "uvwxyzABCD" + "EFGHIJKLMN" + "OPQ"
	for pos := range len(line) + 1 {
		r.edit(line, pos, true)
		if r.vt.top != 0 {
			t.Fatalf("caret at %d: the terminal has scrolled:\n%s", pos, r.vt.text())
		}
		before, _, _ := strings.Cut(r.vt.text(), "█")
		before = before[max(0, len(before)-2):]
		if want := ("a> " + line)[:pos+3]; !strings.HasSuffix(want, strings.ReplaceAll(before, "\n", "")) {
			t.Fatalf("caret at %d stands behind %q", pos, before)
		}
	}
	r.edit("short", 5, true)
	r.say("message")
	wantScreen(t, r.vt, "\nmessage\na> short█\n")
}

func TestNotesStandBetweenMessagesAndPrompt(t *testing.T) {
	r := newRig(t, 20, 12)
	r.prompts = []string{"> "}
	r.edit("next", 4, true)
	r.notes, r.dirty = []string{"this line is waiting to be stored", "second"}, true
	r.show()
	wantScreen(t, r.vt, "\nthis line is waiti…\nsecond\n> next█\n")
	r.notes = []string{"second"}
	r.say("stored")
	wantScreen(t, r.vt, "\nstored\nsecond\n> next█\n")
}

func TestTheScreenIsFoundAgainAfterAResize(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		r := newRig(t, 80, 24)
		r.prompts = []string{"\x1b[1m#ops\x1b[m> "}
		line := strings.Repeat("ab 世", rng.IntN(20))
		for i := range 6 {
			r.edit(line, rng.IntN(len([]rune(line))+1), i%2 == 0)
			r.say(fmt.Sprint("message ", i))
			r.vt.resize(16+rng.IntN(100), 10+rng.IntN(30))
			r.dirty = true
			r.show()
		}
		text := r.vt.text()
		for i := range 6 {
			if strings.Count(text, fmt.Sprint("message ", i, "\n")) != 1 {
				t.Fatalf("round %d, line %q, %dx%d: message %d is not there once:\n%s", round, line, r.vt.cols, r.vt.rows, i, text)
			}
		}
	}
}

func TestPromptsLeaveHalfOfARowToTheText(t *testing.T) {
	r := newRig(t, 40, 5)
	r.prompts = []string{"#operations (#dev 3, alice 1)> ", "#operations> "}
	r.edit("x", 1, true)
	wantScreen(t, r.vt, "\n#operations> x█\n")
	r.vt.resize(20, 5)
	r.dirty = true
	r.show()
	wantScreen(t, r.vt, "\n> x█\n")
}

func TestClearKeepsTheLineBeingEdited(t *testing.T) {
	r := newRig(t, 20, 5)
	r.prompts = []string{"> "}
	r.say("gone")
	r.edit("kept", 4, true)
	r.typed([]byte{ctrlL})
	r.show()
	wantScreen(t, r.vt, "\n> kept█\n")
}

func TestKeysOfTheChatAreNotForLiner(t *testing.T) {
	r := newRig(t, 40, 5)
	var got []Key
	r.onKey = func(k Key) { got = append(got, k) }
	r.typed([]byte("a\x1b3b\x0ec\x1b[Ad\x1b0"))
	if want := "[3 0]"; fmt.Sprint(got) != want || string(r.toLiner) != "abc\x1b[Ad\x1b0" {
		t.Errorf("keys %v, typed %q", got, r.toLiner)
	}
	r.hot, r.toLiner = false, nil // a password is asked for
	r.typed([]byte("\x1b3\x0e"))
	if len(got) != 2 || string(r.toLiner) != "\x1b3\x0e" {
		t.Errorf("keys %v, typed %q", got, r.toLiner)
	}
}

func TestTurningToAnotherWindowIsTold(t *testing.T) {
	r := newRig(t, 40, 5)
	var got []bool
	r.onLook = func(here bool) { got = append(got, here) }
	for _, b := range []byte("a\x1b[Ob\x1b[Ic\x1bOP") {
		r.typed([]byte{b})
	}
	if fmt.Sprint(got) != "[false true]" || string(r.toLiner) != "abc\x1bOP" {
		t.Errorf("told %v, typed %q", got, r.toLiner)
	}
}

func TestEveryChangeOfTheLineIsTold(t *testing.T) {
	r := newRig(t, 40, 5)
	var got []string
	r.onEdit = func(line string) { got = append(got, line) }
	r.edit("h", 1, true)
	r.edit("hi", 2, true)
	r.edit("hi", 1, true)
	r.fromLiner([]byte("\x1b[1G(reverse-i-search)`': x\x1b[0K\x1b[5G"))
	r.edit("", 0, true)
	if fmt.Sprint(got) != "[h hi ]" {
		t.Errorf("told %q", got)
	}
}

func TestAHintStandsAtTheRightAndGivesWay(t *testing.T) {
	r := newRig(t, 30, 5)
	r.prompts = []string{"#ops> "}
	r.edit("hello", 5, true)
	r.hint, r.dirty = "bob is typing", true
	r.show()
	wantScreen(t, r.vt, "\n#ops> hello█     bob is typing\n")
	r.say("one")
	r.vt.resize(20, 5)
	r.say("two")
	wantScreen(t, r.vt, "\none\ntwo\n#ops> hello█\n")
	r.vt.resize(30, 5)
	r.edit("hello you there", 15, true)
	wantScreen(t, r.vt, "\none\ntwo\n#ops> hello you there█\n")
}

func TestTheTitleIsWrittenWhenItChangesAndHoldsNoSequence(t *testing.T) {
	r := newRig(t, 30, 5)
	r.setTitle("a\x1b]2;b\a")
	r.show()
	if r.vt.title != "a?]2;b?" {
		t.Errorf("the title is %q", r.vt.title)
	}
	r.setTitle("a\x1b]2;b\a")
	if r.before != "" {
		t.Error("the same title is written again")
	}
}

func TestEscapeIsAKeyWhenNothingFollowsIt(t *testing.T) {
	r := newRig(t, 40, 5)
	r.typed([]byte("\x1b"))
	if !r.keys.unfinished() {
		t.Error("a lone Escape is passed on before it is known to be one")
	}
	r.keys.flush()
	r.typed([]byte("\x1b[A"))
	if got := string(r.toLiner); got != "\x1b\x1b[A" {
		t.Errorf("typed %q", got)
	}
}

func TestCtrlZAndCtrlLAreNotForLiner(t *testing.T) {
	r := newRig(t, 40, 5)
	r.typed([]byte("a\x1ab\x0cc"))
	if got := string(r.toLiner); got != "abc" || !r.suspend || r.before == "" {
		t.Errorf("typed %q, suspend %v, clear %q", got, r.suspend, r.before)
	}
}

func TestAHalfDrawnRowIsNotShown(t *testing.T) {
	r := newRig(t, 40, 5)
	r.prompts = []string{"> "}
	r.edit("hello", 5, false)
	for _, b := range []byte("\r> hell\x1b[0K\r\x1b[6") {
		r.fromLiner([]byte{b})
		r.show()
		wantScreen(t, r.vt, "\n> hello█\n")
	}
	r.fromLiner([]byte("C"))
	r.show()
	wantScreen(t, r.vt, "\n> hell█\n")
}

// ATTACKS 27: whatever is typed, pasted, or written by liner, the terminal sees only the sequences that the emulator
// knows, and it refuses all others.
func FuzzNothingThatIsTypedReachesTheTerminalAsASequence(f *testing.F) {
	f.Add([]byte("hello\x1b[A\x1b3\x0e"), []byte("\x1b[1G> hello\x1b[0K\x1b[8G"), "a title", 20)
	f.Add([]byte(pasteBegin+"one\n\x1b]0;x\a\ntwo"+pasteEnd+"y"), []byte("\r> \u202e\x9b2J\x1b]0;x\a\n"), "\x1b]2;\a", 7)
	f.Fuzz(func(t *testing.T, typed, liner []byte, title string, cols int) {
		if cols < 2 || cols > 300 {
			t.Skip()
		}
		r := newRig(t, cols, 8)
		r.prompts = []string{"\x1b[1m#ops\x1b[m> "}
		r.hint = "bob is typing"
		r.setTitle(title)
		r.edit("", 0, true)
		for len(typed)+len(liner) > 0 {
			n, m := min(5, len(typed)), min(7, len(liner))
			r.typed(typed[:n])
			r.fromLiner(liner[:m])
			typed, liner = typed[n:], liner[m:]
			r.show()
		}
		r.keys.flush()
		r.say("a message")
		r.vt.Write(r.leave(cols))
	})
}
