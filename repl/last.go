package repl

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lastFile holds who has signed in last to a server from this machine.
func lastFile(addr string) string {
	sum := sha256.Sum256([]byte(addr))
	return filepath.Join(stateDir(), fmt.Sprintf("last-%x", sum[:8]))
}

// lastAccount is who that was; empty: nobody yet.
func lastAccount(addr string) string {
	text, err := os.ReadFile(lastFile(addr))
	name := strings.TrimSpace(string(text))
	if err != nil || name == "" || !usable(name) {
		return ""
	}
	return name
}

// keepLast notes it. Without the note a name is asked for, so no error is worth a word.
func keepLast(addr, account string) {
	if account != "" && account != lastAccount(addr) {
		_ = replaceFile(lastFile(addr), account+"\n")
	}
}

// knownHere tells whether an account knows this device, so that who has signed in last need not even say the name.
func (s *session) knownHere(account string) bool {
	if s.o.Plaintext || account == "" {
		return false
	}
	cert, err := deviceOf(s.o.Addr, account).load()
	return err == nil && cert != nil
}
