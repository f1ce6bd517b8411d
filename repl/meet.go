package repl

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// meet makes the server's key known before a password is asked for, let alone sent.
func (s *session) meet(ctx context.Context, ask bool) error {
	if s.o.Plaintext {
		return nil
	}
	seen := errors.New("seen")
	var found error
	probe := s.login
	probe.VerifyKey = func(addr, fingerprint string) error {
		found = s.verifyKey(addr, fingerprint)
		return seen // and so nothing is said to the server yet
	}
	dialCtx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	if conn, err := s.o.dial(dialCtx, probe); err == nil {
		return conn.Close()
	} else if !errors.Is(err, seen) {
		return err
	}
	var stranger *unknownKey
	if !errors.As(found, &stranger) || !ask {
		return found
	}
	return s.introduce(stranger)
}

// introduce asks whether a key is the right one, in the manner of ssh.
func (s *session) introduce(k *unknownKey) error {
	s.ui.Print(fmt.Sprintf("The server at %s is not known here. The fingerprint of its key is\n  %s\nThe server has printed it at its first start: compare.", k.addr, k.fingerprint))
	for {
		answer, err := s.ui.Ask("Is it the right one? [yes/no] ")
		if err != nil {
			return errStranger
		}
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "yes", "y", strings.ToLower(k.fingerprint):
			return s.known.keep(k.addr, k.fingerprint)
		case "no", "n":
			return errStranger
		}
		s.ui.Print("Type yes or no, or the fingerprint itself.")
	}
}

// verifyKey is called during the handshake, and also when connecting again.
func (s *session) verifyKey(addr, fingerprint string) error {
	err := s.known.verify(addr, fingerprint)
	if s.o.Pin != "" {
		return s.pinned(addr, fingerprint, err)
	}
	var stranger *unknownKey
	var changed *changedKey
	if s.o.InsecureNewKey && (errors.As(err, &stranger) || errors.As(err, &changed)) {
		return s.known.keep(addr, fingerprint)
	}
	return err
}

// pinned: the pin decides alone, and what it says is put on file, as if a question had been answered with it.
func (s *session) pinned(addr, fingerprint string, onFile error) error {
	switch {
	case fingerprint != s.o.Pin:
		return &wrongPin{addr, fingerprint, s.o.Pin}
	case onFile == nil:
		return nil
	}
	return s.known.keep(addr, fingerprint)
}
