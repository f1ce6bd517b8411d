package repl

import (
	"encoding/base64"
	"strings"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func (c *stageConn) capability(m irc.Message) {
	switch m.Param(0) {
	case "LS":
		c.write(num("CAP", "*", "LS", "sasl message-tags server-time batch echo-message labeled-response standard-replies draft/account-registration=before-connect draft/chathistory "+c.s.caps))
	case "REQ":
		c.write(num("CAP", "*", "ACK", m.Last()))
	case "END":
		if c.account == "" {
			c.write(fail("*", "ACCOUNT_REQUIRED", "An account is required"))
			return
		}
		c.ready = true
		c.write(num("001", c.nick, "Welcome"))
		c.write(num("005", c.nick, "CHATHISTORY=100", "are supported"))
		c.write(num("422", c.nick, "No MOTD"))
		for _, room := range c.s.remember[c.account] {
			c.label = ""
			c.join(room)
		}
	}
}

func (c *stageConn) authenticate(m irc.Message) {
	if m.Param(0) == "EXTERNAL" || c.s.external == c {
		c.external(m)
		return
	}
	if m.Param(0) == "PLAIN" {
		c.write(irc.New("AUTHENTICATE", "+"))
		return
	}
	raw, _ := base64.StdEncoding.DecodeString(m.Param(0))
	words := strings.Split(string(raw), "\x00")
	if want, ok := c.s.accounts[words[1]]; !ok || want != words[2] {
		c.write(num("904", "*", "Wrong account or password"))
		return
	}
	c.account = words[1]
	c.write(num("900", "*", "x", c.account, "ok"))
	c.write(num("903", "*", "ok"))
}

func (c *stageConn) register(m irc.Message) {
	name, password := m.Param(0), m.Param(2)
	switch {
	case c.s.accounts[name] != "":
		c.write(fail("REGISTER", "ACCOUNT_EXISTS", name, "taken"))
	case len(password) < 8:
		c.write(fail("REGISTER", "WEAK_PASSWORD", name, "this password is guessed in a second"))
	default:
		c.s.accounts[name], c.account = password, name
		c.write(num("REGISTER", "SUCCESS", name, "made"))
	}
}
