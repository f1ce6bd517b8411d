package main

import (
	"sync"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// live is what new connections are given. It is changed by who reloads and read
// by net, whoever that is at the time, so it has a lock: it is no actor's.
type live struct {
	mu    sync.Mutex
	cfg   config.Config
	make  func(config.Config) *conn.Config // nil: there is no net yet
	conns *conn.Config
}

// begin says how a configuration becomes that of connections, from now on.
func (l *live) begin(make func(config.Config) *conn.Config) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.make, l.conns = make, make(l.cfg)
}

// current is what a connection is given that comes now; nil: there is no net yet.
func (l *live) current() *conn.Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conns
}

// config is what is in force now.
func (l *live) config() config.Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cfg
}

// renew takes what can be changed of a configuration that was loaded again.
func (l *live) renew(next config.Config) (changed, later []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cfg, changed, later = l.cfg.Renew(next)
	if l.make != nil && len(changed) > 0 {
		l.conns = l.make(l.cfg)
	}
	return changed, later
}

// loadAgain loads certificates and the configuration, each of which stays as it
// is where it is not good.
func (r *serving) loadAgain() {
	reloadCertificates(r.ids, r.log)
	if r.load == nil {
		return
	}
	next, err := r.load()
	if err != nil {
		r.log.Error().Err(err).Msg("the configuration stays as it was")
		return
	}
	changed, later := r.live.renew(next)
	if now := r.live.current(); now != nil && len(changed) > 0 {
		r.tree.Tell(conn.Renewed{Config: now})
	}
	r.log.Info().Strs("changed", changed).Msg("configuration loaded again")
	if len(later) > 0 {
		r.log.Warn().Strs("keys", later).Msg("these change when the server is started again")
	}
}
