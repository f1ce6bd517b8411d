package main

import (
	"fmt"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

type configCheckCmd struct {
	File string `arg:"" help:"The configuration file." env:"GREENROOM_CONFIG"`
}

// Run reports every fault and exits with 2 when there is one.
func (c configCheckCmd) Run(s streams) error {
	if _, err := config.Load(c.File); err != nil {
		fmt.Fprintln(s.err, err)
		return exitCode(exitUsage)
	}
	fmt.Fprintf(s.out, "%s: good\n", c.File)
	return nil
}
