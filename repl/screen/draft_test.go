package screen

import (
	"fmt"
	"strings"
	"testing"
)

func TestSeveralPastedLinesAreNotSentBeforeAYes(t *testing.T) {
	r := newRig(t, 40, 12)
	r.prompts = []string{"> "}
	r.edit("", 0, true)
	paste := pasteBegin + "\n/quit\n\n two\x1b]0;x\a\r\nthree\n\n" + pasteEnd
	for _, b := range []byte(paste) { // in the smallest pieces
		r.typed([]byte{b})
	}
	r.show()
	wantScreen(t, r.vt, "\n/quit\n\n two]0;x\nthree\nsend 4 lines? [y/n/e] █\n")
	if len(r.toLiner)+len(r.draft.ready) > 0 {
		t.Fatalf("taken before the answer: %q %q", r.toLiner, r.draft.ready)
	}
	r.typed([]byte("n"))
	r.show()
	wantScreen(t, r.vt, "\n> █\n")
	r.typed([]byte(paste))
	r.typed([]byte("y"))
	if got, want := fmt.Sprintf("%q", r.draft.ready), `["//quit\n\n two]0;x\nthree"]`; got != want || len(r.toLiner) > 0 {
		t.Errorf("taken is %s, want %s: a pasted line is never a command", got, want)
	}
}

func TestAPasteJoinsTheLineBeingEdited(t *testing.T) {
	r := newRig(t, 40, 12)
	r.edit("/reply x: !", 10, true)
	r.typed([]byte(pasteBegin + "one\ntwo" + pasteEnd + "y"))
	if got := fmt.Sprintf("%q", r.draft.ready); got != `["/reply x: one\ntwo!"]` || string(r.toLiner) != keyLine {
		t.Errorf("taken is %s, and liner gets %q", got, r.toLiner)
	}
}

func TestALongDraftShowsItsBeginning(t *testing.T) {
	r := newRig(t, 40, 12)
	r.edit("", 0, true)
	r.typed([]byte(pasteBegin + "1\n2\n3\n4\n5\n6" + pasteEnd))
	r.show()
	wantScreen(t, r.vt, "\n1\n2\n3\n… and 3 more\nsend 6 lines? [y/n/e] █\n")
}

func TestADraftGoesThroughTheEditorAndIsAskedForAgain(t *testing.T) {
	r := newRig(t, 40, 12)
	r.edit("", 0, true)
	r.typed([]byte(pasteBegin + "one\ntwo" + pasteEnd + "e"))
	if !r.draft.open {
		t.Fatal("no editor is asked for")
	}
	r.draft.open, r.draft.editing = false, true
	r.vt.Write(r.leave(40))
	r.say("said meanwhile")
	wantScreen(t, r.vt, "\n█\n")
	r.editorClosed("one\n\nthree\n", nil)
	r.show()
	wantScreen(t, r.vt, "\nsaid meanwhile\none\n\nthree\nsend 3 lines? [y/n/e] █\n")
	r.typed([]byte("y"))
	if got := fmt.Sprintf("%q", r.draft.ready); got != `["one\n\nthree"]` {
		t.Errorf("taken is %s", got)
	}
}

func TestWhatWaitsForAnEditorIsBounded(t *testing.T) {
	r := newRig(t, 40, 12)
	r.draft.editing = true
	for range 40 {
		r.say(strings.Repeat("much ", 10_000))
	}
	if n := r.above.Len(); n > maxHeld+100_000 {
		t.Errorf("%d bytes are held", n)
	}
}

func TestOnePastedLineIsTypedWithoutEnter(t *testing.T) {
	r := newRig(t, 40, 5)
	r.typed([]byte("a" + pasteBegin + "b\tc\x03\n" + pasteEnd + "d"))
	if got := string(r.toLiner); got != "ab    cd" {
		t.Errorf("typed %q", got)
	}
}

func TestAPasteWithoutAnEndIsBounded(t *testing.T) {
	r := newRig(t, 40, 5)
	r.typed([]byte(pasteBegin))
	for range 100 {
		r.typed([]byte(strings.Repeat("x", 10_000)))
	}
	if len(r.keys.buf) > maxPaste+20_000 {
		t.Errorf("%d bytes are held", len(r.keys.buf))
	}
	r.typed([]byte(pasteEnd))
	if len(r.toLiner) > 0 {
		t.Errorf("%d bytes are typed", len(r.toLiner))
	}
}

func TestAPasteThatIsTooLongIsRefusedAsAWhole(t *testing.T) {
	for name, c := range map[string]struct {
		limit int
		paste string
		want  string
	}{
		"lines": {2, "one\ntwo\nthree\n", "! The paste has 3 lines, and 2 can be taken now; none of it was taken."},
		"bytes": {1000, strings.Repeat("x", maxPaste+100) + "\nend", "! The paste is longer than 256 KiB; none of it was taken."},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 100, 12)
			r.prompts = []string{"> "}
			r.edit("", 0, true)
			r.limit = c.limit
			text := pasteBegin + c.paste + pasteEnd
			for len(text) > 0 {
				n := min(len(text), 4096)
				r.typed([]byte(text[:n]))
				text = text[n:]
			}
			r.show()
			wantScreen(t, r.vt, "\n"+c.want+"\n> █\n")
			r.typed([]byte("y"))
			if got := string(r.toLiner); got != "y" {
				t.Errorf("typed %d bytes", len(got))
			}
			r.typed([]byte(pasteBegin + "one\ntwo" + pasteEnd + "y"))
			if got := fmt.Sprintf("%q", r.draft.ready); got != `["one\ntwo"]` {
				t.Errorf("of the next one is taken %s", got)
			}
		})
	}
}
