// Command greenroom is a self-hosted team chat server and its clients.
package main

import (
	_ "github.com/BurntSushi/toml"
	_ "github.com/alecthomas/kong"
	_ "github.com/asynkron/protoactor-go/actor"
	_ "github.com/ccojocar/zxcvbn-go"
	_ "github.com/clipperhouse/uax29/v2/graphemes"
	_ "github.com/creack/pty"
	_ "github.com/dgraph-io/badger/v4"
	_ "github.com/ergochat/irc-go/ircmsg"
	_ "github.com/fxamacker/cbor/v2"
	_ "github.com/mattn/go-runewidth"
	_ "github.com/peterh/liner"
	_ "github.com/rs/zerolog"
	_ "go.uber.org/goleak"
	_ "golang.org/x/crypto/argon2"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "golang.org/x/text/secure/precis"
	_ "golang.org/x/time/rate"
)

func main() {}
