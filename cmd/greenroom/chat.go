package main

import (
	"context"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/repl"
)

// target is what the commands of a client have in common. The password comes
// from the prompt or from GREENROOM_PASSWORD; there is no flag for it.
type target struct {
	User           string `help:"Account name." env:"GREENROOM_USER"`
	Plaintext      bool   `help:"Plain TCP, to a loopback address only." env:"GREENROOM_PLAINTEXT"`
	Pin            string `help:"Fingerprint that the server's key must have (SHA256:...)." env:"GREENROOM_PIN"`
	InsecureNewKey bool   `help:"Accept the server's key whatever it is." env:"GREENROOM_INSECURE_NEW_KEY"`
}

func (t target) options(s streams, addr string) repl.Options {
	return repl.Options{
		Addr: addr, User: t.User, Plaintext: t.Plaintext, InsecureNewKey: t.InsecureNewKey, Pin: t.Pin,
		In: s.in, Out: s.out, Err: s.err, Judge: weakness,
	}
}

// weakness is the policy of our servers, so that a weak password is told of while
// it is being chosen.
func weakness(password string, about ...string) string {
	weak := account.Judge(account.Secret(password), about...)
	if weak == nil {
		return ""
	}
	return weak.Reason + "; " + weak.Advice
}

type chatCmd struct {
	Addr     string   `arg:"" optional:"" help:"Server, or its name in chat.toml; the first one there, or 127.0.0.1:6697, unless given." env:"GREENROOM_ADDR"`
	Room     []string `help:"Room to join; may be repeated." short:"r" env:"GREENROOM_ROOM"`
	JSON     bool     `name:"json" help:"Print events as JSON lines." env:"GREENROOM_JSON"`
	NoTyping bool     `help:"Tell nobody that you type." env:"GREENROOM_NO_TYPING"`
	target
}

// Run chats until the user leaves or standard input has been sent.
func (c chatCmd) Run(s streams) error {
	o := c.options(s, c.Addr)
	o.Rooms, o.JSON, o.HideTyping = c.Room, c.JSON, c.NoTyping
	return exited(repl.Chat(context.Background(), o))
}

type sendCmd struct {
	Target string   `arg:"" help:"Room or account."`
	Text   []string `arg:"" optional:"" help:"The message; without it standard input is sent, a message a line."`
	Server string   `help:"Server, or its name in chat.toml; the first one there, or 127.0.0.1:6697, unless given." env:"GREENROOM_ADDR"`
	target
}

// Run exits with 0 only when all has been stored.
func (c sendCmd) Run(s streams) error {
	return exited(repl.Send(context.Background(), c.options(s, c.Server), c.Target, c.Text))
}

type registerCmd struct {
	Addr string `arg:"" optional:"" help:"Server, or its name in chat.toml; the first one there, or 127.0.0.1:6697, unless given." env:"GREENROOM_ADDR"`
	target
}

// Run makes the account.
func (c registerCmd) Run(s streams) error {
	return exited(repl.Register(context.Background(), c.options(s, c.Addr)))
}

func exited(code int) error {
	if code == 0 {
		return nil
	}
	return exitCode(code)
}
