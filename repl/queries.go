package repl

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

const defaultHistory = 50

func (c *chat) cmdNames(args string) {
	r := c.current
	if args != "" {
		if r = c.find(args); r == nil {
			c.refuse("You are not in " + args + ".")
			return
		}
	}
	if r == nil || !isRoom(r.name) {
		c.refuse("/names is for rooms.")
		return
	}
	c.ask(irc.New("NAMES", r.name), func(replies []irc.Message, err error) {
		c.answered("No names", err)
		var names []string
		for _, m := range replies {
			if m.Command == string(irc.RplNamReply) {
				names = append(names, strings.Fields(m.Last())...)
			}
		}
		slices.SortFunc(names, func(a, b string) int {
			return strings.Compare(irc.Fold(strings.TrimLeft(a, "~&@%+")), irc.Fold(strings.TrimLeft(b, "~&@%+")))
		})
		if err == nil {
			c.say(fmt.Sprintf("%s in %s: %s", count(len(names), "person", "people"), r.name, strings.Join(names, " ")))
		}
	})
}

func (c *chat) cmdWho(args string) {
	if args == "" && c.current != nil {
		args = c.current.name
	}
	if args == "" {
		c.usage("who")
		return
	}
	c.ask(irc.New("WHO", args), func(replies []irc.Message, err error) {
		c.answered("Nobody listed", err)
		n := 0
		for _, m := range replies {
			if m.Command != string(irc.RplWhoReply) || len(m.Params) < 8 {
				continue
			}
			n++
			line := m.Param(5)
			if strings.HasPrefix(m.Param(6), "G") {
				line += " (away)"
			}
			if _, realname, _ := strings.Cut(m.Last(), " "); realname != "" && realname != m.Param(5) {
				line += ", " + realname
			}
			c.say(line)
		}
		if n == 0 && err == nil {
			c.say("Nobody by that name is here.")
		}
	})
}

func (c *chat) cmdAway(args string) {
	m := irc.New("AWAY")
	if args != "" {
		m = irc.New("AWAY", args)
	}
	c.ask(m, func(replies []irc.Message, err error) {
		c.obeyed("Not changed", replies, err)
		switch {
		case err != nil:
		case args == "":
			c.say("You are back.")
		default:
			c.say("You are away: " + args)
		}
	})
}

// cmdHistory shows lines before the earliest one that was shown, and moves that back.
func (c *chat) cmdHistory(args string) {
	lines := defaultHistory
	if n, err := strconv.Atoi(args); err == nil && n > 0 {
		lines = n
	} else if args != "" {
		c.usage("history")
		return
	}
	r, conn := c.current, c.conn
	if r == nil {
		c.refuse("You are in no room.")
		return
	}
	if limit := conn.HistoryLimit(); limit > 0 {
		lines = min(lines, limit)
	}
	selector := client.Latest()
	if r.first != "" {
		selector = client.Before(client.AtID(r.first))
	}
	c.aside(func(ctx context.Context) func() {
		ctx, cancel := context.WithTimeout(ctx, askWait)
		defer cancel()
		got, err := conn.History(ctx, r.name, selector, lines)
		return func() { c.earlier(r, got, err) }
	})
}

func (c *chat) earlier(r *room, lines []irc.Message, err error) {
	c.answered("No history", err)
	var events []event
	for _, m := range lines {
		if e, ok := eventOf(m, c.me, c.o.now()); ok {
			e.known, e.room = true, r.name
			events = append(events, e)
		}
	}
	switch {
	case err != nil:
	case len(events) == 0:
		c.say("There is nothing earlier in " + r.name + ".")
	default:
		c.print(c.show.rule(fmt.Sprintf("%s: %s", r.name, count(len(events), "earlier line", "earlier lines"))))
		for _, e := range events {
			c.showEvent(e, true)
		}
		c.print(c.show.rule("until here"))
		r.first = events[0].id
	}
}

func (c *chat) cmdHelp(args string) {
	if args != "" {
		c.helpOn(strings.TrimPrefix(args, "/"))
		return
	}
	for _, cmd := range commands() {
		c.say(fmt.Sprintf(helpLine, strings.TrimSpace("/"+cmd.name+" "+cmd.args), cmd.help))
	}
	for _, k := range keysHelp {
		c.say(fmt.Sprintf(helpLine, k.key, k.help))
	}
}

// helpOn tells of one command, and how it may be abbreviated.
func (c *chat) helpOn(name string) {
	cmd, ok := findCommand(name)
	if !ok {
		c.refuse("There is no command " + name + "." + suggest(name))
		return
	}
	text := cmd.usage()
	if len(cmd.short) > 0 {
		text += " Also /" + strings.Join(cmd.short, ", /") + "."
	}
	c.say(text)
}

const helpLine = "%-25s %s"

// keysHelp is what keys do that are not letters.
var keysHelp = [...]struct{ key, help string }{
	{"Tab", "complete a command, room, nick or line"},
	{"Alt-1 … Alt-9", "go to a room of /rooms"},
	{"Ctrl-N", "go to the next room with something new"},
	{"Up, Down, Ctrl-R", "find again what you have typed"},
	{"Ctrl-L, Ctrl-Z", "clear the screen; back to the shell (fg returns)"},
	{"//text", "say a text that begins with a slash"},
}

// suggest names the command that was probably meant.
func suggest(name string) string {
	best, distance := "", 3
	for _, cmd := range commands() {
		d := editDistance(strings.ToLower(name), cmd.name)
		if strings.HasPrefix(cmd.name, strings.ToLower(name)) {
			d = 1
		}
		if d < distance {
			best, distance = cmd.name, d
		}
	}
	if best == "" {
		return " /help lists them."
	}
	return " Did you mean /" + best + "?"
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
