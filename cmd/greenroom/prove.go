package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/prove"
)

type proveCmd struct {
	For    time.Duration `help:"How long the load and the faults last; at least 10s." default:"60s" env:"GREENROOM_FOR"`
	Seed   *uint64       `help:"Draws the plan of faults; the same seed and time give the same plan. Unless given, one is chosen and told." env:"GREENROOM_SEED"`
	People int           `help:"How many talk." default:"32" env:"GREENROOM_PEOPLE"`
	Data   string        `help:"Empty directory for the server's data and log, which are kept; unless given, one that is removed if all goes well." type:"path" env:"GREENROOM_PROVE_DATA"`
	JSON   bool          `name:"json" help:"Print the report as JSON." env:"GREENROOM_JSON"`
}

// Run exits with 0 only when every promise was put to the proof and held.
func (c proveCmd) Run(s streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cfg := prove.Config{For: max(c.For, 1), People: c.People, Data: c.Data} // 0 would be its default
	if c.Seed != nil {
		cfg.Seed = *c.Seed
	} else {
		cfg.Seed = rand.Uint64N(1_000_000)
	}
	done := func() {}
	cfg.Show = prove.Lines(s.err)
	if width, _, err := term.GetSize(int(s.err.Fd())); err == nil {
		cfg.Show, done = prove.Bar(s.err, width, colours(s.err))
	}
	r, err := prove.Run(ctx, cfg)
	done()
	switch {
	case errors.Is(err, prove.ErrUsage):
		fmt.Fprintln(s.err, "greenroom:", err)
		return exitCode(exitUsage)
	case err != nil:
		return err
	case c.JSON:
		out := json.NewEncoder(s.out)
		out.SetIndent("", "  ")
		err = out.Encode(r)
	default:
		r.Print(s.out, colours(s.out))
	}
	if err == nil && !r.Held {
		return exitCode(exitFailed)
	}
	return err
}

// colours tells whether a stream is to be coloured: see no-color.org.
func colours(f *os.File) bool {
	return os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))
}
