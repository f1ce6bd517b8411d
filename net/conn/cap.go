package conn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// capability is a set of those that a client has asked for.
type capability uint64

// In the order of their names.
const (
	capAccountNotify capability = 1 << iota
	capAccountTag
	capAwayNotify
	capBatch
	capNotify
	capRegister
	capRename
	capHistory
	capPlayback
	capExtendedISupport
	capRedaction
	capMultiline
	capMetadata
	capMetadataNumeric
	capPreAway
	capReadMarker
	capEcho
	capExtendedJoin
	capExtendedMonitor
	capInviteNotify
	capLabeled
	capMessageTags
	capMultiPrefix
	capNoImplicitNames
	capSasl
	capServerTime
	capSetname
	capSearch
	capStandardReplies
	capUserhostInNames
)

func (s capability) has(all capability) bool { return s&all == all }

// class is how events are encoded for a client with these capabilities.
func (s capability) class() room.Class {
	var class room.Class
	for _, b := range []struct {
		have capability
		bit  room.Class
	}{
		{capServerTime, classTime}, {capMessageTags, classTags},
		{capAccountTag, classAccount}, {capExtendedJoin, classExtendedJoin},
		{capAccountNotify, classAccountNotify}, {capAwayNotify, classAwayNotify},
		{capInviteNotify, classInviteNotify}, {capSetname, classSetname},
		{capRename, classRename},
		{capRedaction | capMessageTags, classRedaction}, {capMultiline | capBatch, classMultiline},
		{capMetadata, classMetadata}, {capMetadataNumeric, classMetadataNumeric},
	} {
		if s.has(b.have) {
			class |= b.bit
		}
	}
	return class
}

// offer is a capability of this server.
type offer struct {
	bit   capability
	name  string
	value string
}

// offers are in the order of their names, in which CAP LS lists them.
func (cfg *Config) offers() []offer {
	return slices.DeleteFunc([]offer{
		{capAccountNotify, irc.CapAccountNotify, ""},
		{capAccountTag, irc.CapAccountTag, ""},
		{capAwayNotify, irc.CapAwayNotify, ""},
		{capBatch, irc.CapBatch, ""},
		{capNotify, irc.CapCapNotify, ""},
		{capRegister, irc.CapRegistration, cfg.Register.value()},
		{capRename, irc.CapChannelRename, ""},
		{capHistory, irc.CapChatHistory, ""},
		{capPlayback, irc.CapEventPlayback, ""},
		{capExtendedISupport, irc.CapExtendedISupport, ""},
		{capRedaction, irc.CapRedaction, ""},
		{capMultiline, irc.CapMultiline, cfg.multiline()},
		{capMetadata, irc.CapMetadata, cfg.metadataValue()},
		{capMetadataNumeric, irc.CapMetadataNumeric, cfg.metadataValue()},
		{capPreAway, irc.CapPreAway, ""},
		{capReadMarker, irc.CapReadMarker, ""},
		{capEcho, irc.CapEchoMessage, ""},
		{capExtendedJoin, irc.CapExtendedJoin, ""},
		{capExtendedMonitor, irc.CapExtendedMonitor, ""},
		{capInviteNotify, irc.CapInviteNotify, ""},
		{capLabeled, irc.CapLabeledResponse, ""},
		{capMessageTags, irc.CapMessageTags, ""},
		{capMultiPrefix, irc.CapMultiPrefix, ""},
		{capNoImplicitNames, irc.CapNoImplicitNames, ""},
		{capSasl, irc.CapSasl, ""},
		{capServerTime, irc.CapServerTime, ""},
		{capSetname, irc.CapSetname, ""},
		{capSearch, irc.CapSearch, ""},
		{capStandardReplies, irc.CapStandardReplies, ""},
		{capUserhostInNames, irc.CapUserhostInNames, ""},
	}, func(o offer) bool { return !cfg.offered(o.bit) })
}

// offers are those of the configuration, with what depends on the connection.
func (c *conn) offers() []offer {
	list := c.cfg.offers()
	for i := range list {
		if list[i].bit == capSasl {
			list[i].value = strings.Join(c.mechanisms(), ",")
		}
	}
	return list
}

// offered tells whether the configuration allows a capability.
func (cfg *Config) offered(bit capability) bool {
	switch bit {
	case capRegister:
		return cfg.Register.Open
	case capHistory, capPlayback, capSearch:
		return cfg.History
	case capRedaction:
		return cfg.Redaction
	case capMetadata, capMetadataNumeric:
		return cfg.Limits.MetadataKeys > 0
	case capExtendedMonitor:
		return cfg.Limits.Monitor > 0
	}
	return true
}

// value is that of draft/account-registration.
func (r Registration) value() string {
	var keys []string
	if r.BeforeConnect {
		keys = append(keys, "before-connect")
	}
	if r.EmailRequired {
		keys = append(keys, "email-required")
	}
	if r.CustomName {
		keys = append(keys, "custom-account-name")
	}
	return strings.Join(keys, ",")
}

// cap is CAP (ircv3 capability-negotiation).
func (c *conn) cap(ctx actor.Context, x *exchange, m irc.Message) {
	switch sub := strings.ToUpper(m.Param(0)); sub {
	case "LS":
		c.capLS(x, m.Param(1))
	case "LIST":
		c.capLines(x, "LIST", c.enabled(), c.captured >= 302)
	case "REQ":
		c.capReq(ctx, x, m.Param(1))
	case "END":
		if c.user == nil && c.greeting.negotiating {
			c.greeting.negotiating = false
			c.signIn(ctx, x)
		}
	default:
		c.numeric(x, irc.ErrInvalidCapCmd, clip(m.Param(0)), textBadCap)
	}
}

func (c *conn) capLS(x *exchange, version string) {
	c.negotiate()
	asked, _ := strconv.Atoi(version) // what is no number is an old client
	if asked >= 302 {
		c.caps |= capNotify // implied, and for good
	}
	c.captured = max(c.captured, asked)
	var words []string
	for _, o := range c.offers() {
		words = append(words, o.word(asked >= 302))
	}
	if policy := c.sts(); policy != "" && asked >= 302 {
		words = append(words, policy)
		slices.Sort(words)
	}
	c.capLines(x, "LS", words, asked >= 302)
}

// word is how an offer is listed; only 302 knows of values.
func (o offer) word(values bool) string {
	if values && o.value != "" {
		return o.name + "=" + o.value
	}
	return o.name
}

// sts is the policy to speak TLS (ircv3 sts): in plain text where that is done,
// and over TLS for how long. It is for reading, and cannot be requested.
func (c *conn) sts() string {
	switch {
	case c.cfg.STS.Port == 0:
		return ""
	case c.secure:
		return fmt.Sprintf("%s=duration=%d", irc.CapSTS, int(c.cfg.STS.Duration/time.Second))
	}
	return fmt.Sprintf("%s=port=%d", irc.CapSTS, c.cfg.STS.Port)
}

// negotiate holds registration up until CAP END.
func (c *conn) negotiate() {
	if c.user == nil {
		c.greeting.negotiating = true
	}
}

func (c *conn) enabled() []string {
	var words []string
	for _, o := range c.cfg.offers() {
		if c.caps.has(o.bit) {
			words = append(words, o.name)
		}
	}
	return words
}

// capLines writes a list in as many lines as it takes; only 302 knows several.
func (c *conn) capLines(x *exchange, sub string, words []string, several bool) {
	room := irc.MaxText(c.cfg.Server, "CAP * * LIST", c.shownNick())
	lines := wrap(words, room)
	if !several || len(lines) == 0 {
		lines = []string{fitting(words, room)}
	}
	for i, line := range lines {
		params := []string{c.shownNick(), sub}
		if i < len(lines)-1 {
			params = append(params, "*")
		}
		c.reply(x, irc.New("CAP", append(params, line)...))
	}
}

// fitting joins the words that one line has room for; drafts go first when it
// has not.
func fitting(words []string, room int) string {
	for last := len(words) - 1; last >= 0 && len(strings.Join(words, " ")) > room; last-- {
		if strings.HasPrefix(words[last], "draft/") {
			words = slices.Delete(slices.Clone(words), last, last+1)
		}
	}
	return strings.Join(words, " ")
}

// capReq grants all of a request or nothing of it.
func (c *conn) capReq(ctx actor.Context, x *exchange, request string) {
	c.negotiate()
	after := c.caps
	for word := range strings.FieldsSeq(request) {
		name, off := strings.CutPrefix(word, "-")
		bit, known := c.offered(name)
		if !known || off && bit == capNotify && c.captured >= 302 {
			c.reply(x, irc.New("CAP", c.shownNick(), "NAK", strings.TrimSpace(request)))
			return
		}
		if off {
			after &^= bit
		} else {
			after |= bit
		}
	}
	c.reply(x, irc.New("CAP", c.shownNick(), "ACK", strings.TrimSpace(request)))
	c.setCaps(ctx, after)
}

func (c *conn) offered(name string) (capability, bool) {
	for _, o := range c.cfg.offers() {
		if o.name == name {
			return o.bit, true
		}
	}
	return 0, false
}

// session is how this connection is known to rooms.
func (c *conn) session() room.Session {
	return room.Session{Conn: c.self, Class: c.caps.class()}
}
