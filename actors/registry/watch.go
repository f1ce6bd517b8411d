package registry

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
)

// watcher is a connection that wants to know of some nicks who has them.
type watcher struct {
	conn  *actor.PID
	nicks []watched // in the order in which they were asked for
}

// watched is a nick as the watcher has written it.
type watched struct{ key, nick string }

func (w *watcher) index(key string) int {
	return slices.IndexFunc(w.nicks, func(n watched) bool { return n.key == key })
}

// watch adds nicks. Those that can be nobody's are passed over, and those that
// are one too many are given back.
func (r *registry) watch(ctx actor.Context, m Watch) {
	answer := Watched{Ref: m.Ref}
	w := r.watchers[m.Conn.Id]
	if w == nil {
		w = &watcher{conn: m.Conn}
	}
	var asked []watched
	for _, nick := range m.Nicks {
		key, err := names.Nick(nick, r.Limits.Nick)
		if err != nil || slices.ContainsFunc(asked, func(n watched) bool { return n.key == key }) {
			continue
		}
		n := watched{key, nick}
		switch {
		case w.index(key) >= 0:
		case len(w.nicks) >= m.Most:
			answer.Full = append(answer.Full, nick)
			continue
		default:
			w.nicks = append(w.nicks, n)
			r.watched[key] = append(r.watched[key], w)
		}
		asked = append(asked, n)
	}
	if len(w.nicks) > 0 && r.watchers[m.Conn.Id] == nil {
		r.watchers[m.Conn.Id] = w
		ctx.Watch(m.Conn)
	}
	answer.Sights = r.sights(asked)
	ask.Reply(ctx, m.Ticket, answer)
}

// unwatch takes nicks away, or all of them.
func (r *registry) unwatch(ctx actor.Context, m Unwatch) {
	if w := r.watchers[m.Conn.Id]; w != nil {
		var keys []string
		for _, nick := range m.Nicks {
			keys = append(keys, names.Fold(nick))
		}
		r.forgetWatched(w, func(n watched) bool { return m.All || slices.Contains(keys, n.key) })
		if len(w.nicks) == 0 {
			ctx.Unwatch(m.Conn)
			delete(r.watchers, m.Conn.Id)
		}
	}
	ask.Reply(ctx, m.Ticket, Watched{Ref: m.Ref})
}

func (r *registry) forgetWatched(w *watcher, gone func(watched) bool) {
	kept := w.nicks[:0:0]
	for _, n := range w.nicks {
		if !gone(n) {
			kept = append(kept, n)
			continue
		}
		left := slices.DeleteFunc(r.watched[n.key], func(other *watcher) bool { return other == w })
		if r.watched[n.key] = left; len(left) == 0 {
			delete(r.watched, n.key)
		}
	}
	w.nicks = kept
}

// watcherGone: a connection has ended.
func (r *registry) watcherGone(w *watcher) {
	r.forgetWatched(w, func(watched) bool { return true })
	delete(r.watchers, w.conn.Id)
}

// watching tells of all nicks of a connection.
func (r *registry) watching(ctx actor.Context, m Watching) {
	answer := Watched{Ref: m.Ref}
	if w := r.watchers[m.Conn.Id]; w != nil {
		answer.Sights = r.sights(w.nicks)
	}
	ask.Reply(ctx, m.Ticket, answer)
}

func (r *registry) sights(nicks []watched) []Sight {
	sights := make([]Sight, len(nicks))
	for i, n := range nicks {
		sights[i].Nick = n.nick
		if p := r.nicks[n.key]; p != nil {
			sights[i].Online, sights[i].Profile = true, p.profile
		}
	}
	return sights
}

// toWatchers tells those who watch a nick, which is given by its key.
func (r *registry) toWatchers(ctx actor.Context, key string, m any) {
	for _, w := range r.watched[key] {
		ctx.Send(w.conn, m)
	}
}
