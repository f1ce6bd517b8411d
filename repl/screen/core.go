package screen

import (
	"fmt"
	"strings"
)

// marker is the prompt that liner is given. Where its row begins with it, the real prompt is drawn instead, which
// may be coloured and may change while a line is being typed.
const marker = "> "

// core is the screen without goroutines and without a terminal: bytes and texts in, bytes out.
type core struct {
	shadow  shadow
	keys    keys
	prompts []string // from long to short
	notes   []string
	asked   []string // pasted lines that wait for a yes
	limit   int      // lines that a paste may have

	above   strings.Builder
	before  string // sequences that precede the next update
	now     drawn
	dirty   bool
	suspend bool
	toLiner []byte
}

func newCore() *core {
	c := &core{dirty: true, limit: maxPastedLines}
	c.keys = keys{pass: c.pass, paste: c.paste, clear: c.clear, suspend: func() { c.suspend = true }}
	return c
}

func (c *core) typed(p []byte) { c.keys.feed(p) }

// pass hands keys to liner, but for the one that answers the question about a paste.
func (c *core) pass(p []byte) {
	if c.asked == nil {
		c.toLiner = append(c.toLiner, p...)
		return
	}
	lines := c.asked
	c.asked, c.dirty = nil, true
	if p[0] == 'y' || p[0] == 'Y' {
		c.typeLines(lines)
	}
	if p[0] != 0x1b { // an arrow key is one answer, not three
		c.toLiner = append(c.toLiner, p[1:]...)
	}
}

// paste takes a paste as a whole or not at all.
func (c *core) paste(text string, whole bool) {
	switch lines := pastedLines(text); {
	case !whole:
		c.refuse(fmt.Sprintf("The paste is longer than %d KiB; none of it was taken.", maxPaste>>10))
	case len(lines) > max(1, c.limit):
		c.refuse(fmt.Sprintf("The paste has %d lines, and %d can be taken now; none of it was taken.", len(lines), c.limit))
	case len(lines) == 1:
		c.toLiner = append(c.toLiner, lines[0]...)
	case len(lines) > 1:
		c.asked, c.dirty = lines, true
	}
}

func (c *core) refuse(text string) {
	cols := c.now.cols
	if cols == 0 {
		cols = wideTerminal
	}
	c.print("! "+text, cols)
}

// typeLines types pasted lines for the user. They are text: a slash at the beginning is doubled, so that no pasted
// line is ever a command.
func (c *core) typeLines(lines []string) {
	for i, line := range lines {
		fresh := i > 0 || string(c.shadow.line) == marker
		if fresh && strings.HasPrefix(line, "/") {
			line = "/" + line
		}
		c.toLiner = append(c.toLiner, line+"\r"...)
	}
}

func (c *core) clear() {
	c.before, c.now, c.dirty = "\x1b[H\x1b[2J", drawn{}, true
}

// fromLiner takes what liner has written.
func (c *core) fromLiner(p []byte) {
	c.shadow.feed(p)
	c.dirty = true
}

// print puts text above the area for good.
func (c *core) print(text string, cols int) {
	c.above.WriteString(Wrap(text, cols))
	c.dirty = true
}

// update gives the bytes that bring the terminal up to date; none if it is.
func (c *core) update(cols, rows int) []byte {
	if !c.dirty {
		return nil
	}
	p, now := paint(c.now, c.above.String(), c.area(cols), cols, rows)
	if c.before != "" {
		p = append([]byte(c.before), p...)
	}
	if c.shadow.bells > 0 {
		p = append(p, '\a')
	}
	c.above.Reset()
	c.before, c.now, c.dirty, c.shadow.bells = "", now, false, 0
	return p
}

// leave gives the bytes that take the area off the terminal and leave the messages.
func (c *core) leave(cols int) []byte {
	p, _ := paint(c.now, c.above.String(), area{}, cols, 1)
	c.above.Reset()
	c.now, c.dirty = drawn{}, true
	return p
}

func (c *core) area(cols int) area {
	if c.asked != nil {
		q := fmt.Sprintf("send %d lines? [y/n] ", len(c.asked))
		return area{notes: c.asked, text: q, caret: len(q)}
	}
	row := harmless(c.shadow.line)
	a := area{notes: c.notes, text: string(row), caret: len(string(row[:c.shadow.caret]))}
	if rest, ok := strings.CutPrefix(a.text, marker); ok || a.text == "" {
		a.prompt = c.prompt(cols)
		a.text, a.caret = rest, max(0, a.caret-len(marker))
	}
	return a
}

// prompt is the longest that leaves half of a row to the text.
func (c *core) prompt(cols int) string {
	for _, p := range c.prompts {
		if width(p) <= cols/2 {
			return p
		}
	}
	if len(c.prompts) == 0 {
		return ""
	}
	return marker
}
