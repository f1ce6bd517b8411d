package persistence

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// TestAFailedTransactionIsToldTruly: with a real database whose transactions
// fail now and then, before or after they have been made durable, each append
// is answered once, committed where it is stored and refused where it is not.
func TestAFailedTransactionIsToldTruly(t *testing.T) {
	const rooms, each = 4, 1000
	db := openTest(t, testConfig(t.TempDir()))
	commits := 0
	db.commitTxn = func(txn *badger.Txn) error {
		switch commits++; commits % 20 {
		case 7:
			txn.Discard()
			return errIO
		case 15:
			return errors.Join(txn.Commit(), errIO)
		}
		return txn.Commit()
	}
	a := &account{answers: make(map[string]int), at: make(map[journal.ID]string)}
	a.all.Add(rooms * each)
	house := &talkHouse{cfg: ActorConfig{Store: db}, rooms: rooms, talker: func(no journal.Room, log *actor.PID) *talker {
		return &talker{room: no, journal: log, window: 8, committed: a.committed, refused: a.refused,
			make: func(n int) (journal.Append, bool) {
				text := fmt.Sprint(no, "/", n)
				return journal.Append{Intent: text, Record: journal.Record{Kind: journal.Message, Text: text}}, n < each
			}}
	}}
	sys := quietSystem()
	top := sys.Root.Spawn(supervise.Props(func() actor.Actor { return house }))
	a.all.Wait()
	if err := supervise.StopTree(sys, top, time.Minute); err != nil {
		t.Error(err)
	}
	t.Logf("%d commits, %d appends committed, %d refused", commits, len(a.at), a.refusals)
	if a.unknown > 0 || a.refusals == 0 {
		t.Errorf("%d of %d refusals were unknown", a.unknown, a.refusals)
	}
	for text, n := range a.answers {
		if n != 1 {
			t.Errorf("%q was answered %d times", text, n)
		}
	}
	a.compare(t, db, rooms)
}

// TestAttack78ARoomIsRefusedOnALowDiskAndTakenLater, with a real database,
// without anybody doing anything but making room.
func TestAttack78ARoomIsRefusedOnALowDiskAndTakenLater(t *testing.T) {
	var free atomic.Uint64
	free.Store(1 << 40)
	cfg := testConfig(t.TempDir())
	cfg.Free = func(string) (uint64, error) { return free.Load(), nil }
	db := openTest(t, cfg)
	mustCommit(t, db, opRoom("#a"))
	sys := actortest.System(t)
	up, answers := make(chan bool, 10), make(chan any, 10)
	sys.EventStream.Subscribe(func(event any) {
		switch event.(type) {
		case storage.Down:
			up <- false
		case storage.Up:
			up <- true
		}
	})
	log := sys.Root.Spawn(JournalProps(ActorConfig{Store: db}))
	room := actor.ReceiveFunc(func(ctx actor.Context) {
		switch m := ctx.Message().(type) {
		case journal.Committed, journal.NotCommitted:
			answers <- m
		}
	})
	me := sys.Root.Spawn(supervise.Props(func() actor.Actor { return room }))
	post := func(text string) any {
		a := opSay(1, text, text).Append
		a.ReplyTo = me
		sys.Root.Send(log, *a)
		return <-answers
	}
	free.Store(1 << 20)
	if m, ok := post("lost").(journal.NotCommitted); !ok || !errors.Is(m.Reason, journal.ErrDiskLow) || <-up {
		t.Errorf("on a low disk: %+v", m)
	}
	free.Store(1 << 40)
	if !<-up {
		t.Error("it went down again")
	}
	if m, ok := post("kept").(journal.Committed); !ok || m.Entries[0].Record.Seq != 1 {
		t.Errorf("with space again: %+v", m)
	}
	if err := supervise.StopTree(sys, log, time.Minute); err != nil {
		t.Error(err)
	}
}

// account keeps what talkers were told.
type account struct {
	all               sync.WaitGroup
	mu                sync.Mutex
	answers           map[string]int
	at                map[journal.ID]string
	refusals, unknown int
}

func (a *account) committed(m journal.Committed) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range m.Entries {
		a.answers[e.Intent.(string)]++
		a.at[e.Record.ID()] = e.Record.Text
		a.all.Done()
	}
}

func (a *account) refused(m journal.NotCommitted) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range m.Entries {
		a.answers[e.Intent.(string)]++
		a.refusals++
		if errors.Is(m.Reason, ask.ErrUnknown) {
			a.unknown++
		}
		a.all.Done()
	}
}

// compare: what was committed is stored, and nothing else.
func (a *account) compare(t *testing.T, db *DB, rooms int) {
	t.Helper()
	stored := 0
	for no := range rooms {
		q := journal.Query{Where: journal.Latest, Limit: journal.MaxPage, Events: true}
		page, _, err := db.Range(journal.Room(no+1), q)
		if err != nil {
			t.Fatal(err)
		}
		stored += len(page)
		for _, r := range page {
			if a.at[r.ID()] != r.Text {
				t.Errorf("%q is stored at %v, where %q was committed", r.Text, r.ID(), a.at[r.ID()])
			}
		}
	}
	if stored != len(a.at) {
		t.Errorf("%d are stored, %d were committed", stored, len(a.at))
	}
}
