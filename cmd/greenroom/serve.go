package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/web"
	"github.com/greenroom-chat/greenroom/persistence"
)

// A server that is told to end has 5 s: so much is the actors', and the store
// has the rest.
const (
	endWithin  = 4900 * time.Millisecond
	stopWithin = 4300 * time.Millisecond
)

type serveCmd struct {
	Config      string   `help:"Configuration file (TOML)." type:"path" env:"GREENROOM_CONFIG"`
	Data        string   `help:"Directory of everything that is stored; greenroom-data unless configured." type:"path" env:"GREENROOM_DATA"`
	Listen      []string `help:"Address for TLS; may be repeated. With --listen-plain it takes the place of the configured addresses." env:"GREENROOM_LISTEN"`
	ListenPlain []string `help:"Address for plain text; loopback only." env:"GREENROOM_LISTEN_PLAIN"`
	Web         string   `help:"Address of the web page; off for none. 127.0.0.1:8067 unless configured; anywhere but on loopback with TLS." env:"GREENROOM_WEB"`
	Metrics     string   `help:"Loopback address for /metrics, /healthz, /readyz and /debug/pprof; nowhere unless configured." env:"GREENROOM_METRICS"`
	LogFormat   string   `help:"console or json." env:"GREENROOM_LOG_FORMAT"`
	LogLevel    string   `help:"trace, debug, info, warn or error." env:"GREENROOM_LOG_LEVEL"`
}

// Run serves until a signal comes. Bad configuration exits with 2, whatever
// else goes wrong with 1.
func (c serveCmd) Run(s streams) error {
	cfg, err := c.settings()
	if err != nil {
		fmt.Fprintln(s.err, err)
		return exitCode(exitUsage)
	}
	log := newLog(s.err, cfg.Log.Format, cfg.Log.Level)
	for _, w := range cfg.Warnings() {
		log.Warn().Str("key", w.Key).Msg(w.What)
	}
	r := newServing(cfg, log, seamless)
	r.load = c.settings
	if isFresh(cfg.DataDir) && cfg.Log.Format == "console" {
		r.greet = func(addrs []string) { welcome(s.err, cfg, r.ids, r.site, addrs) }
	}
	return r.run()
}

// settings are the file's, with the flags over them.
func (c serveCmd) settings() (config.Config, error) {
	cfg := config.Default()
	if c.Config != "" {
		loaded, err := config.Load(c.Config)
		if err != nil {
			return cfg, err
		}
		cfg = loaded
	}
	if c.Data != "" {
		cfg.DataDir = c.Data
	}
	if len(c.Listen)+len(c.ListenPlain) > 0 {
		cfg.Listen = nil
	}
	for _, address := range c.Listen {
		cfg.Listen = append(cfg.Listen, config.Listen{Address: address})
	}
	for _, address := range c.ListenPlain {
		cfg.Listen = append(cfg.Listen, config.Listen{Address: address, TLS: new(bool)})
	}
	if c.Web != "" {
		cfg.Web.Address, cfg.Web.Explicit = c.Web, true
	}
	if c.Metrics != "" {
		cfg.Metrics.Address = c.Metrics
	}
	if c.LogFormat != "" {
		cfg.Log.Format = c.LogFormat
	}
	if c.LogLevel != "" {
		cfg.Log.Level = c.LogLevel
	}
	var faults []error
	for _, f := range cfg.Validate() {
		faults = append(faults, f)
	}
	return cfg, errors.Join(faults...)
}

// serving is a server from its start to its end.
type serving struct {
	seams
	cfg          config.Config                 // as it was at the start
	load         func() (config.Config, error) // the file and flags again; nil: there is none
	live         live
	log          zerolog.Logger
	sys          *actor.ActorSystem
	tree         *actors.Tree
	crew         *supervise.Crew
	seen         *observer
	memory       memory
	began        time.Time
	strain       strain
	ids          *identities
	site         *web.Site // nil: no page
	ready        chan []string
	fatal        chan error
	told, reload chan os.Signal
	greet        func(addrs []string) // when it is ready for the first time; nil: nobody is new
}

func newServing(cfg config.Config, log zerolog.Logger, s seams) *serving {
	return &serving{
		seams: s, cfg: cfg, live: live{cfg: cfg}, began: time.Now(), log: log,
		sys: supervise.NewSystem(log), crew: supervise.NewCrew(), seen: newObserver(),
		ready: make(chan []string, 1), fatal: make(chan error, 1),
		told: make(chan os.Signal, 1), reload: make(chan os.Signal, 1),
	}
}

// run serves until a signal comes, and logs why it ends.
func (r *serving) run() error {
	if err := r.untilSignal(); err != nil {
		r.log.Error().Err(err).Msg("the server cannot go on")
		return exitCode(exitFailed)
	}
	r.log.Info().Msg("stopped")
	return nil
}

func (r *serving) untilSignal() (err error) {
	signal.Notify(r.told, syscall.SIGTERM, syscall.SIGINT)
	signal.Notify(r.reload, syscall.SIGHUP)
	raiseFiles(filesFor(r.cfg.Limits.Connections))
	r.memory = planMemory(r.cfg.Limits, thisMachine(), r.log)
	operators, err := r.seen.serve(r.cfg.Metrics)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, operators.Close(0)) }()
	if operators != nil {
		r.log.Info().Str("address", operators.Addr()).Msg("metrics")
	}
	store, err := r.openStore()
	if err != nil {
		return err
	}
	deadline := time.Now().Add(endWithin)
	defer func() { err = errors.Join(err, closeStore(store, deadline)) }()
	if r.ids, err = loadIdentities(r.cfg, r.listen); err != nil {
		return err
	}
	if r.site, err = r.openSite(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.site.Close(0)) }()
	logFacts(r.sys, r.log)
	end := make(chan struct{})
	defer close(end)
	go r.strain.watch(end)
	r.seen.watch(r.sys, store, r.memory)
	r.seen.gauge("strain", "How many times more a command costs those who send many; 1 unless what is ready to run has to wait.",
		func() float64 { return float64(r.strain.factor()) })
	defer r.crew.Close()
	r.tree = actors.Start(r.sys, r.assemble(store))
	r.seen.ask(r.tree)
	go tidy(end)
	err = r.untilTold()
	r.seen.health.enter("stopping")
	signal.Reset() // a second signal ends the process at once
	deadline = time.Now().Add(endWithin)
	return errors.Join(err, r.tree.Stop(stopWithin))
}

// untilTold returns when a signal ends the server, or with why it cannot go on.
func (r *serving) untilTold() error {
	for {
		select {
		case addrs := <-r.ready:
			addrs = addrs[:len(r.cfg.Listen)] // the last is the page's own
			r.seen.health.enter("")
			r.log.Info().Strs("listen", addrs).Str("web", r.site.URL()).Str("fingerprint", r.ids.fingerprint()).
				Str("version", buildVersion().Version).
				Int("connections", r.memory.connections).Str("memory_ceiling", inMiB(r.memory.ceiling)).Msg("ready")
			if r.greet != nil {
				r.greet(addrs)
				r.greet = nil
			}
		case <-r.reload:
			r.loadAgain()
		case err := <-r.fatal:
			return err
		case <-r.told:
			r.log.Info().Msg("stopping")
			return nil
		}
	}
}

// reloadSoon does what SIGHUP does, unless that is being done.
func (r *serving) reloadSoon() {
	select {
	case r.reload <- syscall.SIGHUP:
	default:
	}
}

func isFresh(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "format"))
	return errors.Is(err, os.ErrNotExist)
}

func (r *serving) openStore() (*persistence.DB, error) {
	master := r.cfg.Storage.MasterKeyFile
	if master == "" {
		master = filepath.Join(r.cfg.DataDir, "master.key")
	}
	return persistence.Open(persistence.Config{
		Dir:           r.cfg.DataDir,
		MasterKeyFile: master,
		MasterKey:     []byte(os.Getenv("GREENROOM_MASTER_KEY")),
		Now:           r.now,
		Log:           func(event string) { r.log.Info().Str("part", "store").Msg(event) },
	})
}

// closeStore does not wait for a disk that hangs: what was acknowledged is on
// it, and what was not may be lost.
func closeStore(store *persistence.DB, deadline time.Time) error {
	closed := make(chan error, 1)
	go func() { closed <- store.Close() }() // ends with the process at the latest
	select {
	case err := <-closed:
		return err
	case <-time.After(time.Until(deadline)):
		return errors.New("the store does not close; nothing that was acknowledged is lost")
	}
}

func reloadCertificates(ids *identities, log zerolog.Logger) {
	if err := ids.reload(); err != nil {
		log.Error().Err(err).Msg("the certificates stay as they were")
		return
	}
	log.Info().Str("fingerprint", ids.fingerprint()).Msg("certificates loaded again")
}
