package conn

import (
	"errors"
	"fmt"
	"time"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// renderSasl: whoever is refused is told the same, whether or not there is
// such an account.
func renderSasl(err error) refusal {
	r := refusal{numeric: irc.ErrSaslFail, text: textSaslFailed}
	var wait *account.Throttled
	switch {
	case errors.As(err, &wait):
		r.text = tooManyTries(wait)
	case errors.Is(err, registry.ErrNotMergeable):
		return refusal{numeric: irc.ErrSaslAlready, text: textCannotSwitch}
	case errors.Is(err, account.ErrNoCertificate):
		r.text = textCertNone
	case errors.Is(err, account.ErrDenied):
		r.text = "Wrong account name or password"
	case errors.Is(err, account.ErrSuspended):
		r.text = "The account is suspended; ask the administrator"
	case errors.Is(err, account.ErrLongPassword):
		r.text = longPassword()
	case errors.Is(err, ask.ErrUnknown):
		r.text = "Nobody can tell whether that was right; try again"
	default:
		if known, ok := renderServer(err); ok {
			r.text = known.text
		} else if known, ok := renderNames(err); ok {
			r.text = known.text
		}
	}
	return r
}

// renderRegister has the codes of ircv3 account-registration.
func renderRegister(err error) refusal {
	var weak *account.Weak
	var wait *account.Throttled
	switch {
	case errors.Is(err, account.ErrExists), errors.Is(err, records.ErrExists):
		return refusal{code: "ACCOUNT_EXISTS", text: "The name is taken; log in if it is yours, else choose another"}
	case errors.Is(err, account.ErrHeld): // no account is there: not ACCOUNT_EXISTS
		return refusal{code: "USERNAME_EXISTS", text: "Somebody goes by that name; choose another"}
	case errors.Is(err, account.ErrBadName):
		return refusal{code: "BAD_ACCOUNT_NAME", text: "Not a possible account name: " + nameFault(err)}
	case errors.As(err, &weak):
		return refusal{code: "WEAK_PASSWORD", text: "The password is too weak: " + weak.Reason + "; " + weak.Advice}
	case errors.Is(err, account.ErrLongPassword):
		return refusal{code: "UNACCEPTABLE_PASSWORD", text: longPassword()}
	case errors.Is(err, account.ErrClosed):
		return refusal{code: "DISALLOWED", text: textRegistrationClosed}
	case errors.As(err, &wait):
		return refusal{code: "TEMPORARILY_UNAVAILABLE", text: tooManyTries(wait)}
	case errors.Is(err, ask.ErrUnknown):
		return refusal{code: "TEMPORARILY_UNAVAILABLE", text: "Nobody can tell whether the account was made; try to log in"}
	}
	if r, ok := renderServer(err); ok {
		return refusal{code: "TEMPORARILY_UNAVAILABLE", text: r.text}
	}
	if r, ok := renderNames(err); ok { // the account is there; its session is another matter
		return refusal{code: "RECONNECT", text: r.text}
	}
	return refusal{code: "INTERNAL_ERROR", text: textInternal}
}

// metaRefused has the codes of ircv3 metadata, each with its own parameters.
func (c *conn) metaRefused(x *exchange, err error, target, key string) {
	switch {
	case errors.Is(err, registry.ErrNoNick), errors.Is(err, registry.ErrNoRoom), errors.Is(err, registry.ErrBadRoomName),
		errors.Is(err, room.ErrNotPresent):
		c.fail(x, "INVALID_TARGET", clip(orStar(target)), "There is nobody and no room of that name that you may ask about")
	case errors.Is(err, room.ErrNotOperator):
		c.fail(x, "KEY_NO_PERMISSION", clip(target), clip(key), "You may not do that with metadata of others")
	case errors.Is(err, room.ErrNoNote):
		c.fail(x, "KEY_NOT_SET", clip(target), clip(key), textKeyNotSet)
	case errors.Is(err, account.ErrTooManyNotes), errors.Is(err, room.ErrTooManyNotes):
		c.fail(x, "LIMIT_REACHED", clip(target), "There are as many keys as there may be; take one away first")
	default:
		r, ok := renderServer(err)
		if !ok {
			r = refusal{code: "INTERNAL_ERROR", text: textInternal}
		}
		c.fail(x, r.code, clip(target), r.text)
	}
}

// renderCert: there is no specification to have codes.
func renderCert(err error) refusal {
	switch {
	case errors.Is(err, account.ErrNoCertificate):
		return refusal{code: "UNKNOWN_CERTIFICATE", text: "The account is not known by that certificate"}
	case errors.Is(err, account.ErrCertificateTaken):
		return refusal{code: "CERTIFICATE_TAKEN", text: "Another account is known by that certificate"}
	case errors.Is(err, account.ErrTooManyCertificates):
		return refusal{code: "TOO_MANY_CERTIFICATES", text: "The account has as many certificates as it may; take one away first"}
	}
	if r, ok := renderServer(err); ok {
		return r
	}
	return refusal{code: "INTERNAL_ERROR", text: textInternal}
}

// renderPasswd has the codes of REGISTER, where they fit.
func renderPasswd(err error) refusal {
	switch {
	case errors.Is(err, account.ErrDenied):
		return refusal{code: "INVALID_CREDENTIALS", text: "The present password is another one"}
	case errors.Is(err, account.ErrSuspended):
		return refusal{code: "ACCOUNT_SUSPENDED", text: "The account is suspended; ask the administrator"}
	case errors.Is(err, ask.ErrUnknown):
		return refusal{code: "TEMPORARILY_UNAVAILABLE", text: "Nobody can tell which password holds; try to log in"}
	}
	return renderRegister(err)
}

func tooManyTries(wait *account.Throttled) string {
	return fmt.Sprintf("Too many failed logins; try again in %v", wait.After.Round(time.Second))
}

func longPassword() string {
	return fmt.Sprintf("The password is longer than %d bytes", account.MaxPassword)
}
