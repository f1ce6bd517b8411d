package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// TestAClientGoesOnWhereAPageHasPassedOverMuch: what ends such a page is a line
// with a msgid and a time, whoever it is that asks, so that no history ends before
// its beginning.
func TestAClientGoesOnWhereAPageHasPassedOverMuch(t *testing.T) {
	for _, caps := range []string{"", "batch message-tags server-time", "batch message-tags server-time draft/event-playback draft/message-redaction"} {
		t.Run(caps, func(t *testing.T) {
			within(t, guests, func(w *world) {
				ann, bob := w.pair(caps)
				ann.send("PRIVMSG #green :one", "PRIVMSG #green :two")
				bob.take()
				w.store.set(func() {
					w.store.pages = func(page []journal.Record) []journal.Record {
						return []journal.Record{{Room: page[0].Room, Seq: 3, Time: time.UnixMilli(1).UTC(), Kind: journal.Elided}, page[len(page)-1]}
					}
				})
				got := bob.send("CHATHISTORY LATEST #green * 50")
				if caps != "" {
					got = got[1 : len(got)-1] // the batch
				}
				tags := ""
				if caps != "" {
					tags = fmt.Sprintf("time=1970-01-01T00:00:00.001Z;msgid=%s ", journal.ID{Room: 1, Seq: 3})
				}
				if len(got) != 2 || !strings.HasSuffix(got[0], tags+":irc.test NOTICE #green :There is nothing to show here for a long stretch; the history goes on beyond it") {
					t.Fatalf("bob was answered %q", got)
				}
				wants(t, got[1:], "PRIVMSG #green :two")
			})
		})
	}
}

// TestAttack66WhatAPagePassesOverIsCharged: to read a room in which much was deleted
// is as much work as if it were there.
func TestAttack66WhatAPagePassesOverIsCharged(t *testing.T) {
	within(t, slow, func(w *world) {
		ann := w.person("ann", "")
		w.inRooms(ann, 1)
		w.store.set(func() { w.store.passed = journal.MaxPassed })
		took := ann.takes(strings.Repeat("CHATHISTORY LATEST #room0 * 1\r\n", 10))
		if took < 30*time.Second || took > time.Minute {
			t.Errorf("ten pages that pass over %d records each took %v", journal.MaxPassed, took)
		}
	})
}
