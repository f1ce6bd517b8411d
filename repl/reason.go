package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/repl/screen"
)

// explain prints why there is no connection, and what to do.
func (s *session) explain(ctx context.Context, err error) {
	if ctx.Err() != nil || errors.Is(err, io.EOF) || errors.Is(err, screen.ErrInterrupted) {
		return
	}
	s.ui.Print(reason(err, s.o.Addr))
}

// reason is an error of connecting or signing in, as sentences.
func reason(err error, addr string) string {
	var changed *changedKey
	var stranger *unknownKey
	var fail *client.Fail
	var refused *net.OpError
	switch {
	case errors.As(err, &changed):
		return fmt.Sprintf(changedWarning, changed.addr, changed.expected, changed.fingerprint, changed.file)
	case errors.As(err, &stranger):
		return fmt.Sprintf("! The server at %s is not known here. Its key is %s.\n! Run \"greenroom chat %s\" once and compare, or give --insecure-new-key.", stranger.addr, stranger.fingerprint, stranger.addr)
	case errors.Is(err, client.ErrAccountRequired):
		return "! The server is for people with an account: give --user, and the password in " + PasswordVariable + "."
	case errors.Is(err, client.ErrDenied):
		return "! Wrong password, or there is no such account."
	case errors.Is(err, client.ErrAccountExists):
		return "! That name is taken."
	case errors.As(err, &fail):
		return "! " + sentence(fail.Text)
	case errors.Is(err, client.ErrNotLoopback):
		return "! --plaintext is for this machine only: " + addr + " is another one."
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
