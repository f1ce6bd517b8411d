package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/persistence"
)

// storeMetrics are taken where the actors call the store: per commit, never
// per message.
type storeMetrics struct {
	commitSeconds, batch, readSeconds prometheus.Histogram
	commits                           *prometheus.CounterVec // by outcome
	messages                          *prometheus.CounterVec // by outcome
}

func newStoreMetrics(to prometheus.Registerer) storeMetrics {
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	}
	m := storeMetrics{
		commitSeconds: histogram("commit_seconds", "How long a commit took, with its sync.", prometheus.ExponentialBuckets(0.0005, 2, 15)),
		batch:         histogram("commit_operations", "How many operations a commit held.", prometheus.ExponentialBuckets(1, 2, 10)),
		readSeconds:   histogram("history_read_seconds", "How long a read of history took.", prometheus.ExponentialBuckets(0.0001, 4, 9)),
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "commits_total",
			Help: "Commits, by what became of them."}, []string{"outcome"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "messages_total",
			Help: "Messages, by what became of them: stored, found stored before, or refused by the store."}, []string{"outcome"}),
	}
	to.MustRegister(m.commitSeconds, m.batch, m.readSeconds, m.commits, m.messages)
	return m
}

// measured is a store whose commits and reads of history are measured.
type measured struct {
	persistence.Store
	to storeMetrics
}

func (m measured) Commit(ops []persistence.Op) ([]persistence.Outcome, error) {
	began := time.Now()
	outcomes, err := m.Store.Commit(ops)
	m.to.commitSeconds.Observe(time.Since(began).Seconds())
	m.to.batch.Observe(float64(len(ops)))
	m.to.commits.WithLabelValues(outcomeOf(err, false)).Inc()
	for i, op := range ops {
		if op.Append == nil || op.Append.Silent || !op.Append.Record.Kind.Said() {
			continue
		}
		if err != nil {
			m.to.messages.WithLabelValues(outcomeOf(err, false)).Inc()
			continue
		}
		m.to.messages.WithLabelValues(outcomeOf(outcomes[i].Err, outcomes[i].Duplicate)).Inc()
	}
	return outcomes, err
}

func outcomeOf(err error, again bool) string {
	switch {
	case err != nil:
		return "failed"
	case again:
		return "duplicate"
	}
	return "stored"
}

func (m measured) Range(room journal.Room, q journal.Query) ([]journal.Record, int, error) {
	began := time.Now()
	defer func() { m.to.readSeconds.Observe(time.Since(began).Seconds()) }()
	return m.Store.Range(room, q)
}
