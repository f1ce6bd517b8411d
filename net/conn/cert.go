package conn

import (
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// cert is CERT ADD [fingerprint], CERT DEL fingerprint and CERT LIST: the
// client certificates that the account is known by, with SASL EXTERNAL. No
// specification has a command for it; these are the words that services use.
func (c *conn) cert(ctx actor.Context, x *exchange, m irc.Message) {
	sub, print := strings.ToUpper(m.Param(0)), fingerprint(m.Param(1))
	given := len(m.Params) > 1
	if !given {
		print = c.certificate
	}
	switch {
	case c.profile.Guest():
		c.fail(x, "ACCOUNT_REQUIRED", textCertAccount)
	case sub == "LIST":
		c.certAsk(ctx, x, c.certList(x), func(t ask.Ticket) any { return account.WhichCertificates{Ticket: t, Key: c.profile.ID} })
	case sub != "ADD" && sub != "DEL" || sub == "DEL" && !given:
		c.fail(x, "INVALID_PARAMS", clip(m.Param(0)), textCertUsage)
	case given && print == "":
		c.fail(x, "INVALID_FINGERPRINT", clip(m.Param(1)), textCertFingerprint)
	case print == "":
		c.fail(x, "NO_CERTIFICATE", textCertNone)
	case sub == "ADD":
		c.certAsk(ctx, x, c.certNote(x, "CERTIFICATE_ADDED", print, textCertAdded),
			func(t ask.Ticket) any { return account.Bind{Ticket: t, Key: c.profile.ID, Fingerprint: print} })
	default:
		c.certAsk(ctx, x, c.certNote(x, "CERTIFICATE_REMOVED", print, textCertRemoved),
			func(t ask.Ticket) any { return account.Unbind{Ticket: t, Key: c.profile.ID, Fingerprint: print} })
	}
}

func (c *conn) certAsk(ctx actor.Context, x *exchange, then func(actor.Context, any), command func(ask.Ticket) any) {
	ctx.Send(c.cfg.Account, command(c.ask(x, nil, then)))
}

func (c *conn) certNote(x *exchange, code, print, text string) func(actor.Context, any) {
	return func(actor.Context, any) { c.reply(x, irc.New("NOTE", "CERT", code, print, text)) }
}

func (c *conn) certList(x *exchange) func(actor.Context, any) {
	return func(_ actor.Context, answer any) {
		m, _ := answer.(account.Certificates)
		if len(m.List) == 0 {
			c.reply(x, irc.New("NOTE", "CERT", "NO_CERTIFICATES", textCertNone))
		}
		for i, print := range m.List {
			text := "Certificate " + strconv.Itoa(i+1) + " of " + strconv.Itoa(len(m.List))
			if print == c.certificate {
				text += ", which this connection has shown"
			}
			c.reply(x, irc.New("NOTE", "CERT", "CERTIFICATE", print, text))
		}
	}
}

// fingerprint reads a SHA-256 as people copy it, with colons or without; it is
// empty for anything else.
func fingerprint(text string) string {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(raw) != 32 {
		return ""
	}
	return hex.EncodeToString(raw)
}
