package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

// Workload names what is done to a server.
type Workload string

// The workloads.
const (
	FanOut  Workload = "fan-out" // one room, closed loop
	Rooms   Workload = "rooms"   // many rooms, closed loop
	Latency Workload = "latency" // one room, open loop at a rate
	Join    Workload = "join"    // everybody enters one room at once
	Idle    Workload = "idle"    // memory of a client that does nothing
	Connect Workload = "connect" // connecting and registering
	Restart Workload = "restart" // the server ends and starts again, everybody comes back
)

// Completion says when a message of a closed loop is done, so that its sender
// sends the next.
type Completion string

// All works the same with every server, and bounds what is under way to every
// reader. Echo is the sender's own view: its copy where the server has
// echo-message, elsewhere the answer to a PING that follows the message.
const (
	All  Completion = "all"
	Echo Completion = "echo"
)

// RelayMode says how the relay that a server is compared with writes.
type RelayMode string

// What a server can cost at the least: with a write for each message and
// member, and with one for all that had come when the relay woke up.
const (
	Write  RelayMode = "write"
	Wakeup RelayMode = "wakeup"
)

// Server is what the load is put on.
type Server struct {
	Addr     string
	TLS      bool
	Insecure bool          // any certificate will do; on loopback it always does
	PID      int           // 0: nothing is known of its CPU and memory
	Password client.Secret // PASS
	From     []string      // source addresses, in turn; empty: what the system takes
	// Again ends the server and starts it again at the same address; nil: that
	// cannot be done.
	Again func(context.Context) (pid int, err error)

	// Account is what the names of accounts begin with, a number follows; empty:
	// no login, unless the server demands one and lets accounts be made.
	Account         string
	AccountPassword client.Secret
}

// Options are a run. The zero value of a number means that the workload has no
// such thing.
type Options struct {
	Workload Workload
	Server   Server

	Rooms    int
	Members  int // in a room; of the storms: clients in all
	Senders  int // in a room
	Window   int // messages of a sender under way; of the storms: clients that enter at once
	Size     int // bytes of a text
	Rate     float64
	For      time.Duration // of a round
	Messages int           // in a round, in place of For
	Complete Completion
	WarmUp   time.Duration
	Rounds   int
	Patience time.Duration // how long nothing may come while something should
	Limits   []RelayMode

	// Progress, unless nil, is called now and then.
	Progress func(stage string, done, total int64)
}

// Bounds of what may be asked for.
const (
	mostMembers  = 1_000_000
	mostSenders  = 99_999 // digits of a marker
	mostWindow   = 10_000
	mostSize     = 400 // what fits into a line whatever the prefix
	mostRate     = 1_000_000
	mostRounds   = 1000
	mostFor      = 24 * time.Hour
	mostMessages = 999_999_999
)

// Validate reports every fault at once.
func (o Options) Validate() error {
	var faults []error
	check := func(name string, value, least, most int) {
		if value < least || value > most {
			faults = append(faults, fmt.Errorf("--%s is %d; it can be from %d to %d", name, value, least, most))
		}
	}
	check("members", o.Members, 1, mostMembers)
	check("rounds", o.Rounds, 1, mostRounds)
	if o.carries() {
		check("members", o.Members, 2, mostMembers)
		check("rooms", o.Rooms, 1, mostMembers/max(1, o.Members))
		check("senders", o.Senders, 1, min(o.Members, mostSenders/max(1, o.Rooms)))
		check("size", o.Size, markerLen, mostSize)
		check("messages", o.Messages, 0, mostMessages)
	}
	if slices.Contains([]Workload{FanOut, Rooms, Connect}, o.Workload) {
		check("window", o.Window, 1, mostWindow)
	}
	if o.Workload == Latency && (o.Rate <= 0 || o.Rate > mostRate) {
		faults = append(faults, fmt.Errorf("--rate is %g messages a second; it must be above 0 and not above %d", o.Rate, mostRate))
	}
	if o.Workload == Restart {
		check("window", o.Window, 0, mostWindow)
	}
	if o.Workload == Restart && o.Server.Again == nil {
		faults = append(faults, errors.New("restart needs a server of its own: give --start"))
	}
	if o.Workload == Join && len(o.Limits) > 0 {
		faults = append(faults, errors.New("--limit does not go with join: the relay that only writes keeps no list of names"))
	}
	for name, d := range map[string]time.Duration{"for": o.For, "warm-up": o.WarmUp, "patience": o.Patience} {
		if d < 0 || d > mostFor {
			faults = append(faults, fmt.Errorf("--%s is %v; it can be up to %v", name, d, mostFor))
		}
	}
	if o.carries() && o.Messages == 0 && o.For == 0 {
		faults = append(faults, errors.New("say how long a round is: --for 10s, or --messages 1000"))
	}
	return errors.Join(append(faults, o.Server.faults()...)...)
}

func (s Server) faults() (faults []error) {
	if _, _, err := net.SplitHostPort(s.Addr); err != nil {
		faults = append(faults, fmt.Errorf("the address %q is not HOST:PORT", s.Addr))
	}
	if s.Account != "" && !s.TLS && !s.lenient() {
		faults = append(faults, errors.New("--account without --tls shows the password to everybody on the way; only loopback may do without"))
	}
	for _, from := range s.From {
		if net.ParseIP(from) == nil {
			faults = append(faults, fmt.Errorf("--from %q is not an IP address of this machine", from))
		}
	}
	return faults
}

// carries tells whether messages are sent.
func (o Options) carries() bool {
	return slices.Contains([]Workload{FanOut, Rooms, Latency}, o.Workload)
}

// clients are the connections that a target has at once.
func (o Options) clients() int { return max(1, o.Rooms) * o.Members }
