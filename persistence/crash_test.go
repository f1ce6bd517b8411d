package persistence

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

const (
	crashRounds = 30
	crashRooms  = 6
	crashWindow = 32
	crashDir    = "GREENROOM_TEST_CRASH_DIR" // set: this process is the child
	crashRound  = "GREENROOM_TEST_CRASH_ROUND"
)

// TestAttack79KillAtAnyInstantLosesNothingAcknowledged: a child with the whole
// storage tree over a real database says what has been acknowledged, and is
// killed at a random instant. Then every acknowledged record is there, at its
// place, none twice, none in a different order, no number left out, and the
// state of a room is that of its last record: no half of an append.
func TestAttack79KillAtAnyInstantLosesNothingAcknowledged(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		crashChild(dir, os.Getenv(crashRound))
		return
	}
	t.Parallel() // much of it is waiting; the others beside it open no store twice
	v := &survivor{T: t, cfg: testConfig(t.TempDir()), texts: make(map[string]bool)}
	for round := range crashRounds {
		v.verify(round, v.crash(round))
	}
	t.Logf("%d kills, %d records acknowledged, %d stored", crashRounds, v.acknowledged, len(v.texts))
	if v.acknowledged < crashRounds {
		t.Error("the child was killed too early to tell anything")
	}
}

// survivor is the process that kills and looks after.
type survivor struct {
	*testing.T
	cfg          Config
	acknowledged int
	tails        [crashRooms + 1]uint64
	texts        map[string]bool
}

// crash runs the child, kills it, and returns what it had said by then.
func (v *survivor) crash(round int) map[journal.ID]string {
	v.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestAttack79KillAtAnyInstantLosesNothingAcknowledged$")
	child.Env = append(os.Environ(), crashDir+"="+v.cfg.Dir, fmt.Sprint(crashRound, "=", round))
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		v.Fatal(err)
	}
	acknowledged := make(map[journal.ID]string)
	lines := bufio.NewReader(out)
	for killed := false; ; killed = true {
		line, err := lines.ReadString('\n')
		if err != nil { // what has no newline was not said
			break
		}
		if !killed { // it talks: from now on any instant will do
			time.AfterFunc(rand.N(250*time.Millisecond), func() { child.Process.Kill() })
		}
		var id journal.ID
		var text string
		if _, err := fmt.Sscanln(line, &id.Room, &id.Seq, &text); err != nil {
			v.Fatalf("the child says %q\n%s", line, &stderr)
		}
		acknowledged[id] = text
	}
	child.Wait()
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		v.Fatalf("round %d: the child ended by itself: %v\n%s", round, child.ProcessState, &stderr)
	}
	return acknowledged
}

// verify reads what the round has added.
func (v *survivor) verify(round int, acknowledged map[journal.ID]string) {
	v.Helper()
	db, err := Open(v.cfg)
	if err != nil {
		v.Fatalf("round %d: %v", round, err)
	}
	defer db.Close()
	v.acknowledged += len(acknowledged)
	for no := journal.Room(1); no <= crashRooms; no++ {
		last := v.verifyLog(db, no, acknowledged)
		if room, err := db.Room(no); err != nil || last != "" && room.State.Topic != last {
			v.Errorf("room %d: the state is of %q, the last record is %q (%v)", no, room.State.Topic, last, err)
		}
	}
	for id, text := range acknowledged {
		v.Errorf("round %d: %q was acknowledged as %v and is lost", round, text, id)
	}
	if v.Failed() {
		v.FailNow()
	}
}

// verifyLog takes from acknowledged what it finds, and returns the last text.
func (v *survivor) verifyLog(db *DB, no journal.Room, acknowledged map[journal.ID]string) (last string) {
	v.Helper()
	before := -1
	for {
		q := journal.Query{Where: journal.After, From: journal.Point{Seq: v.tails[no]}, Limit: journal.MaxPage, Events: true}
		page, _, err := db.Range(no, q)
		if err != nil {
			v.Fatalf("room %d after %d: %v", no, v.tails[no], err)
		}
		if len(page) == 0 {
			return last
		}
		for _, r := range page {
			if v.tails[no]++; r.Seq != v.tails[no] {
				v.Fatalf("room %d: number %d where %d should be", no, r.Seq, v.tails[no])
			}
			if text, ok := acknowledged[r.ID()]; ok && text != r.Text {
				v.Errorf("%q was acknowledged at %v, where %q is stored", text, r.ID(), r.Text)
			}
			delete(acknowledged, r.ID())
			before, last = v.verifyOrder(r.Text, before), r.Text
		}
	}
}

// verifyOrder: within a round, a room's texts end in ascending numbers.
func (v *survivor) verifyOrder(text string, before int) (n int) {
	v.Helper()
	if v.texts[text] {
		v.Errorf("%q is stored twice", text)
	}
	v.texts[text] = true
	if _, err := fmt.Sscan(text[strings.LastIndex(text, "/")+1:], &n); err != nil || n <= before {
		v.Errorf("%q is stored after number %d", text, before)
	}
	return n
}

// crashChild talks in all rooms until it is killed.
func crashChild(dir, round string) {
	db, err := Open(testConfig(dir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var saying sync.Mutex
	say := func(m journal.Committed) {
		var lines bytes.Buffer
		for _, e := range m.Entries {
			fmt.Fprintln(&lines, uint64(m.Room), e.Record.Seq, e.Record.Text)
		}
		saying.Lock()
		defer saying.Unlock()
		os.Stdout.Write(lines.Bytes())
	}
	house := &talkHouse{cfg: ActorConfig{Store: db}, rooms: crashRooms, talker: func(no journal.Room, log *actor.PID) *talker {
		return &talker{room: no, journal: log, window: crashWindow, committed: say,
			make: func(n int) (journal.Append, bool) { return crashAppend(no, round, n), true }}
	}}
	quietSystem().Root.Spawn(supervise.Props(func() actor.Actor { return house }))
	select {}
}

func crashAppend(no journal.Room, round string, n int) journal.Append {
	text := fmt.Sprintf("%d/%s/%d", no, round, n)
	a := journal.Append{State: &journal.State{Topic: text}}
	a.Record = journal.Record{Kind: journal.Message, Text: text, Author: journal.Author{ID: "ann"}}
	if n%2 == 0 {
		a.ClientID = text
	}
	return a
}
