// Package irc is the wire grammar: lines to messages and back, with the names
// and numbers of the protocol. It opens no socket, starts no goroutine and has
// never heard of an actor. A Message never changes once it is made, so it may be
// handed to anybody.
package irc

import "strings"

// Message is one line of the protocol, without its line ending.
type Message struct {
	Tags    Tags
	Source  string // without ':'; empty: none
	Command string // upper case when it was parsed
	Params  []string
}

// New makes a message without tags and source.
func New(command string, params ...string) Message {
	return Message{Command: command, Params: params}
}

// Param is the parameter at index i, or empty when there are fewer.
func (m Message) Param(i int) string {
	if i < 0 || i >= len(m.Params) {
		return ""
	}
	return m.Params[i]
}

// Last is the last parameter, or empty when there is none.
func (m Message) Last() string { return m.Param(len(m.Params) - 1) }

// Tag is the value of the tag called key, or empty. A tag without a value and
// one with an empty value are the same thing (ircv3 message-tags).
func (m Message) Tag(key string) string {
	value, _ := m.Tags.Get(key)
	return value
}

// Nick is the first part of the source: a nick, or a server's name.
func (m Message) Nick() string {
	nick, _, _ := SplitSource(m.Source)
	return nick
}

// String prints the line without its ending, for tests and for people; what
// may be a password is not shown.
func (m Message) String() string {
	if m.Secret() && len(m.Params) > 0 {
		m.Params = []string{"[secret]"}
	}
	return strings.TrimSuffix(string(Append(nil, m)), "\r\n")
}

// Secret tells whether the parameters of the command hold a password.
func (m Message) Secret() bool {
	switch m.Command {
	case "PASS", "AUTHENTICATE", "REGISTER", "VERIFY", "OPER":
		return true
	}
	return false
}

// Tag is one message tag, its value unescaped. Client-only tags keep their '+'.
type Tag struct{ Key, Value string }

// Tags are few, so they are a slice, in the order of the wire.
type Tags []Tag

// Get finds a tag by its key, which is case-sensitive.
func (t Tags) Get(key string) (value string, ok bool) {
	for i := range t {
		if t[i].Key == key {
			return t[i].Value, true
		}
	}
	return "", false
}

// ClientOnly tells whether the tag is one that servers relay as it is.
func (t Tag) ClientOnly() bool { return len(t.Key) > 0 && t.Key[0] == '+' }

// ClientOnly picks the tags that begin with '+'. It returns t itself when all
// of them do, and nil when none does.
func (t Tags) ClientOnly() Tags {
	n := 0
	for i := range t {
		if t[i].ClientOnly() {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case len(t):
		return t
	}
	picked := make(Tags, 0, n)
	for i := range t {
		if t[i].ClientOnly() {
			picked = append(picked, t[i])
		}
	}
	return picked
}

// SplitSource takes "nick!user@host" apart; parts that are missing are empty.
func SplitSource(source string) (nick, user, host string) {
	nick = source
	if i := strings.LastIndexByte(nick, '@'); i >= 0 {
		nick, host = nick[:i], nick[i+1:]
	}
	if i := strings.IndexByte(nick, '!'); i >= 0 {
		nick, user = nick[:i], nick[i+1:]
	}
	return nick, user, host
}
