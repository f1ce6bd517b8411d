package conn_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// reload changes the configuration under everybody's feet.
func (w *world) reload(change func(*conn.Config)) {
	change(&w.cfg)
	for _, c := range w.clients {
		cfg := w.cfg
		w.sys.Root.Send(c.pid, conn.Renewed{Config: &cfg})
	}
}

// want fails the test unless the client was shown just that, since it was last looked.
func (c *client) want(lines ...string) {
	c.w.t.Helper()
	if got := c.take(); !slices.Equal(got, lines) {
		c.w.t.Errorf("%s was shown %q, want %q", c.name, got, lines)
	}
}

// TestWhatIsOfferedAnewIsToldToWhoWantsToKnow: "servers MUST notify the client about
// all new capabilities and about existing capabilities that are no longer available"
// (ircv3 capability-negotiation: cap-notify), with values for 302 only.
func TestWhatIsOfferedAnewIsToldToWhoWantsToKnow(t *testing.T) {
	within(t, guests, func(w *world) {
		deaf := w.person("deaf", "echo-message")
		old := w.person("old", "cap-notify")
		modern := w.person("modern", "echo-message")
		modern.send("CAP LS 302")
		early := w.dial("early")
		early.send("CAP LS 302")
		w.reload(func(cfg *conn.Config) { cfg.Redaction, cfg.Scram, cfg.Register.CustomName = false, true, false })
		deaf.want()
		old.want(":irc.test CAP old DEL draft/message-redaction")
		modern.want(":irc.test CAP modern DEL draft/message-redaction", ":irc.test CAP modern NEW :draft/account-registration=before-connect sasl=PLAIN,SCRAM-SHA-256")
		early.want(":irc.test CAP * DEL draft/message-redaction", ":irc.test CAP * NEW :draft/account-registration=before-connect sasl=PLAIN,SCRAM-SHA-256")
		w.reload(func(cfg *conn.Config) { cfg.Redaction, cfg.Register.Open = true, false })
		old.want(":irc.test CAP old DEL draft/account-registration", ":irc.test CAP old NEW draft/message-redaction")
		modern.want(":irc.test CAP modern DEL draft/account-registration", ":irc.test CAP modern NEW draft/message-redaction")
		w.reload(func(*conn.Config) {})
		old.want()
		modern.want()
		early.take()
		wants(t, early.send("CAP REQ draft/account-registration"), " NAK ")
		wants(t, early.send("CAP REQ draft/message-redaction"), " ACK ")
	})
}

// TestWhatIsNotOfferedAnyMoreIsCancelled: "Servers MUST cancel any capability-specific
// behavior for a client after sending the CAP DEL message".
func TestWhatIsNotOfferedAnyMoreIsCancelled(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("cap-notify message-tags draft/message-redaction")
		ann.send("PRIVMSG #green :one", "PRIVMSG #green :two")
		got := bob.take()
		one, two := msgidOf(t, got, "one"), msgidOf(t, got, "two")
		carl := w.person("carl", "message-tags")
		carl.send("JOIN #green")
		w.reload(func(cfg *conn.Config) { cfg.Redaction = false })
		ann.take()
		wants(t, bob.take(), "CAP bob DEL draft/message-redaction")
		wants(t, bob.send("CAP LIST"), "CAP bob LIST :cap-notify message-tags")
		wants(t, ann.send("REDACT #green "+one), " 421 ann REDACT ")
		w.reload(func(cfg *conn.Config) { cfg.Redaction = true })
		wants(t, ann.send("CAP REQ draft/message-redaction"), " ACK ")
		bob.take()
		ann.send("REDACT #green " + two)
		bob.want() // who has not asked for it again
		wants(t, bob.send("CAP REQ draft/message-redaction"), " ACK ")
		ann.send("REDACT #green " + one)
		wants(t, bob.take(), "REDACT #green "+one)
	})
}

// TestAPolicyOfTLSIsToldAndTakenBack: by CAP NEW, and by a duration of 0 (ircv3 sts);
// "Servers MUST NOT send CAP DEL to disable this capability".
func TestAPolicyOfTLSIsToldAndTakenBack(t *testing.T) {
	within(t, guests, func(w *world) {
		plain := w.person("plain", "echo-message")
		plain.send("CAP LS 302")
		old := w.person("old", "cap-notify")
		secure := w.dialTLS("secure", trusting())
		secure.send("CAP LS 302")
		w.reload(func(cfg *conn.Config) { cfg.STS = conn.STS{Port: 6697, Duration: time.Hour} })
		plain.want(":irc.test CAP plain NEW sts=port=6697")
		secure.want(":irc.test CAP * NEW sts=duration=3600")
		w.reload(func(cfg *conn.Config) { cfg.STS.Port = 7000 })
		plain.want(":irc.test CAP plain NEW sts=port=7000")
		w.reload(func(cfg *conn.Config) { cfg.STS.Port = 0 })
		plain.want()
		old.want()
		secure.want(":irc.test CAP * NEW sts=duration=0")
	})
}

// TestLimitsStayAsTheyWereTold though the configuration has others now.
func TestLimitsStayAsTheyWereTold(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "cap-notify")
		w.reload(func(cfg *conn.Config) { cfg.Limits.Away, cfg.MOTD = 3, []string{"anew"} })
		ann.want()
		ann.send("AWAY :for long")
		wants(t, ann.send("WHOIS ann"), " 301 ann ann :for long")
		wants(t, ann.send("MOTD"), "anew")
		bob := w.person("bob", "")
		lacks(t, bob.send("AWAY :for long"), " 306 ")
	})
}

// TestRegistrationIsOpenedForAMoment: by what SIGHUP loads, for the connection as for
// the accounts.
func TestRegistrationIsOpenedForAMoment(t *testing.T) {
	closed := func(cfg *conn.Config) { guests(cfg); cfg.Register.Open = false }
	within(t, closed, func(w *world) {
		w.sys.Root.Send(w.cfg.Account, account.Renew{Closed: true})
		ann := w.person("ann", "")
		ann.send("CAP LS 302")
		if got := ann.send("REGISTER * * " + password("ann")); len(got) != 1 || strings.Contains(got[0], "SUCCESS") {
			t.Errorf("while it is closed: %q", got)
		}
		w.sys.Root.Send(w.cfg.Account, account.Renew{})
		w.reload(func(cfg *conn.Config) { cfg.Register.Open = true })
		ann.want(":irc.test CAP ann NEW draft/account-registration=before-connect,custom-account-name")
		wants(t, ann.send("REGISTER * * "+password("ann")), "REGISTER SUCCESS ann")
	})
}
