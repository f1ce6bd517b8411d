package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"

	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
	"github.com/greenroom-chat/greenroom/net/web"
	"github.com/greenroom-chat/greenroom/repl"
)

// logFacts writes what the actors publish; supervise writes its own.
func logFacts(sys *actor.ActorSystem, log zerolog.Logger) {
	sys.EventStream.Subscribe(func(event any) {
		switch m := event.(type) {
		case storage.Down:
			log.Error().Err(m.Reason).Msg("nothing is acknowledged until the store is well again")
		case storage.Up:
			log.Info().Msg("the store is well again")
		case storage.Damaged:
			log.Error().Uint64("room", uint64(m.Room)).Err(m.Reason).Msg("stored data is damaged")
		case listen.BindFailed:
			log.Error().Str("address", m.Address).Err(m.Err).Msg("cannot listen")
		case listen.Paused:
			log.Warn().Str("address", m.Address).Str("why", m.Reason).Err(m.Err).Msg("accepting no connections for now")
		case listen.Resumed:
			log.Info().Str("address", m.Address).Msg("accepting connections again")
		case listen.Rejected:
			log.Debug().Str("remote", m.Remote).Str("why", m.Reason).Msg("connection refused")
		case conn.Ended:
			log.Debug().Str("conn", m.Conn.GetId()).Str("remote", m.Remote).Msg("connection ended")
		}
	})
}

// welcome tells a newcomer what to do next. It is said once, when the data
// directory has been made.
func welcome(w io.Writer, cfg config.Config, ids *identities, site *web.Site, addrs []string) {
	if len(addrs) == 0 {
		return
	}
	chat := invocation() + " chat"
	if addrs[0] != repl.DefaultAddr {
		chat += " " + addrs[0]
	}
	if ids.fingerprint() == "" {
		chat += " --plaintext"
	}
	dir, err := filepath.Abs(cfg.DataDir)
	if err != nil {
		dir = cfg.DataDir
	}
	if cfg.ServerPassword != "" {
		chat = "GREENROOM_SERVER_PASSWORD=... " + chat
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nThis server is new. It keeps everything in %s.\n", dir)
	if ids.fingerprint() != "" {
		fmt.Fprintf(&b, "Its key is %s; a client asks about it once.\n", ids.fingerprint())
	}
	fmt.Fprintf(&b, "Now, in another terminal, make an account and talk:\n\n")
	fmt.Fprintf(&b, "    %s --user YOUR_NAME --room '#lobby'\n\n", chat)
	if site != nil {
		fmt.Fprintf(&b, "Or open %s in a browser.\n\n", site.URL())
	}
	io.WriteString(w, b.String())
}

// invocation is how this program was called, as far as it can be told.
func invocation() string {
	path, err := os.Executable()
	if err == nil && strings.Contains(path, "go-build") {
		return "go run ./cmd/greenroom"
	}
	return os.Args[0]
}
