package conn

import (
	"errors"
	"math/rand/v2"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// metadata is METADATA (ircv3 metadata), also before sign-in, where a client
// may speak of itself.
func (c *conn) metadata(ctx actor.Context, x *exchange, m irc.Message) {
	target, sub, words := m.Param(0), strings.ToUpper(m.Param(1)), m.Params[2:]
	self := target == "*" || c.user != nil && c.isNick(target)
	switch {
	case !c.cfg.offered(capMetadata):
		c.unknownCommand(x)
	case c.user == nil && !self:
		c.fail(x, "INVALID_TARGET", clip(target), textMetadataSelf)
	case (sub == "GET" || sub == "SET" || sub == "SUB" || sub == "UNSUB") && len(words) == 0:
		c.numeric(x, irc.ErrNeedMoreParams, "METADATA", textNeedMoreParams)
	case sub == "GET":
		c.metaOf(ctx, x, target, self, func(name string, set *notes.Set) { c.sayKeys(x, name, set, words) })
	case sub == "LIST":
		c.metaOf(ctx, x, target, self, func(name string, set *notes.Set) { c.sayAll(x, name, set) })
	case sub == "SET":
		c.metaSet(ctx, x, target, self, words)
	case sub == "CLEAR":
		c.metaClear(ctx, x, target, self)
	case sub == "SUB", sub == "UNSUB", sub == "SUBS":
		c.subscription(ctx, x, sub, words)
	case sub == "SYNC":
		c.sync(ctx, x, target, self)
	default:
		c.fail(x, "SUBCOMMAND_INVALID", clip(m.Param(1)), textMetadataSub)
	}
}

func (c *conn) isNick(name string) bool { return irc.Fold(name) == irc.Fold(c.nick) }

// ownNotes are the client's.
func (c *conn) ownNotes() *notes.Set {
	if c.user == nil {
		return c.greeting.notes
	}
	return c.profile.Notes
}

// metaOf finds what the target tells of itself, if the client may know.
func (c *conn) metaOf(ctx actor.Context, x *exchange, target string, self bool, then func(name string, set *notes.Set)) {
	switch {
	case self:
		then(c.shownSelf(), c.ownNotes())
	case isRoomName(target):
		c.describeOr(ctx, x, target, func(d room.Description) {
			if !d.Inside && strings.Contains(d.State.Modes, "i") {
				c.metaRefused(x, room.ErrNotOperator, target, "*")
				return
			}
			then(d.Name, notes.Of(d.State.Notes, 0))
		})
	default:
		c.metaFind(ctx, x, target, func(found registry.UserFound) { then(found.Profile.Nick, found.Profile.Notes) })
	}
}

// shownSelf is how replies name the client: before sign-in it has no nick.
func (c *conn) shownSelf() string {
	if c.user == nil {
		return "*"
	}
	return c.nick
}

func (c *conn) metaFind(ctx actor.Context, x *exchange, nick string, then func(registry.UserFound)) {
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if found, ok := answer.(registry.UserFound); ok {
				then(found)
			}
		},
		func(_ actor.Context, err error) { c.metaRefused(x, err, nick, "*") })
	ctx.Send(c.cfg.Registry, registry.FindUser{Ticket: ticket, Nick: nick})
}

// describeOr is describe with the refusals of METADATA.
func (c *conn) describeOr(ctx actor.Context, x *exchange, name string, then func(room.Description)) {
	ticket := c.askOr(x, nil,
		func(_ actor.Context, answer any) {
			if d, ok := answer.(room.Description); ok {
				then(d)
			}
		},
		func(_ actor.Context, err error) { c.metaRefused(x, err, name, "*") })
	c.toRoom(ctx, name, room.Describe{Ticket: ticket, User: c.user})
}

// metaSet is METADATA SET: with a value, which may be empty, or without.
func (c *conn) metaSet(ctx actor.Context, x *exchange, target string, self bool, words []string) {
	change := notes.Change{Note: notes.Note{Key: words[0]}, Gone: len(words) < 2}
	if !change.Gone {
		change.Value = words[1]
	}
	switch _, set := c.ownNotes().Get(change.Key); {
	case !notes.ValidKey(change.Key):
		c.fail(x, "KEY_INVALID", clip(orStar(change.Key)), textBadKey)
	case !notes.ValidValue(change.Value, c.cfg.longestNote()):
		c.badValue(x, change.Key)
	case self && change.Gone && !set:
		c.fail(x, "KEY_NOT_SET", clip(target), change.Key, textKeyNotSet)
	default:
		c.annotate(ctx, x, target, self, change.Key, []notes.Change{change}, func() {
			if change.Gone {
				c.numeric(x, irc.RplKeyNotSet, target, change.Key, textKeyNotSet)
				return
			}
			c.numeric(x, irc.RplKeyValue, target, change.Key, "*", change.Value)
		})
	}
}

// metaClear is METADATA CLEAR: it says what has been.
func (c *conn) metaClear(ctx actor.Context, x *exchange, target string, self bool) {
	if !self && !isRoomName(target) {
		c.metaFind(ctx, x, target, func(registry.UserFound) { c.metaRefused(x, room.ErrNotOperator, target, "*") })
		return
	}
	c.metaOf(ctx, x, target, self, func(name string, set *notes.Set) {
		c.annotate(ctx, x, target, self, "*", set.Cleared(), func() { c.sayCleared(x, name, set) })
	})
}

// annotate changes what the target tells of itself. Who asks is answered, and
// not told as others are.
func (c *conn) annotate(ctx actor.Context, x *exchange, target string, self bool, key string, changes []notes.Change, then func()) {
	x.cost = max(x.cost, len(changes))
	refused := func(_ actor.Context, err error) { c.metaRefused(x, err, target, key) }
	switch {
	case isRoomName(target):
		once := rand.Uint64() | 1
		for i := range changes {
			c.once.first(once + uint64(i))
		}
		ticket := c.askOr(x, nil, func(actor.Context, any) { then() }, func(ctx actor.Context, err error) {
			if _, in := c.find(target); in || !errors.Is(err, room.ErrNotPresent) {
				refused(ctx, err)
				return
			}
			c.describeOr(ctx, x, target, func(room.Description) { refused(ctx, room.ErrNotOperator) })
		})
		c.toRoom(ctx, target, room.Annotate{Ticket: ticket, User: c.user, Changes: changes, Most: c.cfg.Limits.MetadataKeys, Once: once})
	case !self:
		c.metaFind(ctx, x, target, func(registry.UserFound) { c.metaRefused(x, room.ErrNotOperator, target, key) })
	case len(c.ownNotes().With(changes...).All()) > max(c.cfg.Limits.MetadataKeys, len(c.ownNotes().All())):
		c.metaRefused(x, account.ErrTooManyNotes, target, key)
	case c.user == nil:
		c.greeting.notes = c.greeting.notes.With(changes...)
		then()
	case c.profile.Guest():
		ctx.Send(c.user, user.Annotate{Ticket: c.askOr(x, nil, func(actor.Context, any) { then() }, refused), Changes: changes})
	default:
		c.annotateAccount(ctx, x, changes, then, refused)
	}
}

// annotateAccount stores the change with the account, and then tells the user.
func (c *conn) annotateAccount(ctx actor.Context, x *exchange, changes []notes.Change, then func(), refused func(actor.Context, error)) {
	ticket := c.askOr(x, nil, func(ctx actor.Context, answer any) {
		if m, ok := answer.(account.Annotated); ok {
			ticket := c.askOr(x, nil, func(actor.Context, any) { then() }, refused)
			ctx.Send(c.user, user.Annotated{Ticket: ticket, Notes: m.Notes})
		}
	}, refused)
	ctx.Send(c.cfg.Account, account.Annotate{Ticket: ticket, Key: c.profile.ID, Changes: changes, Most: c.cfg.Limits.MetadataKeys})
}

// sayKeys answers METADATA GET: every key in its order.
func (c *conn) sayKeys(x *exchange, name string, set *notes.Set, keys []string) {
	c.metaBatch(x, name)
	for _, key := range keys {
		value, set := set.Get(key)
		switch {
		case !notes.ValidKey(key):
			c.fail(x, "KEY_INVALID", clip(orStar(key)), textBadKey)
		case !set:
			c.numeric(x, irc.RplKeyNotSet, name, key, textKeyNotSet)
		default:
			c.numeric(x, irc.RplKeyValue, name, key, "*", value)
		}
	}
}

func (c *conn) sayAll(x *exchange, name string, set *notes.Set) {
	c.metaBatch(x, name)
	for _, n := range set.All() {
		c.numeric(x, irc.RplKeyValue, name, n.Key, "*", n.Value)
	}
}

// metaBatch makes the answer a batch, for who knows such.
func (c *conn) metaBatch(x *exchange, target string) {
	if c.caps.has(capBatch) {
		c.openBatch(x, irc.BatchMetadata, target)
	}
}
