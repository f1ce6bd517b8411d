//go:build !linux

package bench

import (
	"context"
	"errors"
	"io"
	"os"
)

// ErrLinuxOnly is what everything that puts load on a server returns elsewhere.
var ErrLinuxOnly = errors.New("greenroom bench needs Linux: it reads through epoll, and the server's CPU time from the system; run it there, also against a server elsewhere")

// Run needs Linux.
func Run(context.Context, Options) (Report, error) { return Report{}, ErrLinuxOnly }

// Relay needs Linux.
func Relay(RelayMode, *os.File, io.Writer) error { return ErrLinuxOnly }

// ReadUsage needs Linux.
func ReadUsage(int) (Usage, error) { return Usage{}, ErrLinuxOnly }

// Child is a server that the bench has started.
type Child struct {
	Addr, TLSAddr string
	PID           int
	InMemory      bool
}

// Setup says what a server that the bench starts is like.
type Setup struct {
	Dir            string
	Connections    int
	Accounts, Kill bool
}

// Again needs Linux.
func (*Child) Again(context.Context) (int, error) { return 0, ErrLinuxOnly }

// StartServer needs Linux.
func StartServer(context.Context, Setup) (*Child, error) { return nil, ErrLinuxOnly }

// Stop does nothing.
func (*Child) Stop() error { return nil }
