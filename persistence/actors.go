package persistence

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// ActorConfig is what the actors of this package are given. A zero field means
// the default that stands beside it.
type ActorConfig struct {
	Store Store

	MaxBatch      int // operations in one commit: 128
	MaxBatchBytes int // 256 KiB
	MaxQueue      int // operations that wait for a commit: 65,536
	MaxQueueBytes int // 64 MiB

	// Gather is how long a commit may wait for as many operations as came
	// together before: not at all.
	Gather time.Duration

	Readers  int // reads at the same time, in each actor: 4
	MaxReads int // reads that wait: 1,024

	// Patience is how long a commit may take, or stay in doubt. Between one
	// and two of it after the start, those who wait are answered
	// ask.ErrUnknown: 5 s.
	Patience time.Duration

	// JournalOptions and RecordsOptions are added to the Props of each.
	JournalOptions, RecordsOptions []actor.PropsOption

	// Go runs what must not be waited for, After sets a timer. A test may put
	// both on its schedule.
	Go    supervise.Worker
	After func(d time.Duration, work func())
}

// How often a store that is down is asked whether it can go on.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

func (c ActorConfig) withDefaults() ActorConfig {
	for _, n := range []struct {
		field  *int
		normal int
	}{
		{&c.MaxBatch, 128},
		{&c.MaxBatchBytes, 256 << 10},
		{&c.MaxQueue, 1 << 16},
		{&c.MaxQueueBytes, 64 << 20},
		{&c.Readers, 4},
		{&c.MaxReads, 1024},
	} {
		if *n.field <= 0 {
			*n.field = n.normal
		}
	}
	c.MaxBatch = min(c.MaxBatch, journal.MaxPage) // so that a doubted batch is re-read as one page
	if c.Patience <= 0 {
		c.Patience = 5 * time.Second
	}
	if c.Go == nil {
		c.Go = supervise.Go
	}
	if c.After == nil {
		c.After = func(d time.Duration, work func()) { time.AfterFunc(d, work) }
	}
	return c
}

// retryAfter is the pause before the next try after so many failures.
func retryAfter(failures int) time.Duration {
	return min(firstRetry<<min(failures-1, 16), lastRetry)
}
