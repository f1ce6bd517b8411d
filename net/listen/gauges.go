package listen

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/gauge"
)

// measure tells how many are connected.
func (n *network) measure(ctx actor.Context, m gauge.Ask) {
	bound := 0
	for _, address := range n.addresses {
		if address != "" {
			bound++
		}
	}
	origins := 0
	for _, from := range n.sources {
		if from.conns > 0 {
			origins++
		}
	}
	gauge.Answer(ctx, m,
		gauge.Number{Name: "net_connections", Help: "Connections.", Value: len(n.conns)},
		gauge.Number{Name: "net_origins", Help: "Addresses, or /64 networks, that connections come from; loopback is not counted.", Value: origins},
		gauge.Number{Name: "net_strangers", Help: "Connections that have not signed in; loopback is not counted, unless told.", Value: len(n.strangers)},
		gauge.Number{Name: "net_listeners", Help: "Addresses that have been bound.", Value: bound},
	)
}
