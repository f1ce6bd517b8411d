package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/bench"
	"github.com/greenroom-chat/greenroom/net/client"
)

// benchCmd is the load generator, a command a workload.
type benchCmd struct {
	FanOut  benchFanOut  `cmd:"" help:"One room; each sender keeps a window of messages under way."`
	Rooms   benchRooms   `cmd:"" help:"Many rooms, each with such senders."`
	Latency benchLatency `cmd:"" help:"Messages at a steady rate into one room; how late they are read, from when each was due."`
	Join    benchJoin    `cmd:"" help:"Many clients enter one room at once."`
	Idle    benchIdle    `cmd:"" help:"The server's memory for a registered client that does nothing."`
	Connect benchConnect `cmd:"" help:"How fast clients connect and register."`
	Restart benchRestart `cmd:"" help:"Everybody comes back at once after a restart of the server, which must be one of --start."`
	Relay   benchRelay   `cmd:"" hidden:"" help:"The relay of --limit."`
}

// benchTarget is what the workloads have in common.
type benchTarget struct {
	Addr     string        `arg:"" optional:"" help:"The server, HOST:PORT." env:"GREENROOM_BENCH_ADDR"`
	Start    bool          `help:"Start our own server for it: scratch data, synced as always, guests allowed, no rate limits." env:"GREENROOM_BENCH_START"`
	Data     string        `help:"Where --start puts its scratch directory; that of the system unless given." type:"existingdir" env:"GREENROOM_BENCH_DATA"`
	TLS      bool          `name:"tls" help:"Speak TLS." env:"GREENROOM_BENCH_TLS"`
	Insecure bool          `help:"Accept any certificate; on loopback it always is." env:"GREENROOM_BENCH_INSECURE"`
	PID      int           `name:"pid" help:"Process of the server, on this machine: its CPU and memory are told." env:"GREENROOM_BENCH_PID"`
	Account  string        `help:"SASL: client 0 logs in to NAME0, client 1 to NAME1 and so on, with the password in GREENROOM_PASSWORD. Without it, accounts are made where the server demands them." placeholder:"NAME" env:"GREENROOM_BENCH_ACCOUNT"`
	From     []string      `help:"Source addresses, taken in turn." placeholder:"IP" env:"GREENROOM_BENCH_FROM"`
	Rounds   int           `help:"Rounds; 3 unless given, 1 for idle and restart." env:"GREENROOM_BENCH_ROUNDS"`
	Patience time.Duration `help:"How long nothing may come while something should." default:"20s" env:"GREENROOM_BENCH_PATIENCE"`
	JSON     bool          `name:"json" help:"Print JSON, an object a line." env:"GREENROOM_BENCH_JSON"`

	accounts, kill bool // of the server of --start
}

// benchLimit is for the workloads that a relay can be put to.
type benchLimit struct {
	Limit []string `help:"Measure a relay that only writes in turn with the server, and give every figure as a ratio to it: write, a write for each message and member; wakeup, one for all that has come meanwhile." enum:"write,wakeup" env:"GREENROOM_BENCH_LIMIT"`
}

// benchTexts is for the workloads that send messages.
type benchTexts struct {
	Size     int           `help:"Bytes of a text." default:"64" env:"GREENROOM_BENCH_SIZE"`
	For      time.Duration `help:"How long a round sends." default:"5s" env:"GREENROOM_BENCH_FOR"`
	Messages int           `help:"Messages of a round, in place of --for." env:"GREENROOM_BENCH_MESSAGES"`
	WarmUp   time.Duration `help:"The same load before the first round, not counted." default:"1s" env:"GREENROOM_BENCH_WARM_UP"`
}

// benchWindow is for the closed loops.
type benchWindow struct {
	Complete string `help:"When a message is done: all, when every other member has it; echo, when its sender has it back, or the answer to a PING behind it where there is no echo-message." enum:"all,echo" default:"all" env:"GREENROOM_BENCH_COMPLETE"`
}

type benchFanOut struct {
	Members int `help:"Members of the room." default:"1000" env:"GREENROOM_BENCH_MEMBERS"`
	Senders int `help:"Members who send." default:"8" env:"GREENROOM_BENCH_SENDERS"`
	Window  int `help:"Messages of each sender under way." default:"4" env:"GREENROOM_BENCH_WINDOW"`
	benchWindow
	benchTexts
	benchLimit
	benchTarget
}

// Run measures one room.
func (c benchFanOut) Run(s streams) error {
	o := bench.Options{Workload: bench.FanOut, Rooms: 1, Members: c.Members, Senders: c.Senders, Window: c.Window}
	o.Complete = bench.Completion(c.Complete)
	return c.run(s, c.options(o), c.benchLimit)
}

type benchRooms struct {
	Rooms   int `help:"Rooms." default:"100" env:"GREENROOM_BENCH_ROOMS"`
	Members int `help:"Members of each room." default:"20" env:"GREENROOM_BENCH_MEMBERS"`
	Senders int `help:"Members of each room who send." default:"2" env:"GREENROOM_BENCH_SENDERS"`
	Window  int `help:"Messages of each sender under way." default:"1" env:"GREENROOM_BENCH_WINDOW"`
	benchWindow
	benchTexts
	benchLimit
	benchTarget
}

// Run measures many rooms.
func (c benchRooms) Run(s streams) error {
	o := bench.Options{Workload: bench.Rooms, Rooms: c.Rooms, Members: c.Members, Senders: c.Senders, Window: c.Window}
	o.Complete = bench.Completion(c.Complete)
	return c.run(s, c.options(o), c.benchLimit)
}

type benchLatency struct {
	Members int     `help:"Members of the room." default:"50" env:"GREENROOM_BENCH_MEMBERS"`
	Senders int     `help:"Members who send, in turn." default:"8" env:"GREENROOM_BENCH_SENDERS"`
	Rate    float64 `help:"Messages a second, whatever the server does." default:"200" env:"GREENROOM_BENCH_RATE"`
	benchTexts
	benchLimit
	benchTarget
}

// Run measures delays.
func (c benchLatency) Run(s streams) error {
	o := bench.Options{Workload: bench.Latency, Rooms: 1, Members: c.Members, Senders: c.Senders, Rate: c.Rate}
	return c.run(s, c.options(o), c.benchLimit)
}

type benchJoin struct {
	Members int `help:"Clients." default:"4000" env:"GREENROOM_BENCH_MEMBERS"`
	Window  int `help:"Joins under way; 0: all at once." env:"GREENROOM_BENCH_WINDOW"`
	benchTarget
}

// Run measures a storm of joins.
func (c benchJoin) Run(s streams) error {
	return c.run(s, bench.Options{Workload: bench.Join, Members: c.Members, Window: c.Window}, benchLimit{})
}

type benchIdle struct {
	Members int           `help:"Clients." default:"1000" env:"GREENROOM_BENCH_MEMBERS"`
	For     time.Duration `help:"How long they do nothing before memory is read." default:"5s" env:"GREENROOM_BENCH_FOR"`
	benchLimit
	benchTarget
}

// Run measures memory.
func (c benchIdle) Run(s streams) error {
	return c.run(s, bench.Options{Workload: bench.Idle, Members: c.Members, For: c.For}, c.benchLimit)
}

type benchConnect struct {
	Members int `help:"Clients." default:"5000" env:"GREENROOM_BENCH_MEMBERS"`
	Window  int `help:"Clients on their way in at once." default:"512" env:"GREENROOM_BENCH_WINDOW"`
	benchLimit
	benchTarget
}

// Run measures registration.
func (c benchConnect) Run(s streams) error {
	return c.run(s, bench.Options{Workload: bench.Connect, Members: c.Members, Window: c.Window}, c.benchLimit)
}

type benchRelay struct {
	Mode string `arg:"" enum:"write,wakeup"`
}

// Run ends with its standard input.
func (c benchRelay) Run(s streams) error {
	return bench.Relay(bench.RelayMode(c.Mode), s.in, s.out)
}

func (t benchTexts) options(o bench.Options) bench.Options {
	o.Size, o.For, o.Messages, o.WarmUp = t.Size, t.For, t.Messages, t.WarmUp
	return o
}

// run starts the server if it is to, measures and prints. Flags that contradict
// each other exit with 2; a server that fails, or is found to lose messages,
// with 1.
func (t benchTarget) run(s streams, o bench.Options, limit benchLimit) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	for _, mode := range slices.Compact(slices.Sorted(slices.Values(limit.Limit))) {
		o.Limits = append(o.Limits, bench.RelayMode(mode))
	}
	o.Rounds, o.Patience = cmp.Or(t.Rounds, 3), t.Patience
	if o.Workload == bench.Idle || o.Workload == bench.Restart {
		o.Rounds = max(t.Rounds, 1)
	}
	o.Server = bench.Server{
		Addr: t.Addr, TLS: t.TLS, Insecure: t.Insecure, PID: t.PID, From: t.From, Account: t.Account,
		Password:        client.Secret(os.Getenv("GREENROOM_SERVER_PASSWORD")),
		AccountPassword: client.Secret(os.Getenv("GREENROOM_PASSWORD")),
	}
	if err := t.check(o); err != nil {
		fmt.Fprintln(s.err, "greenroom:", err)
		return exitCode(exitUsage)
	}
	var started *bench.Child
	if t.Start {
		var err error
		if started, err = bench.StartServer(ctx, t.setup(o)); err != nil {
			return err
		}
		o.Server.Addr, o.Server.PID, o.Server.Again = started.Addr, started.PID, started.Again
		if t.TLS {
			o.Server.Addr = started.TLSAddr
		}
	}
	err := t.measure(ctx, s, o, started != nil && started.InMemory)
	if started != nil {
		err = errors.Join(err, started.Stop())
	}
	return err
}

func (t benchTarget) check(o bench.Options) error {
	switch {
	case t.Start && (t.Addr != "" || t.PID != 0 || t.Account != ""):
		return errors.New("--start is a server of its own: leave the address, --pid and --account out")
	case t.Start:
		o.Server.Addr, o.Server.Again = "127.0.0.1:0", (*bench.Child)(nil).Again
	case t.Addr == "":
		return errors.New("which server? Give HOST:PORT, or --start for one of ours")
	case t.Account != "" && o.Server.AccountPassword == "":
		return errors.New("--account wants the accounts' password in GREENROOM_PASSWORD")
	}
	return o.Validate()
}

func (t benchTarget) measure(ctx context.Context, s streams, o bench.Options, inMemory bool) error {
	progress := bench.NewProgress(s.err, term.IsTerminal(int(s.err.Fd())))
	o.Progress = progress.Show
	report, err := bench.Run(ctx, o)
	progress.Clear()
	if inMemory {
		report.Notes = append(report.Notes, "server: its data were in memory, where syncing costs nothing; give --data a directory on a disk")
	}
	if t.JSON {
		err = errors.Join(err, report.JSON(s.out))
	} else {
		report.Table(s.out, os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(s.out.Fd())))
	}
	return err
}
