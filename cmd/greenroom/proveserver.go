package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

// proveServerCmd is the server that `greenroom prove` starts and breaks: the
// same as serve makes, with injectors in its seams. It takes orders from
// standard input and reports on standard output, a JSON value a line; see
// package fault. When standard input ends, so does it, at once.
type proveServerCmd struct {
	Config string `help:"Configuration file (TOML) to start from." type:"path"`
	Data   string `help:"Directory of everything that is stored." type:"path" required:""`
}

// Run serves until a signal comes.
func (c proveServerCmd) Run(s streams) error {
	cfg, err := c.settings()
	if err != nil {
		fmt.Fprintln(s.err, err)
		return exitCode(exitUsage)
	}
	log := newLog(s.err, "json", cfg.Log.Level)
	d := &dialogue{out: json.NewEncoder(s.out)}
	d.injectors = fault.NewInjectors(func(m fault.Struck) { d.report(fault.Report{Struck: &m}) })
	d.serving = newServing(cfg, log, seams{
		store: d.injectors.Store, options: d.injectors.Options, listen: d.injectors.Listen, now: d.injectors.Now,
	})
	d.serving.greet = func(addrs []string) {
		d.report(fault.Report{Ready: &fault.Ready{Address: addrs[0], Fingerprint: d.serving.ids.fingerprint()}})
	}
	go func() { // ends with the process
		err := d.obey(s.in)
		log.Error().Err(err).Msg("nobody gives orders any more")
		os.Exit(exitFailed)
	}()
	return d.serving.run()
}

// settings are the file's but for what would be in the way of a load: slow
// hashes, and limits of what one address may do.
func (c proveServerCmd) settings() (config.Config, error) {
	cfg, err := serveCmd{Config: c.Config, Data: c.Data, Listen: []string{"127.0.0.1:0"}, Web: "off"}.settings()
	cfg.Accounts.PasswordHash = "test"
	cfg.RateLimits.Enabled, cfg.Throttling.Enabled = false, false
	return cfg, err
}

// dialogue is what the server and prove say to each other.
type dialogue struct {
	serving   *serving
	injectors *fault.Injectors

	mu  sync.Mutex // of out
	out *json.Encoder
}

// report does not fail: whom it cannot reach has ended, and then so does this.
func (d *dialogue) report(r fault.Report) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.out.Encode(r)
}

// obey does what it is ordered to, and returns when nothing more will come.
func (d *dialogue) obey(in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var o fault.Order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			return fmt.Errorf("read an order: %w", err)
		}
		if o.Strike != nil {
			if err := d.injectors.Strike(*o.Strike); err != nil {
				return err
			}
		}
		if o.Report {
			d.report(fault.Report{Status: d.status()})
		}
	}
	return errors.Join(lines.Err(), io.EOF)
}

func (d *dialogue) status() *fault.Status {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return &fault.Status{
		Goroutines: runtime.NumGoroutine(),
		Actors:     supervise.Live(d.serving.sys),
		Heap:       m.HeapAlloc,
	}
}
