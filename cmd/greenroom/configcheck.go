package main

import (
	"fmt"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

type configCheckCmd struct {
	File string `arg:"" help:"The configuration file." env:"GREENROOM_CONFIG"`
}

// Run reports every fault and exits with 2 when there is one. Otherwise it tells
// how much memory a server so configured may take on this machine.
func (c configCheckCmd) Run(s streams) error {
	cfg, err := config.Load(c.File)
	if err != nil {
		fmt.Fprintln(s.err, err)
		return exitCode(exitUsage)
	}
	b := decide(cfg.Limits, thisMachine())
	fmt.Fprintf(s.out, "%s: good\n%d connections; memory stays below %s:\n", c.File, b.connections, inMiB(total(ceiling(cfg.Limits, b))))
	for _, part := range ceiling(cfg.Limits, b) {
		fmt.Fprintf(s.out, "%8s  %s\n", inMiB(part.bytes), part.what)
	}
	return nil
}
