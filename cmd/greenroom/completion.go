package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/completion"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script. It is made of the table that the command line is
// parsed with.
func (c completionCmd) Run(s streams, app *kong.Kong) error {
	_, err := fmt.Fprint(s.out, completion.Script(c.Shell, commandOf(app.Model.Node)))
	return err
}

// commandOf is what completion is to know of a command.
func commandOf(node *kong.Node) completion.Command {
	c := completion.Command{Name: node.Name, Help: node.Help}
	for _, f := range node.Flags {
		if !f.Hidden {
			c.Flags = append(c.Flags, flagOf(f))
		}
	}
	for _, child := range node.Children {
		if !child.Hidden {
			c.Subs = append(c.Subs, commandOf(child))
		}
	}
	for _, p := range node.Positional {
		for _, word := range words(p.Enum) {
			c.Subs = append(c.Subs, completion.Command{Name: word})
		}
	}
	return c
}

func flagOf(f *kong.Flag) completion.Flag {
	flag := completion.Flag{Name: f.Name, Help: f.Help, Value: !f.IsBool(), Words: words(f.Enum)}
	switch f.Tag.Type {
	case "path", "existingdir", "existingfile":
		flag.Files = true
	}
	return flag
}

func words(enum string) []string {
	if enum == "" {
		return nil
	}
	return strings.Split(enum, ",")
}
