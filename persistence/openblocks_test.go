package persistence

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// held is what the blocks that are not written take, as the heap has it.
func (o *openBlocks) held() (bytes int) {
	for _, open := range o.rooms {
		bytes += openBytes + 4*cap(open.stems)
		for _, block := range open.full {
			bytes += openBytes + len(block.Stems)
		}
	}
	return bytes
}

// TestBlocksThatAreNotWrittenAreBounded however many rooms there are, also where
// nothing is said but by events.
func TestBlocksThatAreNotWrittenAreBounded(t *testing.T) {
	long := strings.Repeat("abc ", 500)
	var o openBlocks
	most := 0
	for room := range journal.Room(100_000) {
		kind, text, records := journal.Join, "", 1
		if room%500 == 0 {
			kind, text, records = journal.Message, long, blockRecords+1
		}
		for seq := range uint64(records) {
			o.addAll(indexer{1}, []fresh{{room: room, seq: seq + 1, record: storedRecord{Kind: uint8(kind), Text: text}}})
		}
		if room%1000 == 0 {
			most = max(most, o.held())
		}
	}
	if most > 2*maxOpenBytes {
		t.Errorf("%d KiB are held", most>>10)
	}
	if len(o.rooms) > maxOpenBytes/openBytes {
		t.Errorf("%d rooms are known", len(o.rooms))
	}
}

// TestWhatBlocksThatAreNotWrittenTakeIsKnown at any time.
func TestWhatBlocksThatAreNotWrittenTakeIsKnown(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var o openBlocks
	next := map[journal.Room]uint64{}
	for range 20_000 {
		room := journal.Room(rng.IntN(5))
		switch rng.IntN(100) {
		case 0:
			o.drop(room)
		case 1, 2, 3:
			o.take(blockAt{room, next[room]/blockRecords - min(1, next[room]/blockRecords)})
		default:
			next[room]++
			o.addAll(indexer{1}, []fresh{{room: room, seq: next[room], record: storedRecord{
				Kind: uint8(journal.Message), Text: fmt.Sprint("word ", rng.IntN(1000)),
			}}})
		}
		if o.bytes != o.held() {
			t.Fatalf("%d bytes are counted, %d are held", o.bytes, o.held())
		}
	}
}
