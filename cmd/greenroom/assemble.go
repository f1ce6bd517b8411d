package main

import (
	"errors"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
	"github.com/greenroom-chat/greenroom/persistence"
)

// assemble gives each part of the server its few values of the configuration.
func assemble(cfg config.Config, store *persistence.DB, ids *identities, ready chan<- []string, fatal chan<- error) actors.Config {
	kept := persistence.ActorConfig{Store: store, MaxBatch: cfg.Storage.MaxBatch}
	return actors.Config{
		Storage:  supervise.Props(persistence.NewStorage(kept), actor.WithSupervisor(storage.Policy())),
		Registry: registryConfig(cfg),
		Account:  func(d actors.Deps) *actor.Props { return accountProps(cfg, d) },
		Net:      func(d actors.Deps) *actor.Props { return netProps(cfg, string(store.Derive("cloak")), ids, d) },
		Ready: func(addrs []string) {
			select {
			case ready <- addrs:
			default: // said before, and not yet read
			}
		},
		Fatal: func(err error) { fatal <- err },
	}
}

func registryConfig(cfg config.Config) registry.Config {
	sessions := 0
	if !cfg.Accounts.MultipleSessions {
		sessions = 1
	}
	r := registry.Config{
		Encode: conn.Encode,
		Limits: registry.Limits{Nick: cfg.Limits.NickLength, RoomName: cfg.Limits.ChannelLength},
		Room:   room.Limits{Topic: cfg.Limits.TopicLength, Kick: cfg.Limits.KickLength, List: cfg.Limits.ListModeEntries},
		Now:    time.Now,
	}
	r.User.Sessions = sessions
	return r
}

func accountProps(cfg config.Config, d actors.Deps) *actor.Props {
	return supervise.Props(account.New(account.Config{
		Records:       d.Records,
		Registry:      d.Registry,
		WeakPasswords: cfg.Accounts.PasswordPolicy == "none",
		TestHash:      cfg.Accounts.PasswordHash == "test",
		Closed:        cfg.Accounts.Registration == "closed",
		Throttle:      cfg.Throttling.Enabled,
		MaxNameLength: cfg.Limits.NickLength,
		Deadline:      20 * time.Second,
	}))
}

func netProps(cfg config.Config, cloak string, ids *identities, d actors.Deps) *actor.Props {
	c := connConfig(cfg, d)
	c.Host = conn.Cloak(cloak)
	return listen.Props(listen.Config{
		Sockets:    ids.sockets,
		Conn:       func(sock net.Conn) *actor.Props { return conn.Props(c, sock) },
		Farewell:   func(reason string) any { return conn.Drain{Reason: reason} },
		PerAddress: cfg.Limits.ConnectionsPerIP,
	})
}

func connConfig(cfg config.Config, d actors.Deps) *conn.Config {
	c := conn.Defaults()
	c.Server, c.Network, c.Description = cfg.ServerName, cfg.NetworkName, cfg.Description
	c.Version, c.Started = "greenroom-"+buildVersion().Version, time.Now()
	if cfg.MOTD != "" {
		c.MOTD = strings.Split(strings.TrimRight(cfg.MOTD, "\n"), "\n")
	}
	c.Password = conn.Secret(cfg.ServerPassword)
	c.AccountRequired = cfg.Accounts.Required
	c.Register = conn.Registration{
		Open:          cfg.Accounts.Registration == "open",
		BeforeConnect: cfg.Accounts.BeforeConnect,
		EmailRequired: cfg.Accounts.EmailRequired,
		CustomName:    cfg.Accounts.CustomAccountName,
	}
	l := cfg.Limits
	c.Limits.Nick, c.Limits.Channel, c.Limits.Topic = l.NickLength, l.ChannelLength, l.TopicLength
	c.Limits.Kick, c.Limits.Away, c.Limits.ListEntries = l.KickLength, l.AwayLength, l.ListModeEntries
	c.History = cfg.History.Enabled
	c.Limits.History = cfg.History.MaxMessagesPerRequest
	c.SendQueue = int(l.SendQueue)
	if !cfg.RateLimits.Enabled {
		c.Rate = 0
	}
	c.Registry, c.Account, c.Records = d.Registry, d.Account, d.Records
	return &c
}

// identities are the certificates of the listeners, loaded before anything is
// started, so that a bad one is a bad start.
type identities struct {
	own     *listen.Identity // self-signed; nil when no listener needs it
	all     []*listen.Identity
	sockets []listen.Socket
}

func loadIdentities(cfg config.Config) (*identities, error) {
	ids := &identities{}
	for _, l := range cfg.Listen {
		socket := listen.Socket{Address: l.Address, AllowPlaintext: l.AllowPlaintext}
		if l.Encrypted() {
			id, err := ids.identity(cfg, l)
			if err != nil {
				return nil, err
			}
			socket.TLS = id.TLS()
		}
		ids.sockets = append(ids.sockets, socket)
	}
	return ids, nil
}

func (ids *identities) identity(cfg config.Config, l config.Listen) (id *listen.Identity, err error) {
	switch {
	case l.Cert != "":
		id, err = listen.Load(l.Cert, l.Key)
	case ids.own != nil:
		return ids.own, nil
	default:
		names := []string{cfg.ServerName, "localhost", "127.0.0.1", "::1"}
		id, err = listen.LoadOrMake(filepath.Join(cfg.DataDir, "tls"), names, time.Now)
		ids.own = id
	}
	if err != nil {
		return nil, err
	}
	ids.all = append(ids.all, id)
	return id, nil
}

// fingerprint is what a client is asked about at its first contact.
func (ids *identities) fingerprint() string {
	if len(ids.all) == 0 {
		return ""
	}
	return ids.all[0].Fingerprint()
}

func (ids *identities) reload() error {
	var failed []error
	for _, id := range ids.all {
		failed = append(failed, id.Reload())
	}
	return errors.Join(failed...)
}
