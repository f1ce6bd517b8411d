package main

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// counts are of what the actors publish as facts.
type counts struct {
	rejected, ended, handshakes     *prometheus.CounterVec // by reason
	panics, restarts, stops         *prometheus.CounterVec // by kind of actor
	deadLetters, strays, outages    prometheus.Counter
	damages, pauses                 prometheus.Counter
	linesRead, writes, bytesWritten prometheus.Counter
}

func newCounts(to prometheus.Registerer) *counts {
	one := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
		to.MustRegister(c)
		return c
	}
	by := func(label, name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{label})
		to.MustRegister(c)
		return c
	}
	return &counts{
		rejected:     by("reason", "connections_rejected_total", "Connections that were closed at once."),
		ended:        by("reason", "connections_ended_total", "Connections that have ended; slow and crowded ones were cut because they did not read."),
		handshakes:   by("reason", "tls_handshake_failures_total", "TLS handshakes that failed."),
		panics:       by("actor", "panics_total", "Panics of actors and their workers."),
		restarts:     by("actor", "restarts_total", "Restarts of actors after a failure."),
		stops:        by("actor", "actors_stopped_total", "Actors that were stopped after a failure; a room is in quarantine then."),
		deadLetters:  one("dead_letters_total", "Messages to actors that had ended."),
		strays:       one("stray_messages_total", "Messages that no actor expects: each is a fault of the program."),
		outages:      one("store_outages_total", "Times that the store could not go on."),
		damages:      one("damaged_reads_total", "Reads that came upon damaged data."),
		pauses:       one("accept_pauses_total", "Times that accepting had to wait."),
		linesRead:    one("ended_connections_lines_total", "Lines read from connections that have ended."),
		writes:       one("ended_connections_writes_total", "Writes to connections that have ended."),
		bytesWritten: one("ended_connections_written_bytes_total", "Bytes written to connections that have ended."),
	}
}

// note takes a fact; it is called where the fact is published, so it is quick.
func (c *counts) note(fact any) {
	switch m := fact.(type) {
	case listen.Rejected:
		c.rejected.WithLabelValues(m.Reason).Inc()
	case conn.Ended:
		c.ended.WithLabelValues(m.Cause()).Inc()
		c.linesRead.Add(float64(m.Lines))
		c.writes.Add(float64(m.Writes))
		c.bytesWritten.Add(float64(m.Bytes))
	case conn.NoHandshake:
		c.handshakes.WithLabelValues(m.Reason).Inc()
	case supervise.Panic:
		c.panics.WithLabelValues(kindOf(m.At)).Inc()
	case supervise.Decision:
		if m.Do == actor.RestartDirective {
			c.restarts.WithLabelValues(kindOf(m.Child)).Inc()
		} else {
			c.stops.WithLabelValues(kindOf(m.Child)).Inc()
		}
	case *actor.DeadLetterEvent:
		c.deadLetters.Inc()
	case supervise.StrayMessage:
		c.strays.Inc()
	case storage.Down:
		c.outages.Inc()
	case storage.Damaged:
		c.damages.Inc()
	case listen.Paused:
		c.pauses.Inc()
	}
}

// kindOf tells what kind of actor one is: the last part of its path is its kind,
// with a number where there are many.
func kindOf(pid *actor.PID) string {
	id := pid.GetId()
	name, _, _ := strings.Cut(id[strings.LastIndexByte(id, '/')+1:], "$")
	if name = strings.TrimRight(name, "-0123456789"); name != "" {
		return name
	}
	return "root"
}
