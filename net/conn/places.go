package conn

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// place is a room that this client is shown. Its PID is good for as long as
// the user is a member.
type place struct {
	key   string
	name  string
	room  *actor.PID
	no    journal.Room
	epoch uint64
	role  room.Role // when the client came in
}

// find returns the room of that name, if the client is in it.
func (c *conn) find(name string) (place, bool) {
	key := names.Fold(name)
	i := slices.IndexFunc(c.joined, func(p place) bool { return p.key == key })
	if i < 0 {
		return place{}, false
	}
	return c.joined[i], true
}

// toRoom sends a room a command: directly, or through the registry when the
// client is not in it.
func (c *conn) toRoom(ctx actor.Context, name string, command ask.Asked) {
	if p, ok := c.find(name); ok {
		ctx.Send(p.room, command)
		return
	}
	ctx.Send(c.cfg.Registry, registry.ToRoom{Ticket: command.Asker(), Name: name, Command: command})
}

// refuseRoom answers a refusal by a room. Who is not in it is told so only if
// they may know that the room is there.
func (c *conn) refuseRoom(ctx actor.Context, x *exchange, name string, err error) {
	if _, in := c.find(name); in || !errors.Is(err, room.ErrNotPresent) {
		c.refuse(x, err, clip(name))
		return
	}
	c.describe(ctx, x, name, func(room.Description) { c.refuse(x, err, clip(name)) })
}

// askRoom is ask about a room, with refuseRoom for what it refuses.
func (c *conn) askRoom(x *exchange, name string, then func(actor.Context, any)) ask.Ticket {
	return c.askOr(x, nil, then, func(ctx actor.Context, err error) { c.refuseRoom(ctx, x, name, err) })
}

// entered shows a room that the user has come into, here or on another device.
func (c *conn) entered(m room.Entered) {
	name := m.Description.Name
	if name == "" { // a conversation: nothing to show, nothing to keep
		return
	}
	p := place{
		key: names.Fold(name), name: name, room: m.Room, no: m.Event.Record.Room, epoch: m.Epoch,
		role: c.roleAmong(m.People),
	}
	i := slices.IndexFunc(c.joined, func(old place) bool { return old.key == p.key })
	switch {
	case i >= 0 && m.Again:
		p.no, p.role = c.joined[i].no, c.joined[i].role
		c.joined[i] = p
		return
	case i >= 0:
		c.joined[i] = p
	default:
		c.joined = append(c.joined, p)
	}
	c.invites = slices.DeleteFunc(c.invites, func(n string) bool { return names.Fold(n) == p.key })
	x := &exchange{unasked: !c.arriving()}
	if i := c.asking(m.Ref); i >= 0 {
		x = c.asked[i].x
		c.stream(x)
	}
	c.showEvent(x, m.Event)
	c.showRoom(x, m.Description, m.People, m.Marker)
	c.sayEntered(x, m)
}

// nameOf is what a room is called now that the client is in; empty for others.
func (c *conn) nameOf(no journal.Room) string {
	for _, p := range c.joined {
		if p.no == no {
			return p.name
		}
	}
	return ""
}

func (c *conn) roleAmong(people []room.Presence) room.Role {
	i := slices.IndexFunc(people, func(p room.Presence) bool { return p.Profile.ID == c.profile.ID })
	if i < 0 {
		return room.NoRole
	}
	return people[i].Role
}

// showEvent shows an event as the answer of an exchange, in its batch if it has
// one.
func (c *conn) showEvent(x *exchange, e room.Event) {
	var extra irc.Tags
	if x.batch != "" {
		extra = irc.Tags{{Key: irc.TagBatch, Value: x.batch}}
	}
	c.write(!x.unasked, func(dst []byte) []byte { return encode(dst, c.caps.class(), e, extra) })
}

func (c *conn) expelled(m room.Expelled) {
	key := names.Fold(m.Name)
	c.joined = slices.DeleteFunc(c.joined, func(p place) bool { return p.key == key })
}

// roomLost shows a room that is closed as a KICK by the server, so that clients
// know that they are out.
func (c *conn) roomLost(m user.RoomLost) {
	if m.Name == "" { // a conversation: posts are refused
		return
	}
	if _, in := c.find(m.Name); !in { // it failed before this session was shown it
		c.barred(user.Barred{Name: m.Name, Reason: room.ErrQuarantined})
		return
	}
	c.tellLine(irc.New("KICK", m.Name, c.nick, textQuarantined))
	c.expelled(room.Expelled{Room: m.Room, Name: m.Name})
}

// barred shows why the user is not in a room that it was in, as if the client
// had asked to enter it.
func (c *conn) barred(m user.Barred) {
	c.refuse(&exchange{command: "JOIN", unasked: true}, m.Reason, m.Name)
}

func (c *conn) invited(m room.Invited) {
	if !slices.Contains(c.invites, m.Room) && len(c.invites) < c.cfg.Limits.Invites {
		c.invites = append(c.invites, m.Room)
	}
	c.tellLine(c.from(m.By, "INVITE", c.nick, m.Room))
}

// show puts a room's lines out, unless another room has shown them.
func (c *conn) show(m *room.Lines) {
	switch {
	case c.ended || m.Key != "" && !c.hears(m.Key):
	case len(m.Parts) > 0:
		c.write(false, func(dst []byte) []byte { return c.appendNew(dst, m) })
	case m.Once == 0 || c.once.first(m.Once):
		c.write(false, func(dst []byte) []byte { return append(dst, m.Bytes...) })
	}
}

// appendNew appends those parts of the lines that have not been shown.
func (c *conn) appendNew(dst []byte, m *room.Lines) []byte {
	from := 0
	for _, p := range m.Parts {
		if p.Once == 0 || c.once.first(p.Once) {
			dst = append(dst, m.Bytes[from:p.End]...)
		}
		from = p.End
	}
	return dst
}

// userUp attaches this session again to a user actor that was restarted.
func (c *conn) userUp(ctx actor.Context, m user.Up) {
	if c.user == nil || !c.user.Equal(m.User) {
		return // one whose welcome never came
	}
	rooms := make([]user.Place, len(c.joined))
	for i, p := range c.joined {
		rooms[i] = user.Place{Room: p.room, No: p.no, Name: p.name, Role: p.role}
	}
	ctx.Send(m.User, user.Reattach{Session: c.session(), Profile: c.profile, Rooms: rooms})
}

// sayNames shows who is in a room: RPL_NAMREPLY, as many as it takes. The end
// is said by who asked.
func (c *conn) sayNames(x *exchange, name string, secret bool, people []room.Presence) {
	symbol := "="
	if secret {
		symbol = "@"
	}
	words := make([]string, len(people))
	for i, p := range people {
		who := p.Profile.Nick
		if c.caps.has(capUserhostInNames) {
			who = source(p.Profile)
		}
		words[i] = c.prefix(p.Role) + who
	}
	fit := irc.MaxText(c.cfg.Server, "353 "+c.nick+" =", name)
	for _, line := range wrap(words, fit) {
		c.numeric(x, irc.RplNamReply, symbol, name, line)
	}
}

func (c *conn) endNames(x *exchange, asked string) {
	c.numeric(x, irc.RplEndOfNames, asked, "End of NAMES list")
}

func (c *conn) sayTopic(x *exchange, d room.Description) {
	c.numeric(x, irc.RplTopic, d.Name, d.State.Topic)
	if d.State.TopicBy != "" {
		c.numeric(x, irc.RplTopicWhoTime, d.Name, d.State.TopicBy, strconv.FormatInt(d.State.TopicAt.Unix(), 10))
	}
}

// prefix shows a role: its most powerful part or, to clients that know
// multi-prefix, all of it.
func (c *conn) prefix(r room.Role) string {
	var shown []byte
	for i := range prefixes {
		if r&roles[i] == 0 {
			continue
		}
		shown = append(shown, prefixes[i])
		if !c.caps.has(capMultiPrefix) {
			break
		}
	}
	return string(shown)
}

// roles are in the order of prefixes.
var roles = [...]room.Role{room.Founder, room.Admin, room.Operator, room.Halfop, room.Voice}

// wrap joins words with spaces into lines of at most so many bytes.
func wrap(words []string, most int) []string { return wrapBy(" ", words, most) }

// wrapBy joins words with a sign of one byte.
func wrapBy(sign string, words []string, most int) []string {
	var lines []string
	start, size := 0, 0
	for i, w := range words {
		if i > start && size+1+len(w) > most {
			lines = append(lines, strings.Join(words[start:i], sign))
			start, size = i, 0
		}
		size += 1 + len(w)
	}
	if start < len(words) {
		lines = append(lines, strings.Join(words[start:], sign))
	}
	return lines
}

// onceRing remembers the last events that several rooms may show.
type onceRing struct {
	seen []uint64
	next int
}

const onceRemembered = 256

func (r *onceRing) knows(once uint64) bool { return slices.Contains(r.seen, once) }

// first tells whether the event is new, and remembers it.
func (r *onceRing) first(once uint64) bool {
	if r.knows(once) {
		return false
	}
	if len(r.seen) < onceRemembered {
		r.seen = append(r.seen, once)
		return true
	}
	r.seen[r.next] = once
	r.next = (r.next + 1) % len(r.seen)
	return true
}
