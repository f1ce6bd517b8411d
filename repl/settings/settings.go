// Package settings reads what a user of the client has written down: chat.toml, strict, every fault at once with its
// line. It knows neither the screen nor the server.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
)

// Settings is the whole file.
type Settings struct {
	User      string   `toml:"user"`      // account, where a server says nothing else
	Colour    string   `toml:"colour"`    // auto, always or never
	Highlight []string `toml:"highlight"` // words that are to be noticed like one's own name
	Typing    *bool    `toml:"typing"`    // others are told that one types; unset: they are
	Colours   Colours  `toml:"colours"`
	Servers   []Server `toml:"server"`
}

// Server is one to talk with. The first is that of a chat without an address.
type Server struct {
	Name      string   `toml:"name"` // what it is called on the command line
	Address   string   `toml:"address"`
	User      string   `toml:"user"`
	Rooms     []string `toml:"rooms"`
	Pin       string   `toml:"pin"` // fingerprint of its key, instead of what is on file
	Plaintext bool     `toml:"plaintext"`
}

// Values of Settings.Colour.
const (
	auto   = "auto"
	always = "always"
	never  = "never"
)

// Fault is one thing wrong with the file.
type Fault struct {
	File string
	Line int // 0: not known
	What string
}

// Error is a sentence behind the place.
func (f Fault) Error() string {
	if f.Line == 0 {
		return f.File + ": " + f.What
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.What)
}

// Load reads a file; without one the settings are zero. The error joins every Fault that was found.
func Load(file string) (Settings, error) {
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Settings{}, nil
	case err != nil:
		return Settings{}, fmt.Errorf("read the settings: %w", err)
	}
	return parse(file, string(text))
}

func parse(file, text string) (Settings, error) {
	var s Settings
	meta, err := toml.Decode(text, &s)
	var at toml.ParseError
	switch {
	case errors.As(err, &at):
		return Settings{}, Fault{file, at.Position.Line, sentence(at.Message)}
	case err != nil:
		line, what := misfit(err.Error())
		return Settings{}, Fault{file, line, sentence(what)}
	}
	c := checker{file: file, text: text}
	for _, key := range meta.Undecoded() {
		c.unknown(key)
	}
	c.settings(s)
	if len(c.faults) > 0 {
		return Settings{}, errors.Join(c.faults...)
	}
	return s, nil
}

// Find gives the server that a word of the command line means: by its name, or by its address. An empty word means the
// first one.
func (s Settings) Find(word string) (Server, bool) {
	for _, server := range s.Servers {
		if word == "" || word == server.Name || word == server.Address {
			if server.User == "" {
				server.User = s.User
			}
			return server, true
		}
	}
	return Server{User: s.User}, false
}

func sentence(text string) string {
	text = strings.TrimRight(strings.TrimSpace(text), ".")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
