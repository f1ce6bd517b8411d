package registry

import (
	"crypto/rand"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// person is somebody who has a user actor.
type person struct {
	gate
	id      string
	pid     *actor.PID
	nick    string // the key of the nick it holds; empty: not online
	profile people.Profile
	came    int      // sessions since it has the nick
	talks   []*house // its conversations: while there is one, it is not retired
	resting uint64   // the number of the question whether it rests
	ending  bool     // it is being stopped
}

// signIn brings a session to its user. All sessions of an account are one
// user and share its nick; a guest is always a new one.
func (r *registry) signIn(ctx actor.Context, m SignIn) {
	id := ""
	if !m.Profile.Guest() {
		id = names.Fold(m.Profile.Account)
	}
	p := r.persons[id]
	switch {
	case p != nil && p.shut:
		r.park(ctx, &p.gate, m)
	case p != nil && p.nick != "":
		r.attach(ctx, p, m)
	default:
		r.signOn(ctx, p, id, m)
	}
}

// signOn brings the first session of a user, which must find a nick.
func (r *registry) signOn(ctx actor.Context, p *person, id string, m SignIn) {
	key, err := names.Nick(m.Profile.Nick, r.Limits.Nick)
	if err != nil {
		ask.Refuse(ctx, m.Ticket, ErrBadNick)
		return
	}
	if holder := r.nicks[key]; holder != nil && holder.shut {
		r.park(ctx, &holder.gate, m)
		return
	}
	if err := r.free(key, id); err != nil {
		ask.Refuse(ctx, m.Ticket, err)
		return
	}
	if p == nil && len(r.users) >= r.Limits.Users {
		ask.Refuse(ctx, m.Ticket, ask.ErrBusy)
		return
	}
	profile := m.Profile
	profile.ID = id
	if id == "" {
		profile.ID = "~" + rand.Text()
	}
	if p == nil {
		p = r.spawnUser(ctx, profile)
	}
	p.profile, p.nick, p.came = profile, key, 0
	r.nicks[key] = p
	r.most = max(r.most, len(r.nicks))
	r.toWatchers(ctx, key, Appeared{Profile: profile})
	r.attach(ctx, p, m)
}

func (r *registry) attach(ctx actor.Context, p *person, m SignIn) {
	p.came++
	profile := m.Profile
	profile.ID, profile.Nick = p.id, p.profile.Nick
	ctx.Send(p.pid, user.Attach{Ticket: m.Ticket, Session: m.Session, Profile: profile})
}

func (r *registry) spawnUser(ctx actor.Context, profile people.Profile) *person {
	p := &person{id: profile.ID, profile: profile}
	p.pid = ctx.SpawnPrefix(user.Props(r.ofUsers, profile, r.UserOptions...), "user-")
	r.persons[p.id], r.users[p.pid.Id] = p, p
	return p
}

// free says why a nick cannot be had by the account of that id, or by a guest
// when id is empty.
func (r *registry) free(key, id string) error {
	if r.nicks[key] != nil {
		return ErrNickInUse
	}
	if _, taken := r.accounts[key]; taken && key != id {
		return ErrNickReserved
	}
	return nil
}

func (r *registry) rename(ctx actor.Context, m Rename) {
	p := r.users[m.User.Id]
	key, err := names.Nick(m.Nick, r.Limits.Nick)
	switch {
	case p == nil:
		ask.Refuse(ctx, m.Ticket, ask.ErrUnavailable)
		return
	case p.shut:
		r.park(ctx, &p.gate, m)
		return
	case err != nil:
		ask.Refuse(ctx, m.Ticket, ErrBadNick)
		return
	}
	if holder := r.nicks[key]; holder != p {
		if holder != nil && holder.shut {
			r.park(ctx, &holder.gate, m)
			return
		}
		if err := r.free(key, p.id); err != nil {
			ask.Refuse(ctx, m.Ticket, err)
			return
		}
	}
	r.giveNick(ctx, p, key, m.Nick)
	ctx.Send(p.pid, user.Renamed{Ticket: m.Ticket, Nick: m.Nick})
}

// giveNick is for one who has another nick; a change of case only is not news.
func (r *registry) giveNick(ctx actor.Context, p *person, key, nick string) {
	if p.nick == key {
		p.profile.Nick = nick
		return
	}
	r.dropNick(ctx, p)
	p.nick, p.profile.Nick = key, nick
	r.nicks[key] = p
	r.toWatchers(ctx, key, Appeared{Profile: p.profile})
}

// identify turns a guest, or who has logged in to another account, into an
// account that is not signed in elsewhere. It is for a single session: others of
// the same user have not shown who they are.
func (r *registry) identify(ctx actor.Context, m Identify) {
	p, id := r.users[m.User.Id], names.Fold(m.Account)
	switch {
	case p == nil:
		ask.Refuse(ctx, m.Ticket, ask.ErrUnavailable)
		return
	case p.shut:
		r.park(ctx, &p.gate, m)
		return
	case p.id != id && (p.came > 1 || r.persons[id] != nil):
		ask.Refuse(ctx, m.Ticket, ErrNotMergeable)
		return
	}
	delete(r.persons, p.id)
	p.id, p.profile.ID, p.profile.Account = id, id, m.Account
	r.persons[id] = p
	became := user.Identified{Ticket: m.Ticket, ID: id, Account: m.Account, Notes: m.Notes}
	if !r.keepsNick(p) {
		became.Ticket = ask.Ticket{}
		ctx.Send(p.pid, became)
		r.giveNick(ctx, p, id, m.Account)
		ctx.Send(p.pid, user.Renamed{Ticket: m.Ticket, Nick: m.Account})
		return
	}
	ctx.Send(p.pid, became)
}

// keepsNick: whose nick is the name of an account that they are no longer logged
// in to goes by the new one, so that its owner finds it free. Any other nick is
// kept.
func (r *registry) keepsNick(p *person) bool {
	_, reserved := r.accounts[p.nick]
	return !reserved || p.nick == p.id || r.free(p.id, p.id) != nil
}

// reserve takes a name for an account that is about to be made. Nobody else
// may be known by it: not even as a nick, which only its holder may register.
func (r *registry) reserve(ctx actor.Context, m account.Reserve) {
	_, taken := r.accounts[m.Key]
	holder := r.nicks[m.Key]
	switch {
	case taken:
		ask.Refuse(ctx, m.Ticket, account.ErrExists)
		return
	case holder != nil && !holder.pid.Equal(m.By):
		ask.Refuse(ctx, m.Ticket, account.ErrHeld)
		return
	}
	if len(r.accounts) >= r.Limits.Accounts {
		ask.Refuse(ctx, m.Ticket, account.ErrFull)
		return
	}
	r.accounts[m.Key], r.reserved[m.Key] = m.Name, true
	ask.Reply(ctx, m.Ticket, account.Reserved{Ref: m.Ref})
}

// release frees a reserved name that no account was made of. It may have been
// reserved again, after a restart, and an account made of it by now.
func (r *registry) release(m account.Release) {
	if r.reserved[m.Key] {
		delete(r.reserved, m.Key)
		delete(r.accounts, m.Key)
	}
}

// made keeps the name of an account. It was reserved, but by an incarnation
// that has ended when storage was asked for the names before it had this one.
func (r *registry) made(m account.Made) {
	delete(r.reserved, m.Key)
	r.accounts[m.Key] = m.Name
}

func (r *registry) toUser(ctx actor.Context, m ToUser) {
	p, err := r.find(ctx, m.Nick, m.Offline)
	switch {
	case err != nil:
		ask.Refuse(ctx, m.Ticket, err)
	case p.shut:
		r.park(ctx, &p.gate, m)
	default:
		ctx.Send(p.pid, m.Command)
		r.mayRest(ctx, p)
	}
}

func (r *registry) findUser(ctx actor.Context, m FindUser) {
	p, err := r.find(ctx, m.Nick, false)
	if err != nil {
		ask.Refuse(ctx, m.Ticket, err)
		return
	}
	ask.Reply(ctx, m.Ticket, UserFound{Ref: m.Ref, User: p.pid, Profile: p.profile})
}

// find returns who has the nick, or else, if offline is set, the account of
// that name, which gets a user actor if it has none.
func (r *registry) find(ctx actor.Context, nick string, offline bool) (*person, error) {
	key := names.Fold(nick)
	if p := r.nicks[key]; p != nil {
		return p, nil
	}
	name, known := r.accounts[key]
	switch {
	case !offline || !known:
		return nil, ErrNoNick
	case r.persons[key] != nil:
		return r.persons[key], nil
	case len(r.users) >= r.Limits.Users:
		return nil, ask.ErrBusy
	}
	return r.spawnUser(ctx, people.Profile{ID: key, Nick: name, Account: name}), nil
}
