package client

import (
	"errors"
	"fmt"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// What can go wrong, for errors.Is.
var (
	// ErrClosed: the connection has ended. Whether a request that was under
	// way took effect is not known.
	ErrClosed = errors.New("connection closed")
	// ErrNickInUse: somebody else has the nick.
	ErrNickInUse = errors.New("nick in use")
	// ErrDenied: account or password are wrong, or suspended.
	ErrDenied = errors.New("login denied")
	// ErrServerPassword: the server has a password of its own, and was not
	// given it.
	ErrServerPassword = errors.New("server password required")
	// ErrAccountExists: the account to be registered is taken.
	ErrAccountExists = errors.New("account exists")
	// ErrAccountRequired: this server is for people with an account.
	ErrAccountRequired = errors.New("account required")
	// ErrUnknown: the server cannot tell whether the message was stored. It
	// may be sent again with the same client id.
	ErrUnknown = errors.New("outcome unknown")
	// ErrNotLoopback: plaintext was asked for to another machine.
	ErrNotLoopback = errors.New("plaintext is for loopback addresses only")
	// ErrSpeaksTLS: plaintext was spoken to a port that expects TLS.
	ErrSpeaksTLS = errors.New("the port expects TLS")
	// ErrNoTLS: TLS was spoken to a port that does not.
	ErrNoTLS = errors.New("the port does not speak TLS")
	// ErrUnsupported: the server lacks a capability that the call lives on.
	ErrUnsupported = errors.New("not supported by the server")
	// ErrNoEcho: the server took the message but did not say that it is
	// stored.
	ErrNoEcho = errors.New("no echo came back")
)

var (
	errClosedHere = errors.New("closed here")
	errSilent     = errors.New("the server is silent")
	errGreeting   = errors.New("the greeting has no end")
	errReply      = errors.New("an answer has no end")
)

// Closed tells how a connection ended. It is ErrClosed.
type Closed struct {
	Text  string // of the server's ERROR; empty: it said nothing
	Cause error
}

// Error prints the server's word if there is one.
func (e *Closed) Error() string {
	if e.Text != "" {
		return "connection closed: " + e.Text
	}
	return fmt.Sprintf("connection closed: %v", e.Cause)
}

// Is makes it ErrClosed.
func (e *Closed) Is(target error) bool { return target == ErrClosed }

// Unwrap is the cause.
func (e *Closed) Unwrap() error { return e.Cause }

// Fail is a refusal by the server: a FAIL, or a numeric that refuses.
type Fail struct {
	Command string   // what was refused; empty if not known
	Code    string   // "ACCOUNT_EXISTS" or "433"
	Context []string // what the code is about
	Text    string   // for people
}

// Error prints text and code; the text was written by the server.
func (e *Fail) Error() string {
	words := strings.Join(append([]string{e.Command, e.Code}, e.Context...), " ")
	return fmt.Sprintf("%s (%s)", e.Text, strings.TrimSpace(words))
}

// Is maps codes to the errors of this package.
func (e *Fail) Is(target error) bool {
	switch e.Code {
	case string(irc.ErrNicknameInUse), string(irc.ErrNickCollision):
		return target == ErrNickInUse
	case string(irc.ErrSaslFail), string(irc.ErrNickLocked), "INVALID_CREDENTIALS", "ACCOUNT_SUSPENDED":
		return target == ErrDenied
	case string(irc.ErrPasswdMismatch):
		return target == ErrServerPassword
	case "ACCOUNT_EXISTS", "USERNAME_EXISTS":
		return target == ErrAccountExists
	case "ACCOUNT_REQUIRED":
		return target == ErrAccountRequired
	case "UNKNOWN":
		return target == ErrUnknown
	}
	return false
}

// failOf reads a refusal; nil when the message is none.
func failOf(m irc.Message, command string) *Fail {
	n := len(m.Params)
	switch {
	case m.Command == "FAIL" && n >= 3:
		return &Fail{Command: m.Params[0], Code: m.Params[1], Context: m.Params[2 : n-1], Text: m.Last()}
	case irc.IsError(m.Command):
		f := &Fail{Command: command, Code: m.Command, Text: m.Last()}
		if n > 2 {
			f.Context = m.Params[1 : n-1]
		}
		return f
	}
	return nil
}
