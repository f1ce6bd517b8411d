package screen

import "strings"

// marker is the prompt that liner is given. Where its row begins with it, the real prompt is drawn instead, which
// may be coloured and may change while a line is being typed.
const marker = "> "

const (
	titleBegin = "\x1b]2;"
	titleEnd   = "\a"
	titlePush  = "\x1b[22;2t" // the terminal keeps the title that it had ...
	titlePop   = "\x1b[23;2t" // ... and has it again
	maxHeld    = 1 << 20      // bytes of text that wait to be shown
)

// core is the screen without goroutines and without a terminal: bytes and texts in, bytes out.
type core struct {
	shadow  shadow
	keys    keys
	hot     bool     // a line is being read: its keys, its typing and pastes are the chat's
	prompts []string // from long to short
	notes   []string
	hint    string
	title   string
	plain   bool // the terminal has no title
	draft   draft
	limit   int // lines that a paste may have

	onKey  func(Key)
	onEdit func(line string)
	onLook func(bool)
	edited string // as last told to onEdit

	above   strings.Builder
	before  string // sequences that precede the next update
	now     drawn
	dirty   bool
	suspend bool
	toLiner []byte
}

func newCore() *core {
	c := &core{dirty: true, limit: maxPastedLines}
	c.keys = keys{pass: c.pass, paste: c.paste, clear: c.clear, suspend: func() { c.suspend = true }, key: c.key, focus: c.focus}
	return c
}

func (c *core) typed(p []byte) { c.keys.feed(p) }

// pass hands keys to liner, but for the one that answers the question about a draft.
func (c *core) pass(p []byte) {
	if c.draft.lines == nil {
		c.toLiner = append(c.toLiner, p...)
		return
	}
	c.answer(p[0])
	if p[0] != 0x1b { // an arrow key is one answer, not three
		c.toLiner = append(c.toLiner, p[1:]...)
	}
}

// key takes a key that the line editor does not know; false: it is for liner all the same.
func (c *core) key(k Key) bool {
	if !c.hot || c.onKey == nil || c.draft.lines != nil {
		return false
	}
	c.onKey(k)
	return true
}

func (c *core) refuse(text string) {
	cols := c.now.cols
	if cols == 0 {
		cols = wideTerminal
	}
	c.print("! "+text, cols)
}

func (c *core) clear() {
	c.before, c.now, c.dirty = c.before+"\x1b[H\x1b[2J", drawn{}, true
}

func (c *core) focus(in bool) {
	if c.onLook != nil {
		c.onLook(in)
	}
}

// fromLiner takes what liner has written.
func (c *core) fromLiner(p []byte) {
	c.shadow.feed(p)
	c.dirty = true
	if text, ok := c.line(); ok && c.hot && c.onEdit != nil && text != c.edited {
		c.edited = text
		c.onEdit(text)
	}
}

// line is the line being edited; false: liner is asking something, or searching its history.
func (c *core) line() (string, bool) { return strings.CutPrefix(string(c.shadow.line), marker) }

// print puts text above the area for good.
func (c *core) print(text string, cols int) {
	if c.above.Len() > maxHeld { // an editor has the terminal, and much is said meanwhile
		c.above.Reset()
		c.above.WriteString("…\r\n")
	}
	c.above.WriteString(Wrap(text, cols))
	c.dirty = true
}

// update gives the bytes that bring the terminal up to date; none if it is.
func (c *core) update(cols, rows int) []byte {
	if !c.dirty || c.draft.editing {
		return nil
	}
	p, now := paint(c.now, c.above.String(), c.area(cols, rows), cols, rows)
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

func (c *core) area(cols, rows int) area {
	if c.draft.lines != nil {
		return c.draft.area(rows)
	}
	row := harmless(c.shadow.line)
	a := area{notes: c.notes, text: string(row), caret: len(string(row[:c.shadow.caret]))}
	if rest, ok := strings.CutPrefix(a.text, marker); ok || a.text == "" {
		a.prompt, a.hint = c.prompt(cols), c.hint
		a.text, a.caret = rest, max(0, a.caret-len(marker))
	}
	return a
}

// setTitle is written with the next update.
func (c *core) setTitle(title string) {
	if title = string(harmless([]rune(title))); title != c.title && !c.plain {
		c.title, c.dirty = title, true
		c.before += titleBegin + title + titleEnd
	}
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
