package repl

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
)

// quote says which line is meant.
func quote(e *event) string {
	if e == nil {
		return "an earlier line"
	}
	first, _, more := strings.Cut(e.text, "\n")
	text := []rune(clean(first))
	if len(text) > 4*mostQuoted {
		text, more = text[:4*mostQuoted], true
	}
	for runewidth.StringWidth(string(text)) > mostQuoted {
		text, more = text[:len(text)-1], true
	}
	shown := string(text)
	if more {
		shown = strings.TrimRight(shown, " ") + "…"
	}
	return cleanName(e.nick) + " “" + shown + "”"
}

func annotation(e event, zone *time.Location) string {
	switch e.kind {
	case reacted:
		return cleanName(e.nick) + " reacts with " + cleanName(e.text) + " to " + quote(e.about)
	case undone:
		return cleanName(e.nick) + " takes " + cleanName(e.text) + " back from " + quote(e.about)
	}
	which := "an earlier line"
	if e.about != nil {
		which = "the line of " + e.about.at.In(zone).Format("15:04")
		if !same(e.about.nick, e.nick) {
			which = cleanName(e.about.nick) + "'s line of " + e.about.at.In(zone).Format("15:04")
		}
	}
	return "× " + cleanName(e.nick) + " has deleted " + which + because(clean(e.text))
}

// crowd tells of many at once.
func crowd(e event) string {
	var parts []string
	if n := len(e.came); n > 0 {
		parts = append(parts, "→ "+some(e.came)+have(n)+" joined")
	}
	if n := len(e.went); n > 0 {
		parts = append(parts, "← "+some(e.went)+have(n)+" left")
	}
	if len(e.passed) > 0 {
		parts = append(parts, "↔ "+some(e.passed)+" came and went")
	}
	return strings.Join(parts, ", ")
}

func have(n int) string {
	if n == 1 {
		return " has"
	}
	return " have"
}

// some names the first of many.
func some(nicks []string) string {
	const most = 5
	var names []string
	for _, n := range nicks[:min(most, len(nicks))] {
		names = append(names, cleanName(n))
	}
	list := strings.Join(names, ", ")
	if more := len(nicks) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", list, more)
	}
	return list
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}
