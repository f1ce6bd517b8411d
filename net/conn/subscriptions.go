package conn

import (
	"slices"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	// syncMost is how many people's metadata is told at a time; of a larger
	// room the client is told to ask (774), and then no more than syncLines.
	syncMost  = 500
	syncLines = 2000
	syncAfter = "10" // seconds
)

// subscription is METADATA SUB, UNSUB and SUBS: of which keys the client wants
// to hear.
func (c *conn) subscription(ctx actor.Context, x *exchange, sub string, keys []string) {
	switch sub {
	case "SUBS":
		if c.caps.has(capBatch) {
			c.openBatch(x, irc.BatchMetadataSubs)
		}
		c.sayWords(x, irc.RplMetadataSubs, c.subs)
	case "UNSUB":
		c.unsubscribe(x, keys)
	default:
		c.subscribe(ctx, x, keys)
	}
}

// subscribe takes the keys in their order, until there are too many.
func (c *conn) subscribe(ctx actor.Context, x *exchange, keys []string) {
	var taken, fresh []string
	for _, key := range keys {
		if !notes.ValidKey(key) {
			c.fail(x, "KEY_INVALID", clip(orStar(key)), textBadKey)
			continue
		}
		if len(c.subs) >= c.cfg.Limits.MetadataSubs {
			c.fail(x, "TOO_MANY_SUBS", key, textTooManySubs)
			break
		}
		if !slices.Contains(c.subs, key) {
			c.subs, fresh = append(c.subs, key), append(fresh, key)
		}
		if !slices.Contains(taken, key) {
			taken = append(taken, key)
		}
	}
	c.sayWords(x, irc.RplMetadataSubOK, taken)
	if c.user != nil && c.caps.notes() && len(fresh) > 0 {
		c.sayCurrent(ctx, x, fresh)
	}
}

func (c *conn) unsubscribe(x *exchange, keys []string) {
	var taken []string
	for _, key := range keys {
		if !notes.ValidKey(key) {
			c.fail(x, "KEY_INVALID", clip(orStar(key)), textBadKey)
			continue
		}
		c.subs = slices.DeleteFunc(c.subs, func(s string) bool { return s == key })
		if !slices.Contains(taken, key) {
			taken = append(taken, key)
		}
	}
	c.sayWords(x, irc.RplMetadataUnsubOK, taken)
}

// sayWords lists keys, each a parameter, in as many lines as it takes.
func (c *conn) sayWords(x *exchange, n irc.Numeric, words []string) {
	const most = 12 // parameters
	for part := range slices.Chunk(words, most) {
		for _, line := range wrap(part, irc.MaxText(c.cfg.Server, string(n), c.shownNick())) {
			c.numeric(x, n, strings.Fields(line)...)
		}
	}
}

// sayCurrent tells the values of keys that are new to the client: of its rooms
// and of who is in them.
func (c *conn) sayCurrent(ctx actor.Context, x *exchange, keys []string) {
	told := map[string]bool{c.profile.ID: true}
	c.sayNotes(x, "", c.profile, keys)
	x.cost += len(c.joined)
	for _, p := range c.joined {
		x.steps = append(x.steps, func(ctx actor.Context) { c.sayRoom(ctx, x, "", p.name, keys, told, false) })
	}
}

// sync is METADATA SYNC: all that the client wants to hear of the target.
func (c *conn) sync(ctx actor.Context, x *exchange, target string, self bool) {
	x.cost = 5
	if isRoomName(target) {
		c.describeOr(ctx, x, target, func(d room.Description) {
			if !d.Inside {
				c.metaRefused(x, room.ErrNotPresent, target, "*")
				return
			}
			c.metaBatch(x, d.Name)
			c.sayRoom(ctx, x, "", d.Name, c.subs, map[string]bool{}, true)
		})
		return
	}
	if self {
		c.metaBatch(x, c.shownSelf())
		c.sayNotes(x, "", c.profile, c.subs)
		return
	}
	c.metaFind(ctx, x, target, func(found registry.UserFound) {
		c.metaBatch(x, found.Profile.Nick)
		c.sayNotes(x, "", found.Profile, c.subs)
	})
}

// sayRoom tells of a room and of all who are in it and not told of.
func (c *conn) sayRoom(ctx actor.Context, x *exchange, batch, name string, keys []string, told map[string]bool, asked bool) {
	c.describeOr(ctx, x, name, func(d room.Description) {
		c.sayRoomNotes(x, batch, d, keys)
		c.roster(ctx, x, name, func(p room.Present, there bool) {
			if !asked && len(p.People) > syncMost {
				c.numeric(x, irc.RplMetadataLater, p.Name, syncAfter)
				return
			}
			c.sayPeople(x, batch, p.People, keys, told)
		})
	})
}

func (c *conn) sayRoomNotes(x *exchange, batch string, d room.Description, keys []string) {
	for _, n := range d.State.Notes {
		if slices.Contains(keys, n.Key) {
			c.replyIn(x, batch, c.noteOf(d.Name, n))
		}
	}
}

func (c *conn) sayPeople(x *exchange, batch string, list []room.Presence, keys []string, told map[string]bool) {
	left := syncLines
	for _, p := range list {
		if p.Profile.Notes == nil || told[p.Profile.ID] {
			continue
		}
		told[p.Profile.ID] = true
		if left -= c.sayNotes(x, batch, p.Profile, keys); left < 0 {
			return
		}
	}
}

// sayNotes tells what somebody says of themselves, and how much that was.
func (c *conn) sayNotes(x *exchange, batch string, p people.Profile, keys []string) (lines int) {
	for _, n := range p.Notes.All() {
		if slices.Contains(keys, n.Key) {
			c.replyIn(x, batch, c.noteOf(p.Nick, n))
			lines++
		}
	}
	return lines
}

// sayEntered tells of a room that the client has come into.
func (c *conn) sayEntered(x *exchange, m room.Entered) {
	if !c.caps.notes() || !c.caps.has(capBatch) || len(c.subs) == 0 {
		return
	}
	name := m.Description.Name
	switch {
	case len(m.People) > syncMost:
		c.replyIn(x, "", c.numericOf(irc.RplMetadataLater, name, syncAfter))
	case c.anyNotes(m):
		batch := c.beginBatch(x, irc.BatchMetadata, name)
		c.sayRoomNotes(x, batch, m.Description, c.subs)
		c.sayPeople(x, batch, m.People, c.subs, map[string]bool{})
		c.endBatch(x, batch)
	}
}

// anyNotes spares a client empty batches.
func (c *conn) anyNotes(m room.Entered) bool {
	return len(m.Description.State.Notes) > 0 ||
		slices.ContainsFunc(m.People, func(p room.Presence) bool { return len(p.Profile.Notes.All()) > 0 })
}

// sayOwn is part of the greeting (ircv3 metadata, Notifications): what the
// client has told of itself, though it be nothing.
func (c *conn) sayOwn(x *exchange) {
	if !c.caps.notes() || !c.caps.has(capBatch) {
		return
	}
	batch := c.beginBatch(x, irc.BatchMetadata, c.nick)
	for _, n := range c.profile.Notes.All() {
		c.replyIn(x, batch, c.noteOf(c.nick, n))
	}
	c.endBatch(x, batch)
}

// hears tells whether the client wants to hear of a key.
func (c *conn) hears(key string) bool { return c.caps.notes() && slices.Contains(c.subs, key) }

// sayChanges tells what is new of somebody's notes.
func (c *conn) sayChanges(x *exchange, old, now people.Profile) (said bool) {
	if old.Notes == now.Notes {
		return false
	}
	for _, change := range now.Notes.Since(old.Notes) {
		if c.hears(change.Key) {
			c.reply(x, c.changeOf(now, change))
			said = true
		}
	}
	return said
}
