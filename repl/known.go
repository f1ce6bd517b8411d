package repl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
)

// unknownKey is returned where a server's key is not on file.
type unknownKey struct{ addr, fingerprint string }

func (e *unknownKey) Error() string {
	return fmt.Sprintf("the key of %s is not known here: %s", e.addr, e.fingerprint)
}

// changedKey is returned where a server shows another key than the one on file.
type changedKey struct{ addr, fingerprint, expected, file string }

func (e *changedKey) Error() string {
	return fmt.Sprintf("the key of %s has changed: %s, expected %s", e.addr, e.fingerprint, e.expected)
}

// wrongPin is returned where a server shows another key than the one that the user has named.
type wrongPin struct{ addr, fingerprint, pin string }

func (e *wrongPin) Error() string {
	return fmt.Sprintf("the key of %s is %s, and not the pinned %s", e.addr, e.fingerprint, e.pin)
}

// knownServers is the file of addresses and key fingerprints, a pair a line, in the manner of ssh's known_hosts.
type knownServers struct{ file string }

// verify compares a fingerprint with the one on file: nil, *unknownKey, *changedKey, or an error of reading.
func (k knownServers) verify(addr, fingerprint string) error {
	entries, err := k.read()
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e[0] != addr {
			continue
		}
		if e[1] == fingerprint {
			return nil
		}
		return &changedKey{addr, fingerprint, e[1], k.file}
	}
	return &unknownKey{addr, fingerprint}
}

// keep puts a key on file, in the place of another one for the address.
func (k knownServers) keep(addr, fingerprint string) error {
	text, err := os.ReadFile(k.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read known servers: %w", err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) == 0 || words[0] != addr {
			out.WriteString(strings.TrimRight(line, "\n") + "\n")
		}
	}
	out.WriteString(addr + " " + fingerprint + "\n")
	return replaceFile(k.file, out.String())
}

func (k knownServers) read() (entries [][2]string, err error) {
	text, err := os.ReadFile(k.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read known servers: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) >= 2 && !strings.HasPrefix(words[0], "#") {
			entries = append(entries, [2]string{words[0], words[1]})
		}
	}
	return entries, nil
}

// replaceFile writes a file of the user's own as a whole or not at all, for nobody else to read.
func replaceFile(name, text string) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(name)+".*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// configDir, dataDir and stateDir are where the XDG base directory specification has them.
func configDir() string { return xdgDir("XDG_CONFIG_HOME", ".config") }

func dataDir() string { return xdgDir("XDG_DATA_HOME", ".local/share") }

func stateDir() string { return xdgDir("XDG_STATE_HOME", ".local/state") }

// xdgDir is never in a place that belongs to all, such as /tmp: who else may write there could put another server's key
// in. Without a home, then, nothing can be kept, and that is told.
func xdgDir(variable, fallback string) string {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "greenroom")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = homeless
	}
	if me, lookErr := user.Current(); err != nil && lookErr == nil && me.HomeDir != "" {
		home = me.HomeDir
	}
	return filepath.Join(home, filepath.FromSlash(fallback), "greenroom")
}

const homeless = "/nonexistent" // as Debian calls it
