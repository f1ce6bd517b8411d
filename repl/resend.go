package repl

import (
	"fmt"
	"strconv"
)

const mostRefused = 100 // that can be sent again

// refusedPost tells why a line was not taken, and keeps it for /resend.
func (c *chat) refusedPost(p post, err error) {
	c.refuse("Not sent to " + p.target + ": " + p.text + " — " + why(err) + roomHint(p.target, err))
	c.refused = append(c.refused, p)
	c.refused = c.refused[max(0, len(c.refused)-mostRefused):]
	if !c.toldResend && !c.raw() {
		c.toldResend = true
		c.say("/resend tries it again, /edit changes it first.")
	}
}

// cmdResend sends refused lines once more: the last one, that of a number, or all.
func (c *chat) cmdResend(args string) {
	from, to := len(c.refused)-1, len(c.refused)
	switch n, err := strconv.Atoi(args); {
	case len(c.refused) == 0:
		c.say("Nothing was refused.")
		return
	case args == "list":
		for i, p := range c.refused {
			c.say(fmt.Sprintf("%d  %s: %s", i+1, p.target, p.text))
		}
		return
	case args == "all":
		from = 0
	case args != "" && (err != nil || n < 1 || n > len(c.refused)):
		c.usage("resend")
		return
	case args != "":
		from, to = n-1, n
	}
	again := append([]post(nil), c.refused[from:to]...)
	c.refused = append(c.refused[:from:from], c.refused[to:]...)
	for _, p := range again {
		c.postReply(c.room(p.target), p.text, p.reply)
	}
}
