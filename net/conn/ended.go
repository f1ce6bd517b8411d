package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
)

// NoHandshake is published on the event stream when a TLS handshake has failed.
// Reason is one of a few words.
type NoHandshake struct{ Remote, Reason string }

// Cause sorts the reasons of an end into a few words: the reason itself may
// quote the client.
func (e Ended) Cause() string {
	switch e.Reason {
	case textTooSlow, textStalled:
		return "slow"
	case textCrowded:
		return "crowded"
	case textPingTimeout:
		return "ping-timeout"
	case textRegistrationTimeout:
		return "registration-timeout"
	case textNoHandshake:
		return "no-handshake"
	case textForeign:
		return "another-protocol"
	case textEndlessLine:
		return "endless-line"
	case textHungUp, textReadFailed, textWriteFailed:
		return "gone"
	case textUserGone, textStopped, textTryLater:
		return "failure"
	}
	if strings.HasPrefix(e.Reason, "Quit") {
		return "quit"
	}
	return "told-to"
}

// writeFault tells a client that does not read from one that is gone.
func writeFault(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return textStalled
	}
	return textWriteFailed
}

// noHandshake ends a connection that did not come to speak.
func (c *conn) noHandshake(cause error) {
	c.tell.ActorSystem().EventStream.Publish(NoHandshake{c.remote, handshakeFault(cause)})
	c.cut(textNoHandshake)
}

// handshakeFault sorts the errors of a handshake; crypto/tls has types for
// few of them.
func handshakeFault(err error) string {
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var told interface{ HandshakeFault() string }
	text := err.Error()
	switch {
	case errors.As(err, &told):
		return told.HandshakeFault()
	case errors.As(err, &record):
		return "not-tls"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "hung-up"
	case strings.Contains(text, "unsupported versions"):
		return "version"
	case strings.Contains(text, "no key exchanges supported"):
		return "key-exchange"
	case strings.Contains(text, "client shows too many certificates"):
		return "certificate"
	case strings.Contains(text, "no supported") || strings.Contains(text, "supported by both") || strings.Contains(text, "key share"):
		return "nothing-in-common"
	case errors.As(err, &alert), strings.Contains(text, "remote error"):
		return "refused-by-client"
	}
	return "other"
}
