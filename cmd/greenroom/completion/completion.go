// Package completion writes, for three shells, what tells them how our commands go on. It knows the commands only as
// what it is given, so that there is one table of them.
package completion

import (
	"fmt"
	"slices"
	"strings"
)

// Command is a command, or the program itself, with what may follow it.
type Command struct {
	Name  string
	Help  string
	Subs  []Command
	Flags []Flag // of this command; those of the program are everybody's
}

// Flag is one with two dashes.
type Flag struct {
	Name  string // without dashes
	Help  string
	Value bool     // it takes one
	Files bool     // which is a path
	Words []string // or one of these
}

// Shells are those that Script knows.
var Shells = []string{"bash", "zsh", "fish"}

// Script is for a shell; it is empty for one that is not known.
func Script(shell string, program Command) string {
	switch shell {
	case "bash":
		return bash(program)
	case "zsh":
		return zsh(program)
	case "fish":
		return fish(program)
	}
	return ""
}

// place is a command with where it is: "" is the program, "/config/check" a command of a command.
type place struct {
	at string
	Command
}

// places are all of them, a command before its own.
func places(program Command) []place {
	all := []place{{"", program}}
	var below func(at string, c Command)
	below = func(at string, c Command) {
		for _, sub := range c.Subs {
			here := at + "/" + sub.Name
			sub.Flags = append(slices.Clip(sub.Flags), program.Flags...)
			all = append(all, place{here, sub})
			below(here, sub)
		}
	}
	below("", program)
	return all
}

// paths are where all commands are, as a pattern of alternatives.
func paths(program Command) string {
	var list []string
	for _, p := range places(program)[1:] {
		list = append(list, p.at)
	}
	return strings.Join(list, "|")
}

// quoted is a text between single quotes, as bash and zsh take it.
func quoted(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// first is the first sentence of a help text: shells have a line for it.
func first(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")
	return strings.TrimRight(sentence, ".")
}

type script struct{ strings.Builder }

func (s *script) line(format string, args ...any) { fmt.Fprintf(s, format+"\n", args...) }
