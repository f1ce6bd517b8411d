package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

const (
	powerRooms    = 6
	powerMemTable = 512 << 10 // the least that the size of a value allows

	powerEnv      = "GREENROOM_TEST_POWER" // set: this process is the child
	powerEnvRound = powerEnv + "_ROUND"
	powerEnvWay   = powerEnv + "_WAY"
)

// What a child says, a line each: a mark, and the fact with its value. A fact
// is of one word and its arguments, a value has no tab and no newline.
const (
	saysFound  = '=' // in the store when it was opened
	saysReady  = '.' // all of that has been said
	saysStored = '+' // acknowledged
	saysDamage = '!'
)

// Ways for a child.
const (
	wayActors   = "actors"   // through the journal and records actors
	wayBatches  = "batches"  // records of all kinds, through Commit
	wayLook     = "look"     // only what is there
	wayCareless = "careless" // batches, and Badger does not sync
	wayHeedless = "heedless" // and the commit file is not synced either
)

// powerConfig has directories that must be made at the first start.
func powerConfig(disk string) Config {
	cfg := testConfig(filepath.Join(disk, "var", "greenroom", "data"))
	cfg.MasterKeyFile = filepath.Join(disk, "etc", "keys", "master.key")
	cfg.memTable = powerMemTable
	return cfg
}

// TestPowerChild is no test: it is what lives on the disk whose power is cut.
func TestPowerChild(t *testing.T) {
	disk := os.Getenv(powerEnv)
	if disk == "" {
		return
	}
	c := &powerChild{round: os.Getenv(powerEnvRound), way: os.Getenv(powerEnvWay)}
	cfg := powerConfig(disk)
	cfg.careless = c.way == wayCareless || c.way == wayHeedless
	cfg.Log = func(event string) { fmt.Fprintln(os.Stderr, time.Now().Format("05.000"), event) }
	db, err := Open(cfg)
	if err != nil {
		c.say(saysDamage, fmt.Sprint("it does not open: ", err))
		os.Exit(0)
	}
	if c.way == wayHeedless {
		db.commits.sync = func(*os.File) error { return nil }
	}
	c.found(db)
	c.say(saysReady)
	switch c.way {
	case wayActors:
		c.throughActors(db)
	case wayLook:
		if err := db.Close(); err != nil {
			c.say(saysDamage, fmt.Sprint("it does not close: ", err))
		}
		os.Exit(0)
	default:
		c.throughCommit(db)
	}
}

type powerChild struct {
	mu         sync.Mutex
	round, way string
}

// say writes at once, so that nothing is said by halves.
func (c *powerChild) say(mark byte, facts ...string) {
	var lines bytes.Buffer
	if len(facts) == 0 {
		fmt.Fprintf(&lines, "%c\n", mark)
	}
	for _, f := range facts {
		fmt.Fprintf(&lines, "%c%s\n", mark, strings.ReplaceAll(f, "\n", " "))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	os.Stdout.Write(lines.Bytes())
}

// must ends the child, in words.
func (c *powerChild) must(err error) {
	if err != nil {
		c.say(saysDamage, err.Error())
		os.Exit(0)
	}
}

func factRecord(r journal.Record) string {
	id, _, _ := strings.Cut(r.Text, " ")
	return fmt.Sprintf("record %d %d\t%s", r.Room, r.Seq, id)
}

func factAccount(a records.Account) string { return fmt.Sprintf("account %s\t%d", a.Key, a.Version) }

func factRoom(r records.Room) string { return fmt.Sprintf("room %s\t%d", r.Key, r.No) }

func factMember(account string, no journal.Room, marker time.Time) string {
	if marker.IsZero() {
		return fmt.Sprintf("member %s %d\t0", account, no)
	}
	return fmt.Sprintf("member %s %d\t%d", account, no, marker.UnixMilli())
}

func factCommit(g uint64) string { return fmt.Sprintf("commit\t%d", g) }

// found says everything that is in the store, and what is wrong with it.
func (c *powerChild) found(db *DB) {
	c.must(db.Verify(func(damage error) { c.say(saysDamage, damage.Error()) }))
	file, last, err := openCommitFile(db.cfg.Dir)
	c.must(err)
	file.close()
	if last.G != db.last.G {
		c.say(saysDamage, fmt.Sprintf("the commit file says %d, the database %d", last.G, db.last.G))
	}
	c.say(saysFound, factCommit(db.last.G))
	for cursor, more := "", true; more; more = cursor != "" {
		page, err := db.Names(cursor, 1000)
		c.must(err)
		for _, a := range page.Accounts {
			c.foundAccount(db, a.Key)
		}
		for _, r := range page.Rooms {
			c.foundRoom(db, r.Key)
		}
		cursor = page.Next
	}
}

func (c *powerChild) foundAccount(db *DB, key string) {
	a, err := db.Account(key)
	c.must(err)
	c.say(saysFound, factAccount(a))
	list, err := db.Memberships(key)
	c.must(err)
	for _, m := range list {
		c.say(saysFound, factMember(key, m.Room, m.Marker))
	}
}

func (c *powerChild) foundRoom(db *DB, key string) {
	room, err := db.RoomByName(key)
	c.must(err)
	facts := []string{factRoom(room)}
	var last journal.Record
	for {
		q := journal.Query{Where: journal.After, From: journal.Point{Seq: last.Seq}, Limit: journal.MaxPage, Events: true}
		page, _, err := db.Range(room.No, q)
		c.must(err)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			if id, _, _ := strings.Cut(r.Text, " "); r.Text != powerText(id) {
				c.say(saysDamage, fmt.Sprintf("%q is not what was said", r.Text))
			}
			facts = append(facts, factRecord(r))
		}
		last = page[len(page)-1]
	}
	c.say(saysFound, facts...)
	if last.Seq != room.LastSeq || last.Text != room.State.Topic {
		c.say(saysDamage, fmt.Sprintf("room %d ends at %d, its head says %d", room.No, last.Seq, room.LastSeq))
	}
}

// powerText pads a text to one of several lengths, a few longer than a page.
func powerText(id string) string {
	sum := uint32(0)
	for _, b := range []byte(id) {
		sum = sum*31 + uint32(b)
	}
	n := 50 + int(sum%400)
	if sum%17 == 0 {
		n = 5000
	}
	return id + " " + strings.Repeat("x", n)
}

// powerAppend says text n of a round in a room.
func (c *powerChild) powerAppend(no journal.Room, n int) journal.Append {
	id := fmt.Sprintf("%s/%d/%d", c.round, no, n)
	text := powerText(id)
	a := journal.Append{State: &journal.State{Topic: text}}
	a.Record = journal.Record{Room: no, Kind: journal.Message, Text: text, Author: journal.Author{ID: "ann"}}
	if n%2 == 0 {
		a.ClientID = id
	}
	return a
}

func (c *powerChild) throughActors(db *DB) {
	say := func(m journal.Committed) {
		var facts []string
		for _, e := range m.Entries {
			facts = append(facts, factRecord(e.Record))
		}
		c.say(saysStored, facts...)
	}
	house := &talkHouse{cfg: ActorConfig{Store: db, MaxBatchBytes: powerMemTable / 32}, rooms: powerRooms, talker: func(no journal.Room, log *actor.PID) *talker {
		return &talker{room: no, journal: log, window: 8, committed: say,
			refused: func(m journal.NotCommitted) { fmt.Fprintln(os.Stderr, "refused:", m.Reason) },
			make:    func(n int) (journal.Append, bool) { return c.powerAppend(no, n), true }}
	}}
	quietSystem().Root.Spawn(supervise.Props(func() actor.Actor { return house }))
	select {}
}

// throughCommit commits batches until one fails. Each says something in every
// room, so that half a batch can be told.
func (c *powerChild) throughCommit(db *DB) {
	rng := rand.New(rand.NewPCG(uint64(len(c.round)), 0))
	for no := range powerRooms {
		c.commit(db, opRoom(fmt.Sprint("#room", no)))
	}
	var accounts []records.Account
	for n := 0; ; n++ {
		var ops []Op
		for no := journal.Room(1); no <= powerRooms; no++ {
			a := c.powerAppend(no, n)
			ops = append(ops, Op{Append: &a})
		}
		if rng.IntN(4) == 0 {
			ops = append(ops, opAccount(fmt.Sprintf("ann-%s-%d", c.round, n)), opRoom(fmt.Sprintf("#new-%s-%d", c.round, n)))
		}
		if len(accounts) > 0 {
			at := rng.IntN(len(accounts))
			ops = append(ops, Op{Update: &records.Update{Account: accounts[at]}})
			who := accounts[at].Key
			accounts = append(accounts[:at], accounts[at+1:]...) // its version is the old one now
			room := journal.Room(1 + rng.IntN(powerRooms))
			ops = append(ops, opMember(room, who), Op{Mark: &records.Mark{Account: who, Room: room, At: time.Now()}})
		}
		for _, o := range c.commit(db, ops...) {
			if o.Account.Key != "" {
				accounts = append(accounts, o.Account)
			}
		}
	}
}

// commit commits and says what is stored. An operation is refused never: each
// is of a name of its own.
func (c *powerChild) commit(db *DB, ops ...Op) []Outcome {
	outcomes, err := db.Commit(ops)
	c.must(err)
	facts := []string{factCommit(db.last.G)}
	for i, o := range outcomes {
		if o.Err != nil && !errors.Is(o.Err, records.ErrConflict) {
			c.must(o.Err)
		}
		switch op := ops[i]; {
		case op.Append != nil && op.Append.Silent:
			facts = append(facts, factMember(op.Append.Members[0].Account, op.Append.Record.Room, time.Time{}))
		case op.Append != nil:
			facts = append(facts, factRecord(o.Record))
		case op.Open != nil:
			facts = append(facts, factRoom(o.Room))
		case op.Mark != nil:
			facts = append(facts, factMember(op.Mark.Account, op.Mark.Room, o.Marker))
		default:
			facts = append(facts, factAccount(o.Account))
		}
	}
	c.say(saysStored, facts...)
	return outcomes
}
