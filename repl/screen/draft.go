package screen

import (
	"fmt"
	"strings"
)

// draft is a text of several lines, from a paste or from the user's editor, that waits for a yes.
type draft struct {
	lines   []string
	open    bool // the user's editor is asked for ...
	editing bool // ... and has the terminal
	ready   []string
}

const (
	keyLine   = "\x15\x0b" // Ctrl-U, Ctrl-K: liner's line goes
	mostShown = 4          // lines of a draft
)

// paste takes a paste as a whole or not at all.
func (c *core) paste(text string, whole bool) {
	switch lines := pastedLines(text); {
	case !whole:
		c.refuse(fmt.Sprintf("The paste is longer than %d KiB; none of it was taken.", maxPaste>>10))
	case len(lines) == 1:
		c.toLiner = append(c.toLiner, lines[0]...)
	case len(lines) > 1 && !c.hot:
		c.refuse("Only one line can be pasted here; none of it was taken.")
	case len(lines) > max(1, c.limit):
		c.refuse(fmt.Sprintf("The paste has %d lines, and %d can be taken now; none of it was taken.", len(lines), c.limit))
	case len(lines) > 1:
		c.draft.lines, c.dirty = lines, true
	}
}

// aroundCaret is the line being edited, in two.
func (c *core) aroundCaret() (head, tail string) {
	if _, ok := c.line(); !ok || c.shadow.caret < len(marker) {
		return "", ""
	}
	return string(c.shadow.line[len(marker):c.shadow.caret]), string(c.shadow.line[c.shadow.caret:])
}

// answer is the key after "send 3 lines?".
func (c *core) answer(key byte) {
	d := &c.draft
	c.dirty = true
	switch key {
	case 'y', 'Y':
		c.take(strings.Join(d.lines, "\n"))
	case 'e', 'E':
		d.open = true
		return
	case 'n', 'N':
	default:
		c.refuse("Nothing of it was sent.")
	}
	*d = draft{ready: d.ready}
}

// take makes a message of a draft and what was typed around it. It is text: a slash at the beginning is doubled,
// so that no pasted line is ever a command; what was typed before it may be one.
func (c *core) take(text string) {
	head, tail := c.aroundCaret()
	if head == "" && strings.HasPrefix(text, "/") {
		text = "/" + text
	}
	if head+tail != "" {
		c.toLiner = append(c.toLiner, keyLine...)
	}
	c.draft.ready = append(c.draft.ready, head+text+tail)
}

// editText asks for the user's editor, beginning with text.
func (c *core) editText(text string) {
	c.draft = draft{lines: strings.Split(text, "\n"), open: true, ready: c.draft.ready}
}

// editorClosed takes what the editor has left, and asks.
func (c *core) editorClosed(text string, err error) {
	d := &c.draft
	d.editing, c.dirty = false, true
	lines := pastedLines(text)
	switch {
	case err != nil:
		c.refuse("The editor has failed: " + err.Error() + ".")
	case len(lines) > max(1, c.limit):
		c.refuse(fmt.Sprintf("That has %d lines, and %d can be taken now.", len(lines), c.limit))
	case len(lines) > 0:
		d.lines = lines
		return
	}
	*d = draft{ready: d.ready}
}

// area is the beginning of a draft, and the question.
func (d *draft) area(rows int) area {
	question := fmt.Sprintf("send %d lines? [y/n/e] ", len(d.lines))
	if len(d.lines) == 1 {
		question = "send 1 line? [y/n/e] "
	}
	shown := d.lines
	if most := noteRows(rows); len(shown) > most {
		shown = append(shown[:max(0, most-1):max(0, most-1)], fmt.Sprintf("… and %d more", len(d.lines)-max(0, most-1)))
	}
	return area{notes: shown, text: question, caret: len(question)}
}
