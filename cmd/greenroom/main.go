// Command greenroom is a self-hosted team chat server and its terminal
// clients in one binary.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// Exit codes that scripts rely on.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // bad flags or configuration
)

// cli is every command with its flags; kong reads the tags. Each flag has an
// environment variable.
type cli struct {
	Serve    serveCmd    `cmd:"" help:"Run the server."`
	Prove    proveCmd    `cmd:"" help:"Start a server, break it in every known way, and tell whether its promises held."`
	Chat     chatCmd     `cmd:"" help:"Chat in the terminal; with standard input from a pipe, send its lines."`
	Send     sendCmd     `cmd:"" help:"Send one message, or standard input, a message a line; done when it is stored."`
	Register registerCmd `cmd:"" help:"Make an account on a server."`
	Bench    benchCmd    `cmd:"" help:"Measure an IRC server, ours or another, under load."`
	Config   struct {
		Check configCheckCmd `cmd:"" help:"Read a configuration and report every fault in it."`
	} `cmd:"" help:"Look at configuration files."`
	Completion  completionCmd  `cmd:"" help:"Print what tells a shell how our commands go on: source it."`
	ProveServer proveServerCmd `cmd:"" hidden:"" help:"The server that prove starts and breaks."`
	Version     versionCmd     `cmd:"" help:"Print version, revision and Go version."`
}

// streams are what a command reads and writes.
type streams struct {
	in       *os.File
	out, err *os.File
}

func main() {
	os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run parses the command line and runs one command. A command returns an
// exitCode, or an error that is printed here.
func run(args []string, s streams) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("greenroom"),
		kong.Description("A team chat server that shows a message only after it is on disk, and its terminal client. "+
			"Passwords come from the prompt or from GREENROOM_PASSWORD; that of a server from GREENROOM_SERVER_PASSWORD."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Bind(s))
	if err != nil {
		fmt.Fprintln(s.err, "greenroom:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if exited >= 0 { // --help has been printed
		return exited
	}
	if err != nil {
		fmt.Fprintf(s.err, "greenroom: %v\nRun `greenroom --help` to see what there is.\n", err)
		return exitUsage
	}
	return report(s.err, ctx.Run())
}

// exitCode ends the program without a further word.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func report(w io.Writer, err error) int {
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(w, "greenroom:", err)
	return exitFailed
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s streams) error {
	buildVersion().print(s.out)
	return nil
}
