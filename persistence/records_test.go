package persistence

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

func (r *rig) ticket(ref uint64) ask.Ticket { return ask.Ticket{ReplyTo: r.me, Ref: ref} }

// told1 waits and returns the one message of its type that the probe was sent.
func told1[T any](r *rig) (m T) {
	r.Helper()
	probe := r.probe.take()
	list := actortest.Of[T](probe)
	if len(list) != 1 || len(probe.Got) != 1 {
		r.Fatalf("want one %T, got %+v", m, probe.Got)
	}
	return list[0]
}

func TestRecordsAnswersReadsAndWrites(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		send := func(m any) { r.sys.Root.Send(r.records(), m) }

		send(records.Create{Ticket: r.ticket(1), Account: records.Account{Key: "ann", Password: "x"}})
		made := told1[records.Created](r)
		if made.Ref != 1 || made.Err != nil || made.Account.Version != 1 {
			r.Errorf("created: %+v", made)
		}
		send(records.Create{Ticket: r.ticket(2), Account: records.Account{Key: "ann"}})
		if m := told1[records.Created](r); m.Ref != 2 || !errors.Is(m.Err, records.ErrExists) {
			r.Errorf("created twice: %+v", m)
		}
		send(records.Update{Ticket: r.ticket(3), Account: made.Account})
		if m := told1[records.Updated](r); m.Ref != 3 || m.Err != nil || m.Account.Version != 2 {
			r.Errorf("updated: %+v", m)
		}
		send(records.Update{Ticket: r.ticket(4), Account: made.Account})
		if m := told1[records.Updated](r); m.Ref != 4 || !errors.Is(m.Err, records.ErrConflict) {
			r.Errorf("updated an old version: %+v", m)
		}
		send(records.Find{Ticket: r.ticket(5), Key: "ann"})
		if m := told1[records.Found](r); m.Ref != 5 || m.Err != nil || m.Account.Version != 2 {
			r.Errorf("found: %+v", m)
		}
		send(records.Find{Ticket: r.ticket(6), Key: "bob"})
		if m := told1[records.Found](r); m.Ref != 6 || !errors.Is(m.Err, records.ErrNoAccount) {
			r.Errorf("found: %+v", m)
		}
		for i, made := range []bool{true, false} {
			send(records.Open{Ticket: r.ticket(7), Key: "#a", Name: "#A"})
			if m := told1[records.Opened](r); m.Ref != 7 || m.Err != nil || m.Made != made || m.Room.No != 1 {
				r.Errorf("opened %d: %+v", i, m)
			}
		}
		send(records.Forget{Ticket: r.ticket(8), No: 1, Key: "#a"})
		if m := told1[records.Forgotten](r); m.Ref != 8 || m.Err != nil {
			r.Errorf("forgotten: %+v", m)
		}
		at := time.UnixMilli(5).UTC()
		send(records.Mark{Ticket: r.ticket(9), Account: "ann", Room: 1, At: at})
		if m := told1[records.Marked](r); m.Ref != 9 || !m.At.Equal(at) {
			r.Errorf("marked: %+v", m)
		}
		send(records.Memberships{Ticket: r.ticket(10), Account: "ann"})
		if m := told1[records.Remembered](r); m.Ref != 10 || len(m.List) != 1 || m.List[0].Name != "ann" {
			r.Errorf("remembered: %+v", m)
		}
		send(records.Names{Ticket: r.ticket(11)})
		if m := told1[records.Named](r); m.Ref != 11 || len(m.Accounts) != 1 {
			r.Errorf("named: %+v", m)
		}
		send(records.Memberships{Ticket: r.ticket(12), Account: "panic"})
		if m := told1[records.Remembered](r); m.Ref != 12 || !errors.Is(m.Err, journal.ErrIntegrity) {
			r.Errorf("a reader that panicked: %+v", m)
		}
		r.wantFacts("damaged 0: stored data is damaged: worker panicked: actortest.Injected: injected")
	})
}

// TestEveryWriteIsAnsweredAlsoWhenItsCommitFails.
func TestEveryWriteIsAnsweredAlsoWhenItsCommitFails(t *testing.T) {
	for _, test := range []struct {
		what fault
		want error
	}{
		{diskLow, journal.ErrDiskLow},
		{lostUnknown, ask.ErrUnknown},
		{storedUnknown, ask.ErrUnknown},
		{storedPanic, ask.ErrUnknown},
	} {
		t.Run(fmt.Sprint(test.what), func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.pause = slow(time.Second)
				r.store.onCommit = onSecond(test.what)
				r.post(1, "a")
				synctest.Wait()
				for _, m := range []any{
					records.Create{Ticket: r.ticket(1)}, records.Update{Ticket: r.ticket(2)},
					records.Open{Ticket: r.ticket(3)}, records.Forget{Ticket: r.ticket(4)},
					records.Mark{Ticket: r.ticket(5)}, records.Create{},
				} {
					r.sys.Root.Send(r.records(), m)
				}
				time.Sleep(10 * time.Second)
				errs := writeErrors(r.probe.take().Got)
				for ref := uint64(1); ref <= 5; ref++ {
					if len(errs[ref]) != 1 || !errors.Is(errs[ref][0], test.want) {
						r.Errorf("write %d was answered %v", ref, errs[ref])
					}
				}
			})
		})
	}
}

func writeErrors(got []any) map[uint64][]error {
	errs := make(map[uint64][]error)
	for _, m := range got {
		switch m := m.(type) {
		case records.Created:
			errs[m.Ref] = append(errs[m.Ref], m.Err)
		case records.Updated:
			errs[m.Ref] = append(errs[m.Ref], m.Err)
		case records.Opened:
			errs[m.Ref] = append(errs[m.Ref], m.Err)
		case records.Forgotten:
			errs[m.Ref] = append(errs[m.Ref], m.Err)
		case records.Marked:
			errs[m.Ref] = append(errs[m.Ref], m.Err)
		}
	}
	return errs
}

// TestARestartOfRecordsLosesNoQuestion: they are with the readers and with the
// journal.
func TestARestartOfRecordsLosesNoQuestion(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Second)
		r.sys.Root.Send(r.records(), records.Create{Ticket: r.ticket(1), Account: records.Account{Key: "ann"}})
		r.sys.Root.Send(r.records(), boom{})
		r.sys.Root.Send(r.records(), records.Find{Ticket: r.ticket(2), Key: "bob"})
		time.Sleep(2 * time.Second)
		r.want("records.Found", "records.Created")
	})
}

// TestWritesAndAppendsShareACommit.
func TestWritesAndAppendsShareACommit(t *testing.T) {
	inVirtualTime(t, ActorConfig{}, func(r *rig) {
		r.store.pause = slow(time.Second)
		r.post(1, "a")
		synctest.Wait()
		r.sys.Root.Send(r.records(), records.Create{Ticket: r.ticket(1), Account: records.Account{Key: "ann"}})
		r.post(1, "b")
		time.Sleep(3 * time.Second)
		r.want("committed 1: a", "records.Created", "committed 1: b")
		if n := len(r.store.commits); n != 2 {
			r.Errorf("%d commits", n)
		}
	})
}
