package conn

import (
	"fmt"

	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// There are two drafts of ircv3 metadata. In draft/metadata-2 others hear of a
// value by METADATA, in draft/metadata-3 by the numeric that answers GET; who
// has asked for both gets the newer.

// whoisNotes is how many notes WHOIS shows; the spec has it that a subset may
// be sent.
const whoisNotes = 8

// notes tells whether the client knows metadata.
func (s capability) notes() bool { return s&(capMetadata|capMetadataNumeric) != 0 }

func (cfg *Config) metadataValue() string {
	l := &cfg.Limits
	return fmt.Sprintf("before-connect,max-subs=%d,max-keys=%d,max-value-bytes=%d", l.MetadataSubs, l.MetadataKeys, cfg.longestNote())
}

// longestNote is the longest value, in bytes, that a line holds whoever tells
// it of whatever: a value cannot be cut in two.
func (cfg *Config) longestNote() int {
	l := &cfg.Limits
	source := l.Nick + len("!") + l.Username + len("@") + maxHost
	target := max(l.Nick, l.Channel) + len(" ") + notes.MaxKey + len(" *")
	news := irc.MaxText("", "METADATA", "") - source - target
	answer := irc.MaxText(cfg.Server, string(irc.RplKeyValue), " ") - l.Nick - target
	return min(l.MetadataValue, news, answer)
}

// noteOf tells the client of a value.
func (c *conn) noteOf(target string, n notes.Note) irc.Message {
	return c.noteNamed(noteLine(c.caps.class(), target, notes.Change{Note: n}))
}

// changeOf tells it what somebody has changed.
func (c *conn) changeOf(p people.Profile, change notes.Change) irc.Message {
	command, params := noteLine(c.caps.class(), p.Nick, change)
	if command == "METADATA" {
		return c.from(p, command, params...)
	}
	return c.noteNamed(command, params)
}

// noteNamed names the client, where it is the only one that is told.
func (c *conn) noteNamed(command string, params []string) irc.Message {
	if command != "METADATA" {
		params[0] = c.shownNick()
	}
	return irc.New(command, params...)
}

// noteLine is what tells of a change. A numeric that many get names none of
// them.
func noteLine(class room.Class, target string, c notes.Change) (command string, params []string) {
	switch {
	case class&classMetadataNumeric != 0 && c.Gone:
		return string(irc.RplKeyNotSet), []string{"*", target, c.Key, textKeyNotSet}
	case class&classMetadataNumeric != 0:
		return string(irc.RplKeyValue), []string{"*", target, c.Key, "*", c.Value}
	case class&classMetadata == 0:
		return "", nil
	case c.Gone:
		return "METADATA", []string{target, c.Key, "*"}
	}
	return "METADATA", []string{target, c.Key, "*", c.Value}
}

// badValue refuses a value; the two drafts call that by different names.
func (c *conn) badValue(x *exchange, key string) {
	if c.caps.has(capMetadataNumeric) {
		c.fail(x, "INVALID_VALUE", key, textBadValue)
		return
	}
	c.fail(x, "VALUE_INVALID", textBadValue)
}

// sayCleared answers METADATA CLEAR: what has been, or that it is no more.
func (c *conn) sayCleared(x *exchange, name string, was *notes.Set) {
	if !c.caps.has(capMetadataNumeric) {
		c.sayAll(x, name, was)
		return
	}
	c.metaBatch(x, name)
	for _, n := range was.All() {
		c.numeric(x, irc.RplKeyNotSet, name, n.Key, textKeyNotSet)
	}
}

// sayWhoisNotes is the part of WHOIS for who knows metadata.
func (c *conn) sayWhoisNotes(x *exchange, p people.Profile) {
	if !c.caps.notes() {
		return
	}
	all := p.Notes.All()
	for _, n := range all[:min(len(all), whoisNotes)] {
		c.numeric(x, irc.RplWhoisKeyValue, p.Nick, n.Key, "*", n.Value)
	}
}
