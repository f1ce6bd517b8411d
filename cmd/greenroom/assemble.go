package main

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
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
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
	"github.com/greenroom-chat/greenroom/net/poll"
	"github.com/greenroom-chat/greenroom/persistence"
)

// seams are where a server touches what is not its own, and where its actors
// are made: prove puts its faults in there.
type seams struct {
	store   func(persistence.Store) persistence.Store
	options func(target string) []actor.PropsOption // of the actors that fault names
	listen  func(network, address string) (net.Listener, error)
	now     func() time.Time
}

// seamless is a server as people run it.
var seamless = seams{
	store:   func(store persistence.Store) persistence.Store { return store },
	options: func(string) []actor.PropsOption { return nil },
	listen:  net.Listen,
	now:     time.Now,
}

// assemble gives each part of the server its few values of the configuration.
func (r *serving) assemble(store *persistence.DB) actors.Config {
	return actors.Config{
		Storage:         r.storageProps(store),
		Registry:        r.registryConfig(),
		RegistryOptions: r.untiring(fault.Registry),
		Account:         func(d actors.Deps) *actor.Props { return r.accountProps(store.Derive("nobody"), d) },
		Net:             func(d actors.Deps) *actor.Props { return r.netProps(string(store.Derive("cloak")), d) },
		Ready: func(addrs []string) {
			select {
			case r.ready <- addrs:
			default: // said before, and not yet read
			}
		},
		Fatal: func(err error) { r.fatal <- err },
	}
}

// crewed are the options of the actors that fault names.
func (r *serving) crewed(target string) []actor.PropsOption {
	return append(r.options(target), r.crew.Actors(supervise.Throughput))
}

// untiring lets a part that everybody waits for go on for as long as the
// scheduler allows, where others step back after 300 messages: with thousands
// of connections ready to run, its next turn may be a second away.
func (r *serving) untiring(target string) []actor.PropsOption {
	return append(r.options(target), r.crew.Actors(1<<16))
}

func (r *serving) storageProps(store persistence.Store) *actor.Props {
	kept := persistence.ActorConfig{
		Store:          measured{r.store(store), r.seen.store},
		MaxQueueBytes:  int(r.cfg.Limits.InFlightTotal),
		MaxBatch:       r.cfg.Storage.MaxBatch,
		Gather:         time.Millisecond,
		JournalOptions: r.untiring(fault.Journal),
		RecordsOptions: r.crewed(fault.Records),
	}
	opts := append(r.options(fault.Storage), actor.WithSupervisor(storage.Policy()))
	return supervise.Props(persistence.NewStorage(kept), opts...)
}

func (r *serving) registryConfig() registry.Config {
	l, sessions, past := r.cfg.Limits, 0, r.cfg.Limits.WhowasEntries
	if past == 0 {
		past = -1
	}
	if !r.cfg.Accounts.MultipleSessions {
		sessions = 1
	}
	return registry.Config{
		Encode: conn.Encode,
		Limits: registry.Limits{
			Nick: l.NickLength, RoomName: l.ChannelLength,
			Rooms: knownRooms, Running: r.memory.rooms, Talks: r.memory.talks, Users: r.memory.users, Accounts: l.Accounts,
			Past: past,
		},
		Room:        room.Limits{Topic: l.TopicLength, Kick: l.KickLength, List: l.ListModeEntries},
		User:        user.Limits{Sessions: sessions, Rooms: roomsOfUser},
		Now:         r.now,
		RoomOptions: r.crewed(fault.Room),
		UserOptions: r.crewed(fault.User),
	}
}

func (r *serving) accountProps(nobody []byte, d actors.Deps) *actor.Props {
	cfg := r.cfg
	return supervise.Props(account.New(account.Config{
		Records:       d.Records,
		Registry:      d.Registry,
		WeakPasswords: cfg.Accounts.PasswordPolicy == "none",
		TestHash:      cfg.Accounts.PasswordHash == "test",
		Scram:         cfg.Accounts.Scram,
		Nobody:        nobody,
		Closed:        cfg.Accounts.Registration == "closed",
		Throttle:      cfg.Throttling.Enabled,
		MaxNameLength: cfg.Limits.NickLength,
		Workers:       r.memory.hashers,
		Deadline:      20 * time.Second,
		Now:           r.now,
	}), r.untiring(fault.Account)...)
}

func operators(list []config.Operator) []account.Operator {
	known := make([]account.Operator, len(list))
	for i, o := range list {
		known[i] = account.Operator{Name: o.Name, Password: account.Secret(o.Password)}
	}
	return known
}

func (r *serving) netProps(cloak string, d actors.Deps) *actor.Props {
	r.live.begin(func(cfg config.Config) *conn.Config {
		r.sys.Root.Send(d.Account, account.Renew{
			Operators: operators(cfg.Operators), Closed: cfg.Accounts.Registration == "closed", Scram: cfg.Accounts.Scram,
		})
		c := connConfig(cfg, d)
		c.Host, c.Now, c.Started, c.Go = conn.Cloak(cloak), r.now, r.began, r.crew.Go
		c.Strain = r.strain.factor
		c.Rehash = r.reloadSoon
		c.Output, c.Commands = r.memory.output.add, r.memory.commands.add
		return c
	})
	return listen.Props(listen.Config{
		Sockets:         r.sockets(),
		Conn:            func(sock net.Conn) *actor.Props { return conn.Props(r.live.current(), sock, r.crewed(fault.Conn)...) },
		Farewell:        func(reason string) any { return conn.Drain{Reason: reason} },
		PerAddress:      r.cfg.Limits.ConnectionsPerIP,
		Total:           r.memory.connections,
		CountLocal:      r.cfg.Limits.CountLoopback,
		ListenerOptions: r.crewed(fault.Listener),
	}, r.untiring(fault.Net)...)
}

func connConfig(cfg config.Config, d actors.Deps) *conn.Config {
	c := conn.Defaults()
	c.Server, c.Network, c.Description = cfg.ServerName, cfg.NetworkName, cfg.Description
	c.Version = "greenroom-" + buildVersion().Version
	if cfg.MOTD != "" {
		c.MOTD = strings.Split(strings.TrimRight(cfg.MOTD, "\n"), "\n")
	}
	c.Password = conn.Secret(cfg.ServerPassword)
	c.AccountRequired = cfg.Accounts.Required
	c.Scram = cfg.Accounts.Scram
	c.STS = conn.STS{Port: cfg.STSPort(), Duration: time.Duration(cfg.STS.Duration)}
	c.Register = conn.Registration{
		Open:          cfg.Accounts.Registration == "open",
		BeforeConnect: cfg.Accounts.BeforeConnect,
		EmailRequired: cfg.Accounts.EmailRequired,
		CustomName:    cfg.Accounts.CustomAccountName,
	}
	l := cfg.Limits
	c.Limits.Nick, c.Limits.Channel, c.Limits.Topic = l.NickLength, l.ChannelLength, l.TopicLength
	c.Limits.Rooms = roomsOfUser
	c.Limits.Kick, c.Limits.Away, c.Limits.ListEntries = l.KickLength, l.AwayLength, l.ListModeEntries
	c.Limits.Monitor = l.MonitorEntries
	c.UserModes = cfg.Accounts.DefaultUserModes
	c.Limits.MetadataKeys, c.Limits.MetadataSubs, c.Limits.MetadataValue = l.MetadataKeys, l.MetadataSubscriptions, l.MetadataValueBytes
	c.History = cfg.History.Enabled
	c.Limits.MultilineBytes, c.Limits.MultilineLines = l.MultilineMaxBytes, l.MultilineMaxLines
	c.Redaction = cfg.History.AllowRedaction
	c.KeepTags = cfg.History.StoreTagmsgWith
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
	chat    int // how many of all are those of listeners; the page may have one more
}

func loadIdentities(cfg config.Config, open func(network, address string) (net.Listener, error)) (*identities, error) {
	ids := &identities{}
	poller, _ := poll.New() // without it each connection keeps a goroutine
	for _, l := range cfg.Listen {
		socket := listen.Socket{Address: l.Address, AllowPlaintext: l.AllowPlaintext, Open: open, Poller: poller}
		socket.WebSocket, socket.Origins = l.WebSocket, l.Origins
		for _, cidr := range l.ProxyProtocolFrom {
			prefix, err := netip.ParsePrefix(cidr)
			if err != nil {
				return nil, err
			}
			socket.Proxies = append(socket.Proxies, prefix.Masked())
		}
		if l.Encrypted() {
			id, err := ids.identity(cfg, l)
			if err != nil {
				return nil, err
			}
			socket.TLS = configureTLS(cfg, id, l.WebSocket)
		}
		ids.sockets = append(ids.sockets, socket)
	}
	ids.chat = len(ids.all)
	return ids, nil
}

// configureTLS is how an identity is shown. Browsers are not asked for a
// certificate: they would ask their user which to show.
func configureTLS(cfg config.Config, id *listen.Identity, browsers bool) *tls.Config {
	c := id.TLS()
	if browsers {
		c.ClientAuth = tls.NoClientCert
	}
	if cfg.TLSPostQuantum == "required" {
		listen.RequirePostQuantum(c)
	}
	return c
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
	if ids.chat == 0 {
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
