package persistence

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// sentences are of words as often as words are, about 200 bytes each.
func sentence(rng *rand.Rand) string {
	var b strings.Builder
	for b.Len() < 195 {
		n := int(20_000 * rng.Float64() * rng.Float64() * rng.Float64())
		fmt.Fprintf(&b, "%s%d ", []string{"the", "word", "seldom", "extraordinary"}[n%4], n)
	}
	return b.String()
}

// TestAttack82AnIndexThatIsDamagedIsToldAndHidesNothing: a block or chapter that
// is missing or altered is an error of the search, never a shorter answer.
func TestAttack82AnIndexThatIsDamagedIsToldAndHidesNothing(t *testing.T) {
	for name, tamper := range map[string]func(db *DB){
		"a block is deleted":       func(db *DB) { rawSet(t, db, keyOfBlock(1, 70), nil) },
		"a block is another's":     func(db *DB) { rawSet(t, db, keyOfBlock(1, 70), rawGet(t, db, keyOfBlock(1, 71))) },
		"a chapter is deleted":     func(db *DB) { rawSet(t, db, keyOfChapter(1, 0), nil) },
		"a chapter is a block":     func(db *DB) { rawSet(t, db, keyOfChapter(1, 0), rawGet(t, db, keyOfBlock(1, 0))) },
		"a block knows too little": func(db *DB) { reseal(t, db, keyOfBlock(1, 70), storeBlock(nil)) },
		"a chapter knows nothing":  func(db *DB) { reseal(t, db, keyOfChapter(1, 0), storedChapter{Filter: make([]byte, filterBytes)}) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t.TempDir())
			cfg.memTable = 4 << 20
			db := openTest(t, cfg)
			mustCommit(t, db, opRoom("#a"))
			for range 5000 / 100 {
				var ops []Op
				for range 100 {
					ops = append(ops, opSay(1, "hay", ""))
				}
				mustCommit(t, db, ops...)
			}
			if found := verified(t, db); len(found) != 0 {
				t.Fatal(found)
			}
			tamper(db)
			if found := verified(t, db); len(found) != 1 || !errors.Is(found[0], journal.ErrIntegrity) {
				t.Errorf("Verify found %v", found)
			}
			if strings.Contains(name, "knows") {
				return // by somebody who has the keys
			}
			_, err := db.Search([]records.Scope{{Room: 1}}, records.Terms{Text: "needle", Limit: 9, Effort: 1 << 20})
			if !errors.Is(err, journal.ErrIntegrity) {
				t.Errorf("the search: %v", err)
			}
		})
	}
}

func reseal(t *testing.T, db *DB, key []byte, v any) {
	plain, err := encode(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	rawSet(t, db, key, db.sealer.seal(key, plain))
}

// TestNoCommitHasTooMuchIndex: though as many rooms as an operation each complete
// a block of as many words as there may be.
func TestNoCommitHasTooMuchIndex(t *testing.T) {
	cfg := testConfig(t.TempDir())
	cfg.memTable = memTableSize
	db := openTest(t, cfg)
	const rooms = 128
	var ops []Op
	for i := range rooms {
		ops = append(ops, opRoom(fmt.Sprint("#", i)))
	}
	mustCommit(t, db, ops...)
	n := 0
	for range blockRecords + 9 {
		ops = ops[:0]
		for room := range journal.Room(rooms) {
			var text strings.Builder
			for range maxStems/blockRecords - 3 { // besides the author, and beginnings
				fmt.Fprintf(&text, "%07d ", n)
				n++
			}
			ops = append(ops, opSay(room+1, text.String(), ""))
		}
		mustCommit(t, db, ops...)
	}
	if plain := rawGet(t, db, keyOfBlock(1, 0)); len(plain) < maxStems*3/2 {
		t.Fatalf("a block of %d bytes is not a large one", len(plain))
	}
	behind := 0
	for room := range journal.Room(rooms) {
		if db.heads[room+1].Blocks < 1 {
			behind++
		}
	}
	if behind > 0 {
		t.Errorf("%d rooms have not caught up", behind)
	}
	hits, err := db.Search([]records.Scope{{Room: 1}, {Room: rooms}}, records.Terms{Text: "0000007", Limit: 9, Effort: 1 << 20})
	if err != nil || len(hits.Records) != 1 {
		t.Errorf("%+v, %v", hits, err)
	}
}

// TestWhatIsRedactedLeavesItsBlock, also one that was complete before.
func TestWhatIsRedactedLeavesItsBlock(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"))
	for i := range uint64(3 * blockRecords) {
		mustCommit(t, db, opSay(1, fmt.Sprintf("swordfish%d", i%blockRecords), ""))
	}
	mustCommit(t, db, opSay(1, "the last block is written by the next commit", ""))
	holds := func(block uint64) bool {
		stored, err := db.read().block(blockAt{1, block})
		if err != nil {
			t.Fatal(err)
		}
		return stored.holds([]uint32{db.indexer.stemOf("swordfish")})
	}
	if !holds(0) || !holds(1) || !holds(2) {
		t.Fatal("a block does not know its words")
	}
	for seq := range uint64(blockRecords) {
		mustCommit(t, db, opRedact(1, blockRecords+seq+1))
	}
	if !holds(0) || holds(1) || !holds(2) {
		t.Errorf("after the redaction of block 1: %v %v %v", holds(0), holds(1), holds(2))
	}
	if found := verified(t, db); len(found) != 0 {
		t.Error(found)
	}
}

// TestNothingReadableIsInTheIndex: no key and no value of it holds a word.
func TestNothingReadableIsInTheIndex(t *testing.T) {
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	mustCommit(t, db, opRoom("#a"))
	for range 4 * blockRecords {
		mustCommit(t, db, opSay(1, "swordfish", ""))
	}
	if plain := rawGet(t, db, keyOfBlock(1, 0)); strings.Contains(string(plain), "sword") {
		t.Error("a word lies in the open")
	}
	stem := db.indexer.stemOf("swordfish")
	other := indexer{db.indexer.seed + 1}.stemOf("swordfish")
	if stem == other {
		t.Error("a stem does not depend on the key")
	}
}

// BenchmarkIndex reports how much slower commits of 128 are with the index than
// without, in turns of one run: of messages of 200 bytes in 100 rooms.
func BenchmarkIndex(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	with, without := openBench(b), openBench(b)
	without.cfg.unindexed = true
	var spent [2]time.Duration
	for b.Loop() {
		ops := make([]Op, 128)
		for i := range ops {
			ops[i] = opSay(journal.Room(1+rng.IntN(benchRooms)), sentence(rng), "")
		}
		for i, db := range []*DB{with, without} {
			start := time.Now()
			if _, err := db.Commit(ops); err != nil {
				b.Fatal(err)
			}
			spent[i] += time.Since(start)
		}
	}
	n := float64(b.N * 128)
	b.ReportMetric(n/spent[0].Seconds(), "indexed-msgs/s")
	b.ReportMetric(n/spent[1].Seconds(), "bare-msgs/s")
	b.ReportMetric(spent[0].Seconds()/spent[1].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSearch looks for a word that three of 200,000 messages of a room hold.
func BenchmarkSearch(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	db := openBench(b)
	const total = 200_000
	for i := range total / 128 {
		ops := make([]Op, 128)
		for j := range ops {
			ops[j] = opSay(1, sentence(rng), "")
		}
		if i%500 == 250 {
			ops[7] = opSay(1, "the needle", "")
		}
		if _, err := db.Commit(ops); err != nil {
			b.Fatal(err)
		}
	}
	looked := 0
	for b.Loop() {
		hits, err := db.Search([]records.Scope{{Room: 1}}, records.Terms{Text: "needle", Limit: 100, Effort: 50_000})
		if err != nil || len(hits.Records) != 3 || !hits.Until.IsZero() {
			b.Fatalf("%+v, %v", hits, err)
		}
		looked = hits.Looked
	}
	b.ReportMetric(float64(looked), "looked")
}
