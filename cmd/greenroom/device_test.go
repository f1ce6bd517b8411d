package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestADeviceIsKnownWithoutAPassword: from a weak first choice of a password to
// a start without one, and back.
func TestADeviceIsKnownWithoutAPassword(t *testing.T) {
	s := serve(t, t.TempDir(), "--listen", "127.0.0.1:0")
	home := t.TempDir()
	chat := func() *terminal {
		return openTerminal(t, 100, 24, []string{"HOME=" + home}, program(t), "chat", s.Addr, "--user", "ann", "--room", "#lobby")
	}
	ann := chat()
	ann.see("SHA256:")
	ann.typeLine("yes")
	ann.see("Password of ann")
	ann.typeLine("")
	ann.see("A password for")
	ann.typeLine("annann2026")
	ann.see("! That is weak: ", "just Enter for another one:")
	ann.typeLine("")
	ann.typeLine(password)
	ann.see("That is a strong one.", "The same again:")
	ann.typeLine(password)
	ann.see("The account ann is made.", "#lobby>")
	ann.typeLine("/device")
	ann.see("needs no password for ann")
	ann.typeLine("/quit")
	ann.end()

	keys, err := filepath.Glob(filepath.Join(home, ".local/share/greenroom/*"))
	if err != nil || len(keys) != 1 {
		t.Fatalf("the keys are %q, %v", keys, err)
	}
	if info, err := os.Stat(keys[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info.Mode(), err)
	}

	const next = "seven quiet otters: plum"
	ann = chat()
	ann.see("#lobby>") // no question
	ann.typeLine("/passwd")
	ann.see("Present password of ann:")
	ann.typeLine(password)
	ann.see("New password:")
	ann.typeLine(next)
	ann.see("The same again:")
	ann.typeLine(next)
	ann.see("The password is changed.")
	ann.typeLine("/device forget")
	ann.see("needs a password again.")
	ann.typeLine("/quit")
	ann.end()

	ann = chat()
	ann.see("Password of ann")
	ann.typeLine(next)
	ann.see("#lobby>")
	ann.typeLine("/quit")
	ann.end()
}
