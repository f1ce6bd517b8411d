package repl

import (
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

const mostCandidates = 30 // printed; Tab goes through all of them

// complete is called by the line editor, on the reading goroutine; the loop knows the candidates.
func (c *chat) complete(line string, pos int) (head string, candidates []string, tail string) {
	runes := []rune(line)
	before := string(runes[:pos])
	start := strings.LastIndexByte(before, ' ') + 1
	answer := make(chan []string, 1)
	select {
	case c.answers <- func() { answer <- c.candidates(before[:start], before[start:]) }:
	case <-c.ctx.Done():
		return "", nil, ""
	}
	select {
	case candidates = <-answer:
	case <-c.ctx.Done():
		return "", nil, ""
	}
	return before[:start], candidates, string(runes[pos:])
}

// candidates for a word, given what stands before it in the line. Several are shown too.
func (c *chat) candidates(before, word string) []string {
	var from []string
	suffix := " "
	switch {
	case word == "" && !(strings.HasPrefix(before, "/") && strings.Count(before, " ") == 1):
		return nil // Tab once more, behind a word that is complete
	case before == "" && strings.HasPrefix(word, "/"):
		for _, cmd := range commands() {
			from = append(from, "/"+cmd.name)
		}
	case isRoom(word):
		from = c.places(true)
	case strings.HasPrefix(before, "/"):
		from = c.argument(before)
	case before == "":
		from, suffix = c.nicks(), ": "
	default:
		from = c.nicks()
	}
	var fit []string
	for _, candidate := range from {
		if strings.HasPrefix(irc.Fold(candidate), irc.Fold(word)) {
			fit = append(fit, candidate+suffix)
		}
	}
	if cmd, ok := findCommand(strings.TrimSuffix(strings.TrimPrefix(before, "/"), " ")); ok && cmd.wants == wantsLine && word == "" {
		c.listIDs(listedIDs)
		return fit
	}
	if len(fit) > 1 {
		shown := strings.Join(fit[:min(len(fit), mostCandidates)], " ")
		c.print(c.show.info(strings.Join(strings.Fields(shown), "  ")))
	}
	return fit
}

// argument gives what may stand behind a command.
func (c *chat) argument(before string) []string {
	name, rest, _ := strings.Cut(strings.TrimPrefix(before, "/"), " ")
	cmd, ok := findCommand(name)
	if !ok || strings.TrimSpace(rest) != "" {
		return c.nicks()
	}
	switch cmd.wants {
	case wantsRoom:
		return c.places(true)
	case wantsPlace:
		return c.places(false)
	case wantsLine:
		return c.lineNames()
	case wantsCommand:
		var names []string
		for _, cmd := range commands() {
			names = append(names, cmd.name)
		}
		return names
	}
	return c.nicks()
}

// places are our rooms, with the conversations unless only rooms are wanted.
func (c *chat) places(onlyRooms bool) []string {
	var names []string
	for _, r := range c.rooms {
		if isRoom(r.name) || !onlyRooms {
			names = append(names, r.name)
		}
	}
	return names
}

// nicks are who can be spoken to: those in the current room, or with whom we talk. Ourselves apart.
func (c *chat) nicks() []string {
	var names []string
	if c.current != nil {
		names = c.current.sortedNicks()
	}
	for _, r := range c.rooms {
		if !isRoom(r.name) && !slices.Contains(names, r.name) {
			names = append(names, r.name)
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return same(n, c.me) || n != cleanName(n) })
}

// lineNames are the names of the latest lines here, newest first.
func (c *chat) lineNames() []string {
	if c.current == nil {
		return nil
	}
	var names []string
	for _, e := range c.lines.of(c.current.name) {
		if len(names) < listedIDs {
			names = append(names, c.lines.note(e))
		}
	}
	return names
}
