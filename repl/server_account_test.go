package repl

import (
	"encoding/base64"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// external is AUTHENTICATE EXTERNAL and what follows.
func (c *stageConn) external(m irc.Message) {
	s := c.s
	if s.external != c {
		s.external = c
		c.write(irc.New("AUTHENTICATE", "+"))
		return
	}
	s.external = nil
	account, err := base64.StdEncoding.DecodeString(m.Param(0))
	if err != nil || c.device == nil || s.devices[fingerprintOf(c.device)] != string(account) {
		c.write(num("904", "*", "Wrong account or password"))
		return
	}
	c.account = string(account)
	c.write(num("900", "*", "x", c.account, "ok"))
	c.write(num("903", "*", "ok"))
}

func (c *stageConn) cert(m irc.Message) {
	switch print := m.Param(1); m.Param(0) {
	case "ADD":
		c.s.devices[print] = c.account
		c.reply(irc.New("NOTE", "CERT", "CERTIFICATE_ADDED", print, "added"))
	case "DEL":
		delete(c.s.devices, print)
		c.reply(irc.New("NOTE", "CERT", "CERTIFICATE_REMOVED", print, "removed"))
	default:
		var lines []irc.Message
		for print := range c.s.devices {
			lines = append(lines, irc.New("NOTE", "CERT", "CERTIFICATE", print, "one"))
		}
		c.reply(lines...)
	}
}

func (c *stageConn) passwd(m irc.Message) {
	if old := unwired(m.Param(0)); old != c.s.accounts[c.account] {
		c.reply(fail("PASSWD", "INVALID_CREDENTIALS", "the present password is another one"))
		return
	}
	c.s.accounts[c.account] = unwired(m.Param(1))
	c.reply(irc.New("NOTE", "PASSWD", "PASSWORD_CHANGED", "changed"))
}

// unwired undoes wired.
func unwired(text string) string {
	if len(text) > 7 && text[:7] == "base64:" {
		raw, _ := base64.StdEncoding.DecodeString(text[7:])
		return string(raw)
	}
	return text
}
