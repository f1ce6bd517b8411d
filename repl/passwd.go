package repl

import (
	"encoding/base64"
	"strings"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// cmdPasswd changes the password of the account. Passwords are asked for by the reading goroutine.
func (c *chat) cmdPasswd(args string) {
	switch {
	case c.conn.Account() == "":
		c.refuse("You have no account here.")
		return
	case args != "":
		c.refuse("A password is not for the line; /passwd alone asks for it.")
		return
	}
	account := c.conn.Account()
	c.interview = func() { c.askPasswd(account) }
}

func (c *chat) askPasswd(account string) {
	old, err := c.ui.AskSecret("Present password of " + cleanName(account) + ": ")
	if err != nil || old == "" {
		c.soon(func() { c.say("The password is as it was.") })
		return
	}
	next, err := newPassword(c.ui, c.o.Judge, "New password: ", account, c.o.User)
	if err != nil {
		c.soon(func() { c.say("The password is as it was.") })
		return
	}
	if c.recall != nil {
		c.recall.secrets = append(c.recall.secrets, client.Secret(old), next)
	}
	c.soon(func() { c.changePassword(client.Secret(old), next) })
}

func (c *chat) changePassword(old, next client.Secret) {
	if c.conn == nil {
		c.refuse("The connection is lost, and the password is as it was.")
		return
	}
	c.ask(irc.New("PASSWD", wired(old), wired(next)), func(_ []irc.Message, err error) {
		if err != nil {
			c.answered("Not changed", err)
			return
		}
		if c.login.Password != "" {
			c.login.Password = next
		}
		c.say("The password is changed.")
	})
}

// wired is a password as PASSWD takes it.
func wired(s client.Secret) string {
	const encoded = "base64:"
	if strings.Contains(string(s), " ") || strings.HasPrefix(string(s), ":") || strings.HasPrefix(string(s), encoded) {
		return encoded + base64.StdEncoding.EncodeToString([]byte(s))
	}
	return string(s)
}

// soon runs f on the loop; it is for the reading goroutine.
func (c *chat) soon(f func()) {
	select {
	case c.answers <- f:
	case <-c.ctx.Done():
	}
}

// newPassword asks for a password twice, and tells how strong it is in between. about are words that it must not be
// made of.
func newPassword(u ui, judge func(password string, about ...string) string, question string, about ...string) (client.Secret, error) {
	for empty := 0; ; {
		first, err := u.AskSecret(question)
		if err != nil {
			return "", err
		}
		if first == "" {
			if empty++; empty == mostTries {
				return "", errEmpty
			}
			u.Print("! The password must not be empty.")
			continue
		}
		again := "The same again: "
		if judge != nil {
			if weak := judge(first, about...); weak != "" {
				u.Print("! That is weak: " + weak + ".")
				again = "Again to take it all the same, or just Enter for another one: "
			} else {
				u.Print("· That is a strong one.")
			}
		}
		second, err := u.AskSecret(again)
		if err != nil {
			return "", err
		}
		switch second {
		case first:
			return client.Secret(first), nil
		case "":
		default:
			u.Print("! The two differ.")
		}
	}
}
