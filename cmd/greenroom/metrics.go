package main

import (
	"net/http"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/web"
	"github.com/greenroom-chat/greenroom/persistence"
)

// What a scrape may take of the server. The parts have the first of these times
// to answer; all of it ends when a monitor has given up too. Those are far
// apart, as each step on the way waits its turn behind those who chat, and a
// server is looked at most when it is busiest.
const (
	partsWithin  = 2 * time.Second
	scrapeWithin = 10 * time.Second
	scrapesAtA   = 2
)

// observer is what operators see. Actors are asked when somebody looks; what
// happens seldom is counted as it is published.
type observer struct {
	registry *prometheus.Registry
	health   *health
	counts   *counts
	store    storeMetrics
}

func newObserver() *observer {
	o := &observer{registry: prometheus.NewRegistry(), health: newHealth()}
	o.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	o.counts = newCounts(o.registry)
	o.store = newStoreMetrics(o.registry)
	v := buildVersion()
	o.constant("build_info", "The version that runs; always 1.", 1, prometheus.Labels{"version": v.Version, "go": v.Go})
	return o
}

// constant is a number that stays as it is while the server runs.
func (o *observer) constant(name, help string, value float64, labels prometheus.Labels) {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels})
	g.Set(value)
	o.registry.MustRegister(g)
}

// gauge is a number that is read when somebody looks.
func (o *observer) gauge(name, help string, read func() float64) {
	o.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, read))
}

const namespace = "greenroom"

// serve answers on the configured address; nil when there is none. Profiles
// are for this machine alone, whatever is allowed.
func (o *observer) serve(m config.Metrics) (*web.Server, error) {
	if m.Address == "" {
		return nil, nil
	}
	local := config.LocalAddress(m.Address)
	handler := web.Handler(web.Config{Metrics: o.handler(), Ready: o.health.reasons, Profiles: local})
	if local {
		handler = web.LoopbackOnly(handler)
	}
	return web.Start(m.Address, handler)
}

// watch counts what happens in the system, and reads what is held.
func (o *observer) watch(sys *actor.ActorSystem, store persistence.Store, m memory) {
	o.health.watch(store.Health)
	sys.EventStream.Subscribe(func(fact any) {
		o.counts.note(fact)
		o.health.note(fact)
	})
	o.gauge("ready", "1 if the server is to be sent clients, as /readyz says.", func() float64 {
		if len(o.health.reasons()) > 0 {
			return 0
		}
		return 1
	})
	o.gauge("output_queued_bytes", "Memory held for clients that have not read, above what each may hold uncounted.",
		func() float64 { return float64(m.output.held.Load()) })
	o.gauge("commands_in_flight_bytes", "Memory held for commands that have no answer yet.",
		func() float64 { return float64(m.commands.held.Load()) })
	o.constant("output_queued_limit_bytes", "What output_queued_bytes cannot exceed.", float64(m.output.size), nil)
	o.constant("commands_in_flight_limit_bytes", "What commands_in_flight_bytes cannot exceed but by a line of each client.", float64(m.commands.size), nil)
	o.constant("connections_limit", "How many connections are accepted.", float64(m.connections), nil)
	o.constant("memory_ceiling_bytes", "What the memory of this configuration stays below.", float64(m.ceiling), nil)
	o.constant("memory_limit_bytes", "What the collector keeps the memory below.", float64(m.limit), nil)
}

// ask has the actors asked for their numbers.
func (o *observer) ask(tree *actors.Tree) { o.registry.MustRegister(newTreeMetrics(tree)) }

func (o *observer) handler() http.Handler {
	return promhttp.HandlerFor(o.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: scrapesAtA, Timeout: scrapeWithin,
	})
}
