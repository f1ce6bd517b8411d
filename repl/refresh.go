package repl

import (
	"fmt"
	"slices"
	"strings"
)

// refresh brings prompt and notes up to date.
func (c *chat) refresh() {
	if p := c.promptTexts(); !slices.Equal(p, c.prompts) {
		c.prompts = p
		c.ui.SetPrompt(p...)
	}
	c.shown.Store(c.current)
	if n := max(0, mostPasted-len(c.outbox.posts)); n != c.limit {
		c.limit = n
		c.ui.SetPasteLimit(n)
	}
	if n := c.noteTexts(); !slices.Equal(n, c.notes) {
		c.notes = n
		c.ui.SetNotes(n)
	}
	if h := c.typingText(); h != c.hint {
		c.hint = h
		c.ui.SetHint(h)
	}
	if t := c.titleText(); t != c.window {
		c.window = t
		c.ui.SetTitle(t)
	}
	c.markSoon()
}

// noteTexts are the lines above the prompt: those that wait to be stored, and those of /paste.
func (c *chat) noteTexts() []string {
	texts := c.outbox.texts(c.current)
	if c.pasting != nil {
		for _, line := range c.pasting.lines {
			texts = append(texts, "│ "+clean(line))
		}
	}
	return texts
}

// promptTexts are the prompt in full, without the other rooms, and short.
func (c *chat) promptTexts() []string {
	name := "greenroom"
	if c.current != nil {
		name = cleanName(c.current.name)
	}
	if c.current != nil && c.current.left {
		name += " (left)"
	}
	if c.pasting != nil {
		return []string{c.show.paint(sgrBold, "/paste") + c.show.quiet(" (. ends)") + "> ", "/paste> "}
	}
	var more []string
	if c.away {
		more = append(more, "away")
	}
	if c.conn == nil {
		more = append(more, c.offline())
	}
	for _, r := range c.rooms {
		if r.unreadCount() > 0 && r != c.current {
			more = append(more, cleanName(r.name)+" "+r.unreadText())
		}
	}
	bold := c.show.paint(sgrBold, name)
	if len(more) == 0 {
		return []string{bold + "> "}
	}
	return []string{
		bold + " " + c.show.quiet("("+strings.Join(more, ", ")+")") + "> ",
		bold + " " + c.show.quiet("("+more[0]+"…)") + "> ",
		bold + "> ",
	}
}

// titleText names the window: what is new elsewhere, and where we are.
func (c *chat) titleText() string {
	name, n := "greenroom", 0
	if c.current != nil {
		name = cleanName(c.current.name) + " – " + name
	}
	for _, r := range c.rooms {
		n += r.unseen
		if r != c.current {
			n += r.unreadCount()
		}
	}
	if n > 0 {
		name = fmt.Sprintf("(%d) %s", n, name)
	}
	return name
}
