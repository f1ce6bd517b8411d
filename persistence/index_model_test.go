package persistence

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// TestABlockIsWhatItsRecordsSay: whatever is said, redacted, refused and lost,
// also in one commit, a block that is written has the words of its records, all
// and no others.
func TestABlockIsWhatItsRecordsSay(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 64))
			db := openTest(t, testConfig(t.TempDir()))
			const rooms = 2
			mustCommit(t, db, opRoom("#a"), opRoom("#b"))
			for range 60 {
				var ops []Op
				for range 1 + rng.IntN(40) {
					ops = append(ops, randomOp(rng, db, 1+journal.Room(rng.IntN(rooms))))
				}
				if rng.IntN(25) == 0 {
					loseOne(t, db, rng, ops)
				} else if _, err := db.Commit(ops); err != nil {
					t.Fatal(err)
				}
			}
			compareBlocks(t, db, rooms)
		})
	}
}

// TestWhatIsRedactedBeforeItsBlockIsWrittenIsNotInIt: in the commit that writes
// the block, and in the one that the block begins in.
func TestWhatIsRedactedBeforeItsBlockIsWrittenIsNotInIt(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"))
	word := 1000
	say := func(n int) (ops []Op) {
		for range n {
			word++
			ops = append(ops, opSay(1, fmt.Sprint(word), ""))
		}
		return ops
	}
	mustCommit(t, db, say(blockRecords)...)
	mustCommit(t, db, opRedact(1, 5)) // is number 65
	mustCommit(t, db, say(blockRecords-1)...)
	mustCommit(t, db, append(say(1), opRedact(1, 2*blockRecords+1))...)
	mustCommit(t, db, say(blockRecords)...)
	mustCommit(t, db, say(3*blockRecords)...)
	compareBlocks(t, db, 1)
}

// randomOp says something, or redacts something that may be in the same commit,
// or gives a name that is taken after the line is staged.
func randomOp(rng *rand.Rand, db *DB, room journal.Room) Op {
	op := opSay(room, fmt.Sprint("word ", 1000+rng.IntN(9000)), "")
	switch last := db.heads[room].Seq; {
	case rng.IntN(200) == 0:
		return opRedact(room, 1+last-min(last, rng.Uint64N(80))+rng.Uint64N(15))
	case rng.IntN(40) == 0:
		op.Append.Name = &journal.Naming{Key: fmt.Sprint("#", string(rune('a'+room%2))), Name: "#taken"}
	}
	return op
}

// loseOne makes a commit fail, so that nothing of it or all of it is there.
func loseOne(t *testing.T, db *DB, rng *rand.Rand, ops []Op) {
	t.Helper()
	lost := rng.IntN(2) == 0
	db.commitTxn = func(txn *badger.Txn) error {
		if lost {
			txn.Discard()
			return errIO
		}
		return errors.Join(txn.Commit(), errIO)
	}
	if _, err := db.Commit(ops); !errors.Is(err, ErrUnknownOutcome) {
		t.Fatal(err)
	}
	db.commitTxn = (*badger.Txn).Commit
	if err := db.Resume(); err != nil {
		t.Fatal(err)
	}
}

func compareBlocks(t *testing.T, db *DB, rooms journal.Room) {
	t.Helper()
	looked := 0
	for room := journal.Room(1); room <= rooms; room++ {
		mustCommit(t, db, opSay(room, "the last one", "")) // writes what is complete
		tx := db.read()
		head, err := tx.head(room)
		if err != nil {
			t.Fatal(err)
		}
		if want := (head.Seq - 1) / blockRecords; head.Blocks != want {
			t.Errorf("room %d has %d blocks, want %d", room, head.Blocks, want)
		}
		for no := range head.Blocks {
			want, err1 := tx.stems(blockAt{room, no})
			block, err2 := tx.block(blockAt{room, no})
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(block.stems(), want) {
				t.Errorf("block %d of room %d is not what is in it", no, room)
			}
			looked++
		}
		tx.Discard()
	}
	if looked < 6 {
		t.Errorf("only %d blocks", looked)
	}
}
