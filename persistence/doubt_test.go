package persistence

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
)

func TestOneDamagedRoomDoesNotStopTheOthers(t *testing.T) {
	for _, how := range []string{"error", "panic"} {
		t.Run(how, func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.onRange = func(room journal.Room) error {
					switch {
					case room != 1:
						return nil
					case how == "panic":
						panic(actortest.Injected{Site: "range"})
					}
					return journal.ErrGap
				}
				r.store.onCommit = func(n int) fault {
					if n == 4 {
						return storedUnknown
					}
					return none
				}
				r.post(1, "a")
				synctest.Wait()
				r.post(2, "b")
				synctest.Wait()
				r.set(func(s *memStore) { s.pause = slow(time.Millisecond) })
				r.post(2, "c")
				r.post(1, "d")
				r.post(2, "e")
				time.Sleep(time.Second)
				r.want("committed 1: a", "committed 2: b", "committed 2: c",
					"not committed 1: d: outcome unknown", "committed 2: e")
			})
		})
	}
}

func TestASilentAppendInDoubtIsToldByItsBatch(t *testing.T) {
	for _, test := range []struct {
		name, witness string
		what          fault
		want          []string
	}{
		{"stored", "w", storedUnknown, []string{"committed 1: a", "committed 1: s w"}},
		{"lost", "w", lostUnknown, []string{"committed 1: a", "not committed 1: s: outcome unknown",
			"not committed 1: w: temporarily unavailable"}},
		{"nothing to tell by", "", storedUnknown, []string{"committed 1: a", "not committed 1: s: outcome unknown"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.pause = slow(time.Millisecond)
				r.store.onCommit = onSecond(test.what)
				r.post(1, "a")
				r.append(journal.Append{Record: journal.Record{Room: 1, Text: "s"}, Silent: true})
				if test.witness != "" {
					r.post(1, test.witness)
				}
				time.Sleep(time.Second)
				r.want(test.want...)
			})
		})
	}
}

func TestADoubtedAppendIsOnlyToldWhereOneTruthIsPossible(t *testing.T) {
	for _, test := range []struct {
		asked, stored, want string
	}{
		{"abc", "abc", "+++"},
		{"abc", "", "---"},
		{"abc", "ac", "+-+"},
		{"aab", "ab", "??+"},
		{"aab", "aab", "+++"},
		{"aba", "a", "?-?"},
		{"abab", "ba", "-++-"},
		{"ab", "ba", "??"},
		{"ab", "c", "??"},
	} {
		t.Run(test.asked+"/"+test.stored, func(t *testing.T) {
			var items []item
			var at []int
			for i, c := range test.asked {
				items = append(items, item{op: Op{Append: &journal.Append{Record: journal.Record{Text: string(c)}}}})
				at = append(at, i)
			}
			var stored []journal.Record
			for i, c := range test.stored {
				stored = append(stored, journal.Record{Text: string(c), Seq: uint64(i + 7), Time: time.Now()})
			}
			got := ""
			for i, out := range align(items, at, stored) {
				switch {
				case errors.Is(out.Err, ask.ErrUnknown):
					got += "?"
				case out.Err != nil:
					got += "-"
				case out.Record.Text != string(test.asked[i]) || out.Record.Seq < 7:
					t.Errorf("%d became %+v", i, out.Record)
				default:
					got += "+"
				}
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// Found by prove: the store hung, a client lost its connection and sent its
// message again, and then nobody could tell whether the commit was stored.
func TestADoubtedAppendThatWasSentAgainIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		what fault
		want []string
	}{
		"stored": {storedUnknown, []string{"committed 1: a", "committed 1: x y x"}},
		"lost":   {lostUnknown, []string{"committed 1: a", "not committed 1: x y x: temporarily unavailable"}},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, ActorConfig{}, func(r *rig) {
				r.store.pause = slow(time.Millisecond)
				r.store.onCommit = onSecond(test.what)
				r.post(1, "a")
				for _, text := range []string{"x", "y", "x"} {
					r.append(journal.Append{ClientID: text, Record: journal.Record{
						Room: 1, Kind: journal.Message, Author: journal.Author{ID: "ann"}, Text: text,
					}})
				}
				time.Sleep(time.Second)
				r.want(test.want...)
			})
		})
	}
}
