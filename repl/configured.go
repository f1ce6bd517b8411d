package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/greenroom-chat/greenroom/repl/settings"
)

// settingsFile is where a user writes down what need not be said at every start.
func settingsFile() string { return filepath.Join(configDir(), "chat.toml") }

// configured puts what the settings say where the command line says nothing. Rooms are those of the server, if there
// is to be a chat in them.
func (o Options) configured(rooms bool) (Options, error) {
	if o.Pin != "" && !settings.Fingerprint(o.Pin) {
		return o, fmt.Errorf("--pin %q is no fingerprint as the server prints it: SHA256: and 43 letters, digits, + or /", clean(o.Pin))
	}
	written, err := settings.Load(settingsFile())
	if err != nil {
		return o, err
	}
	o.settings = written
	server, known := written.Find(o.Addr)
	if known {
		o.Addr = server.Address
	}
	if o.User == "" {
		o.User = server.User
	}
	if o.Pin == "" {
		o.Pin = server.Pin
	}
	if rooms && len(o.Rooms) == 0 {
		o.Rooms = server.Rooms
	}
	o.Rooms = roomNames(o.Rooms)
	o.HideTyping = o.HideTyping || written.Typing != nil && !*written.Typing
	o.Plaintext = o.Plaintext || server.Plaintext
	return o.withDefaults(), nil
}

// roomNames begin with a #, which a shell takes for a comment.
func roomNames(given []string) []string {
	names := slices.Clone(given)
	for i, name := range names {
		if !isRoom(name) {
			names[i] = "#" + name
		}
	}
	return names
}

// look is how things are to be shown on a terminal that can do as much.
func (o Options) look(capable bool) settings.Look {
	return o.settings.Look(capable, os.Getenv("NO_COLOR") != "")
}

// misused tells why the settings, or a flag, cannot be used.
func misused(o Options, err error) int {
	fmt.Fprintln(o.withDefaults().Err, err)
	return exitUsage
}
