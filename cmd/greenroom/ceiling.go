package main

import (
	"cmp"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

// The memory of a server has a ceiling that follows from its configuration:
// every queue, buffer and list is bounded, and what they can hold together is
// added up here. What the kernel keeps is not counted: the buffers of sockets,
// and the pages of the database's tables, which it takes back when it needs them.

// Sizes of what there is one of, or one of for each of something.
const (
	kib = 1 << 10
	mib = 1 << 20

	// programBytes: code, runtime, and the profiles of both.
	programBytes = 64 * mib
	// storageBytes: Badger's memtables, their logs and tables being built; the
	// heads and sequence numbers that are remembered; eight reads at a time
	// with a page of history each, and the thousands that wait.
	storageBytes = 192 * mib
	// hashBytes is what Argon2id works in.
	hashBytes = 64 * mib
	// nameBytes: a name that is taken, as it is written and as it is compared.
	nameBytes = 320
	// connBytes: the socket with TLS around it, which may hold a record each
	// way; the stacks of its reader and writer; a line of 16 KiB that has no
	// end yet and one that is being obeyed; its actor and its user's; output
	// that is not worth counting.
	connBytes = 128 * kib
	// membershipBytes: a member as the room, the relay, the user and the
	// connection know it, and its JOIN while that is at the journal.
	membershipBytes = kib
	// roomBytes: a room's actor, and what the store takes of its topic, lists
	// and roles at most.
	roomBytes = 64 * kib
	// talkBytes: the actor of a conversation, and of a user who is not there.
	talkBytes = 8 * kib
	// noteBytes, subscriptionBytes and monitoredBytes are for a key of metadata,
	// besides its value, for a key that a connection wants to hear of, and for
	// a nick that it watches, as both sides of the list know it.
	noteBytes         = 192
	subscriptionBytes = 96
	monitoredBytes    = 192
	// restBytes: what is of a fixed number: failed logins that are remembered,
	// origins, bulletins that wait while a room rests.
	restBytes = 32 * mib
)

// Limits that are not configured, or follow from those that are.
const (
	mostConnections = 10_000 // unless told otherwise
	roomsOfUser     = 100
	knownRooms      = 100_000
	minRooms        = 1000
	minTalks        = 1000
)

// bounds are the numbers that follow from the configuration and the machine.
type bounds struct {
	connections int
	rooms       int // that have an actor
	talks       int // conversations
	users       int
	hashers     int
}

func boundsOf(connections, hashers int) bounds {
	b := bounds{connections: connections, hashers: hashers}
	b.rooms = max(minRooms, connections/2)
	b.talks = max(minTalks, 2*connections)
	b.users = connections + b.talks
	return b
}

// summand is one part of the ceiling.
type summand struct {
	what  string
	bytes int64
}

// ceiling is the formula. The README has it in words.
func ceiling(l config.Limits, b bounds) []summand {
	list := []summand{
		{"storage", storageBytes},
		{"hashing", int64(b.hashers) * hashBytes},
		{"names", int64(l.Accounts+knownRooms) * nameBytes},
		{"connections", int64(b.connections) * connBytes},
		{"memberships", int64(b.connections) * roomsOfUser * membershipBytes},
		{"rooms", int64(b.rooms) * roomBytes},
		{"conversations", int64(b.talks) * talkBytes},
		{"metadata", int64(b.connections+b.rooms) * int64(l.MetadataKeys) * int64(l.MetadataValueBytes+noteBytes)},
		{"monitor", int64(b.connections) * int64(l.MetadataSubscriptions*subscriptionBytes+l.MonitorEntries*monitoredBytes)},
		{"output", int64(l.SendQueueTotal)},
		{"commands", 2 * int64(l.InFlightTotal)}, // with the journal's queue
		{"rest", restBytes},
	}
	// The collector is at work when a fifth of the memory is garbage.
	list = append(list, summand{"garbage", total(list) / 4})
	return append(list, summand{"program", programBytes})
}

func total(list []summand) (sum int64) {
	for _, t := range list {
		sum += t.bytes
	}
	return sum
}

// decide takes the numbers that are not configured from the machine: so many
// connections that the ceiling is three quarters of its memory.
func decide(l config.Limits, m machine) bounds {
	hashers := min(m.processors, max(1, int(m.memory/8/hashBytes)))
	most := m.files - spareFiles(m.files)
	if l.Connections > 0 {
		return boundsOf(max(1, min(l.Connections, most)), hashers)
	}
	fits := func(n int) bool { return total(ceiling(l, boundsOf(n, hashers))) <= m.memory/4*3 }
	low, high := minConnections, max(minConnections, min(mostConnections, most))
	for low < high {
		middle := (low + high + 1) / 2
		if fits(middle) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return boundsOf(cmp.Or(low, minConnections), hashers)
}

// minConnections is how many are allowed however little memory there is.
const minConnections = 64

// spareFiles is how many of the open files are not for connections: the database
// has one open for each of its tables, and is lost without.
func spareFiles(files int) int { return 256 + files/32 }

// filesFor is how many open files so many connections need.
func filesFor(connections int) int { return (connections + 257) * 32 / 31 }
