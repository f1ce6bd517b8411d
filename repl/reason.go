package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/screen"
)

// explain prints why there is no connection, and what to do. It gives the exit code.
func (s *session) explain(ctx context.Context, err error) int {
	gaveUp := errors.Is(err, io.EOF) && !errors.Is(err, client.ErrClosed) || errors.Is(err, screen.ErrInterrupted)
	switch {
	case ctx.Err() != nil || gaveUp:
	case errors.Is(err, client.ErrAccountRequired) && s.login.Password == "":
		s.ui.Print("! The server is for people with an account: give the password in " + PasswordVariable + ", or say /device in a chat.")
	case unadmitted(err) && s.login.ServerPassword != "":
		s.ui.Print("! The server's own password is another one than that in " + ServerPasswordVariable + ".")
	default:
		s.ui.Print(reason(err, s.o.Addr))
	}
	if errors.Is(err, errNoUser) {
		return exitUsage
	}
	return exitRefused
}

// denied is why a login was refused: the server's words, unless they only say that something was wrong.
func denied(err error, usual string) string {
	var fail *client.Fail
	if !errors.As(err, &fail) {
		return usual
	}
	text := strings.ToLower(fail.Text)
	if text == "" || strings.HasPrefix(text, "wrong ") || strings.HasPrefix(text, "sasl authentication failed") {
		return usual
	}
	return sentence(fail.Text)
}

// passing tells whether a login was refused only for now.
func passing(err error) bool {
	var fail *client.Fail
	return errors.As(err, &fail) && strings.Contains(strings.ToLower(fail.Text), "again")
}

// unadmitted tells whether the server's own password is lacking, or another one. REGISTER has no code for that.
func unadmitted(err error) bool {
	var fail *client.Fail
	return errors.Is(err, client.ErrServerPassword) ||
		errors.As(err, &fail) && fail.Command == "REGISTER" && fail.Code == "DISALLOWED" && strings.Contains(fail.Text, "PASS ")
}

// reason is an error of connecting or signing in, as sentences.
func reason(err error, addr string) string {
	var changed *changedKey
	var stranger *unknownKey
	var pin *wrongPin
	var fail *client.Fail
	var refused *net.OpError
	var closed *client.Closed
	switch {
	case errors.As(err, &changed):
		return fmt.Sprintf(changedWarning, changed.addr, changed.expected, changed.fingerprint, changed.file)
	case errors.As(err, &pin):
		return fmt.Sprintf(pinWarning, pin.addr, pin.pin, pin.fingerprint)
	case errors.As(err, &stranger):
		return fmt.Sprintf("! The server at %s is not known here. Its key is %s.\n! Run \"greenroom chat %s\" once and compare, or give --pin with the right one.", stranger.addr, stranger.fingerprint, stranger.addr)
	case errors.Is(err, client.ErrDenied):
		return "! " + denied(err, "Wrong password, or there is no such account.")
	case unadmitted(err):
		return "! The server has a password of its own: give it in " + ServerPasswordVariable + "."
	case errors.Is(err, client.ErrAccountExists):
		return "! That name is taken."
	case errors.As(err, &fail):
		return "! " + sentence(fail.Text)
	case errors.Is(err, client.ErrNotLoopback):
		return "! --plaintext is for this machine only: " + addr + " is another one."
	case errors.Is(err, client.ErrSpeaksTLS):
		return "! " + addr + " speaks TLS: leave --plaintext away."
	case errors.Is(err, client.ErrNoTLS):
		return "! There is no TLS at " + addr + ". --plaintext speaks without it, to this machine only."
	case errors.Is(err, client.ErrUnsupported) && strings.Contains(err.Error(), irc.CapRegistration):
		return "! Nobody can make an account at " + addr + "; ask the administrator for one."
	case errors.As(err, &closed) && closed.Text != "":
		return "! " + addr + " has hung up: " + sentence(closed.Text)
	case errors.As(err, &closed):
		return "! " + addr + " has hung up without a reason."
	case errors.As(err, &refused) && refused.Op == "dial":
		return fmt.Sprintf("! Nobody answers at %s (%s). \"greenroom serve\" starts a server.", addr, clean(refused.Err.Error()))
	case errors.Is(err, context.DeadlineExceeded):
		return "! " + addr + " has not answered in time."
	}
	return "! " + sentence(err.Error())
}

const changedWarning = `! THE KEY OF %s HAS CHANGED.
! Somebody may be in the middle and read what you type, your password first. Or the server was set up anew.
!   expected %s
!   received %s
! Nothing was sent. Ask whoever runs the server. If the new key is right, give --insecure-new-key once,
! or remove the server's line from %s.`

const pinWarning = `! THE KEY OF %s IS NOT THE ONE THAT IS PINNED.
! Somebody may be in the middle and read what you type, your password first. Or the server was set up anew.
!   pinned   %s
!   received %s
! Nothing was sent. Ask whoever runs the server.`
