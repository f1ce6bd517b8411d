package persistence

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"golang.org/x/sys/unix"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// BenchmarkJournal posts 200 bytes at a time from many rooms through the
// actors to a real database: sealed, synced, acknowledged to the room. ratio
// is its speed by that of a preallocated file on the same disk, just after.
func BenchmarkJournal(b *testing.B) {
	for _, rooms := range []int{1, 16, 256} {
		b.Run(fmt.Sprint("rooms=", rooms), func(b *testing.B) {
			store := &countedStore{Store: openBench(b)}
			sys := quietSystem()
			var left atomic.Int64
			left.Store(int64(b.N))
			var all sync.WaitGroup
			all.Add(b.N)
			said := journal.Record{Kind: journal.Message, Text: strings.Repeat("x", 200),
				Author: journal.Author{ID: "ann", Nick: "ann", Account: "ann"}}
			house := &talkHouse{cfg: ActorConfig{Store: store}, rooms: rooms, talker: func(no journal.Room, log *actor.PID) *talker {
				return &talker{room: no, journal: log, window: 64,
					make:      func(int) (journal.Append, bool) { return journal.Append{Record: said}, left.Add(-1) >= 0 },
					committed: func(m journal.Committed) { all.Add(-len(m.Entries)) }}
			}}
			b.ResetTimer()
			top := sys.Root.Spawn(supervise.Props(func() actor.Actor { return house }))
			all.Wait()
			b.StopTimer()
			if err := supervise.StopTree(sys, top, time.Minute); err != nil {
				b.Error(err)
			}
			speed, perCommit := float64(b.N)/b.Elapsed().Seconds(), float64(store.ops)/float64(store.commits)
			b.ReportMetric(speed, "msgs/s")
			b.ReportMetric(perCommit, "msgs/commit")
			b.ReportMetric(speed/fileSpeed(b, perCommit), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// countedStore counts what is committed, in the one worker of a journal.
type countedStore struct {
	Store
	commits, ops int
}

func (s *countedStore) Commit(ops []Op) ([]Outcome, error) {
	s.commits++
	s.ops += len(ops)
	return s.Store.Commit(ops)
}

// fileSpeed is how many messages a second a preallocated file takes, in
// batches as large, with an fdatasync for each.
func fileSpeed(b *testing.B, perBatch float64) float64 {
	file := preallocated(b)
	plain := make([]byte, int(217*perBatch))
	start, written := time.Now(), 0.0
	for at := 0; time.Since(start) < 500*time.Millisecond; at = (at + len(plain)) % (fileBytes - 2*len(plain)) {
		if _, err := file.WriteAt(plain, int64(at)); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(file.Fd())); err != nil {
			b.Fatal(err)
		}
		written += perBatch
	}
	return written / time.Since(start).Seconds()
}
