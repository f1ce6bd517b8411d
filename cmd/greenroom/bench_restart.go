package main

import "github.com/greenroom-chat/greenroom/cmd/greenroom/bench"

type benchRestart struct {
	Members int  `help:"Clients, all in one room." default:"1000" env:"GREENROOM_BENCH_MEMBERS"`
	Window  int  `help:"Clients on their way in at once; 0: all of them." env:"GREENROOM_BENCH_WINDOW"`
	Kill    bool `help:"End the server by SIGKILL, not SIGTERM." env:"GREENROOM_BENCH_KILL"`
	benchTarget
}

// Run measures a restart.
func (c benchRestart) Run(s streams) error {
	c.accounts, c.kill = true, c.Kill
	return c.run(s, bench.Options{Workload: bench.Restart, Members: c.Members, Window: c.Window}, benchLimit{})
}

// usualConnections is what a server takes at the most that is told nothing.
const usualConnections = mostConnections - 100 // with those that are just leaving, or only look

// setup is a server that takes as many as there will be.
func (t benchTarget) setup(o bench.Options) bench.Setup {
	s := bench.Setup{Dir: t.Data, Accounts: t.accounts, Kill: t.kill}
	if clients := max(1, o.Rooms) * o.Members; clients > usualConnections {
		s.Connections = clients + mostConnections - usualConnections
	}
	return s
}
