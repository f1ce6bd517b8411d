package main

import (
	"math"
	"testing"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

const gib = 1 << 30

func TestWithoutANumberAsManyConnectionsAreTakenAsMemoryAndFilesAllow(t *testing.T) {
	for _, test := range []struct {
		name      string
		m         machine
		low, high int
	}{
		{"large", machine{8, 64 * gib, 1 << 20}, mostConnections, mostConnections},
		{"unlimited", machine{2, math.MaxInt64, math.MaxInt32}, mostConnections, mostConnections},
		{"few files", machine{2, 8 * gib, 1024}, 1024 - 288, 1024 - 288},
		{"2 GiB", machine{2, 2 * gib, 1 << 20}, 1000, 5000},
		{"tiny", machine{1, 256 * mib, 1 << 20}, minConnections, minConnections},
	} {
		l := config.Default().Limits
		b := decide(l, test.m)
		if b.connections < test.low || b.connections > test.high {
			t.Errorf("%s: %d connections", test.name, b.connections)
		}
		if fits := total(ceiling(l, b)) <= test.m.memory/4*3; !fits && b.connections > minConnections {
			t.Errorf("%s: %d connections may take %s", test.name, b.connections, inMiB(total(ceiling(l, b))))
		}
	}
}

func TestTheConfiguredNumberOfConnectionsHoldsWhileThereAreFiles(t *testing.T) {
	l := config.Default().Limits
	l.Connections = 20_000
	if b := decide(l, machine{2, gib, 1 << 20}); b.connections != 20_000 {
		t.Errorf("%d connections", b.connections)
	}
	if b := decide(l, machine{2, gib, 4096}); b.connections != 4096-384 {
		t.Errorf("%d connections", b.connections)
	}
}

// A bound that the formula does not know is no bound.
func TestTheCeilingFollowsEveryBound(t *testing.T) {
	l := config.Default().Limits
	b := boundsOf(1000, 2)
	before := total(ceiling(l, b))
	for name, raise := range map[string]func(*config.Limits, *bounds){
		"connections":      func(_ *config.Limits, b *bounds) { *b = boundsOf(2000, 2) },
		"hashers":          func(_ *config.Limits, b *bounds) { b.hashers++ },
		"rooms":            func(_ *config.Limits, b *bounds) { b.rooms++ },
		"conversations":    func(_ *config.Limits, b *bounds) { b.talks++ },
		"accounts":         func(l *config.Limits, _ *bounds) { l.Accounts *= 2 },
		"metadata_keys":    func(l *config.Limits, _ *bounds) { l.MetadataKeys++ },
		"metadata_value":   func(l *config.Limits, _ *bounds) { l.MetadataValueBytes++ },
		"metadata_subs":    func(l *config.Limits, _ *bounds) { l.MetadataSubscriptions++ },
		"monitor_entries":  func(l *config.Limits, _ *bounds) { l.MonitorEntries++ },
		"send_queue_total": func(l *config.Limits, _ *bounds) { l.SendQueueTotal *= 2 },
		"in_flight_total":  func(l *config.Limits, _ *bounds) { l.InFlightTotal *= 2 },
	} {
		l, b := l, b
		raise(&l, &b)
		if total(ceiling(l, b)) <= before {
			t.Errorf("%s: the ceiling stays at %d", name, before)
		}
	}
}

func TestSoManyFilesAreAskedForAsTheConnectionsNeed(t *testing.T) {
	l := config.Default().Limits
	for _, l.Connections = range []int{1, 100, 1000, 10_000, 100_000, 1 << 20} {
		if b := decide(l, machine{2, gib, filesFor(l.Connections)}); b.connections != l.Connections {
			t.Errorf("%d connections of %d", b.connections, l.Connections)
		}
	}
}
