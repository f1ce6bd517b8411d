package repl

// Where nobody looks nothing is read: neither when the user has gone away, nor while another window is in front, on a
// terminal that tells. What comes into the current room is shown all the same, behind a line, and is new for the user's
// other devices. A key is as good as a look.

func (c *chat) absent() bool { return !c.raw() && c.elsewhere }

// showUnseen shows an event where nobody looks.
func (c *chat) showUnseen(r *room, e event) {
	if r.unseen == 0 {
		c.print(c.show.rule("new"))
	}
	r.unseen++
	c.showEvent(e, true)
}

// looks is called when the user turns to the chat, or away from it.
func (c *chat) looks(here bool) {
	c.elsewhere = !here
	if c.absent() {
		return
	}
	for _, r := range c.rooms {
		if r.unseen > 0 && r == c.current {
			r.read = r.last
		}
		r.unseen = 0
	}
}
