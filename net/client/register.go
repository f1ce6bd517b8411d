package client

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	saslChunk    = 400 // ircv3 sasl-3.1
	capLine      = 400 // bytes of names in one CAP REQ
	mostGreeting = 4096
)

// register goes from an open connection to the end of the greeting, which it
// returns for Events. It runs before the reading goroutine does.
func (c *Client) register() (greeting []irc.Message, err error) {
	s := &signIn{c: c}
	if c.opts.ServerPassword != "" {
		s.send("PASS", string(c.opts.ServerPassword))
	}
	s.capabilities()
	early := false
	switch {
	case c.opts.Password == "" && c.opts.Certificate != nil:
		s.external()
	case c.opts.Password == "":
	case c.opts.Register && !c.Has(irc.CapRegistration):
		s.err = fmt.Errorf("%w: %s", ErrUnsupported, irc.CapRegistration)
	case c.opts.Register:
		early = strings.Contains(c.caps[irc.CapRegistration], "before-connect")
		s.names() // ircv3 account-registration: NEED_NICK
		if early {
			s.makeAccount()
		}
	default:
		s.plain()
	}
	s.names()
	s.send("CAP", "END")
	s.welcome()
	if c.opts.Register && !early {
		s.makeAccount()
	}
	return s.greeting, s.err
}

// signIn is the talk before the greeting; after its first error it does nothing.
type signIn struct {
	c        *Client
	err      error
	named    bool
	welcomed bool
	greeting []irc.Message
}

func (s *signIn) send(command string, params ...string) {
	if s.err == nil {
		s.err = s.c.enqueue(irc.Append(nil, irc.New(command, params...)))
	}
}

// await reads until wanted says that a message is the last one of its kind. A
// refusal ends the talk.
func (s *signIn) await(during string, wanted func(irc.Message) bool) {
	for s.err == nil {
		var m irc.Message
		m, s.err = s.c.next()
		if s.err != nil {
			return
		}
		if fail := s.refusal(m, during); fail != nil {
			s.err = fail
			return
		}
		s.keep(m)
		if wanted(m) {
			return
		}
	}
}

// refusal is why the talk is over, or nil. Once welcomed one stays: that a
// remembered room cannot be joined again is merely news.
func (s *signIn) refusal(m irc.Message, during string) *Fail {
	fail := failOf(m, during)
	if fail == nil || s.welcomed && (during == "" || fail.Command != during) {
		return nil
	}
	return fail
}

// keep holds for Events what is for the user.
func (s *signIn) keep(m irc.Message) {
	s.welcomed = s.welcomed || m.Command == string(irc.RplWelcome)
	switch {
	case !s.welcomed && m.Command != "NOTICE":
	case len(s.greeting) == mostGreeting:
		s.err = errGreeting
	default:
		s.greeting = append(s.greeting, m)
	}
}

// capabilities asks for those of ours that the server has.
func (s *signIn) capabilities() {
	offered := map[string]string{}
	s.send("CAP", "LS", "302")
	s.await("CAP", func(m irc.Message) bool {
		if m.Command != "CAP" || m.Param(1) != "LS" {
			return false
		}
		for _, word := range strings.Fields(m.Last()) {
			name, value, _ := strings.Cut(word, "=")
			offered[name] = value
		}
		return m.Param(2) != "*"
	})
	var want []string
	for _, name := range slices.Concat(ownCaps, s.c.opts.Caps) {
		if _, ok := offered[name]; ok && !slices.Contains(want, name) {
			want = append(want, name)
		}
	}
	for _, line := range irc.SplitText(strings.Join(want, " "), capLine) {
		s.send("CAP", "REQ", line)
		s.await("CAP", func(m irc.Message) bool {
			if m.Command != "CAP" || m.Param(1) != "ACK" && m.Param(1) != "NAK" {
				return false
			}
			if m.Param(1) == "ACK" {
				s.c.granted(m.Last(), offered)
			}
			return true
		})
	}
}

// granted notes what CAP ACK names.
func (c *Client) granted(names string, values map[string]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range strings.Fields(names) {
		if gone, ok := strings.CutPrefix(name, "-"); ok {
			delete(c.caps, gone)
			continue
		}
		c.caps[name] = values[name]
	}
}

// names says who we are, once.
func (s *signIn) names() {
	if s.named {
		return
	}
	s.named = true
	s.send("NICK", s.c.opts.Nick)
	s.send("USER", userName(s.c.opts.Nick), "0", "*", s.c.opts.Realname)
}

// userName makes of a nick what every server takes for a user name.
func userName(nick string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, nick)
	if name == "" {
		return "user"
	}
	return name[:min(len(name), 16)]
}

// plain is RFC 4616, without an identity to act as.
func (s *signIn) plain() {
	s.authenticate("PLAIN", "\x00"+s.c.opts.Account+"\x00"+string(s.c.opts.Password))
}

// external is RFC 4422, appendix A: the certificate tells who we are, and the
// account as whom to act.
func (s *signIn) external() { s.authenticate("EXTERNAL", s.c.opts.Account) }

// authenticate is ircv3 sasl-3.2 with a mechanism of one message.
func (s *signIn) authenticate(mechanism, message string) {
	if s.err == nil && !s.c.Has(irc.CapSasl) {
		s.err = fmt.Errorf("%w: sasl", ErrUnsupported)
	}
	s.send("AUTHENTICATE", mechanism)
	s.await("AUTHENTICATE", func(m irc.Message) bool { return m.Command == "AUTHENTICATE" })
	text := base64.StdEncoding.EncodeToString([]byte(message))
	for len(text) >= saslChunk {
		s.send("AUTHENTICATE", text[:saslChunk])
		text = text[saslChunk:]
	}
	if text == "" {
		text = "+"
	}
	s.send("AUTHENTICATE", text)
	s.await("AUTHENTICATE", func(m irc.Message) bool {
		s.c.note(m)
		return m.Command == string(irc.RplSaslSuccess)
	})
}

// ErrVerificationRequired: the account is made, but must be confirmed in the
// way that the text says before it can be used.
var ErrVerificationRequired = errors.New("verification required")

func (s *signIn) makeAccount() {
	s.send("REGISTER", s.c.opts.Account, "*", string(s.c.opts.Password))
	s.await("REGISTER", func(m irc.Message) bool {
		s.c.note(m)
		if m.Command != "REGISTER" {
			return false
		}
		if m.Param(0) != "SUCCESS" {
			s.err = fmt.Errorf("%w: %s", ErrVerificationRequired, m.Last())
		}
		return true
	})
	if s.err == nil {
		s.c.loggedIn(s.c.opts.Account)
	}
}

func (s *signIn) welcome() {
	s.await("", func(m irc.Message) bool {
		s.c.note(m)
		return m.Command == string(irc.RplEndOfMotd) || m.Command == string(irc.ErrNoMotd)
	})
}
