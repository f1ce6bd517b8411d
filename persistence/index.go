package persistence

import (
	"encoding/binary"
	"slices"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// The index says where a word may be, not where it is: of each 64 records of a
// room which stems they hold, and of each 64 such blocks a Bloom filter of that.
// A block is written in the first commit of the room after the one that completes
// it, so that nobody waits for its making, and again in one that redacts something
// in it; the head says how many there are, and what comes after the last is looked
// at itself. So a search sees every record that is in the log;
// and an index that knows too much, such as an older version of a block that has
// come to light, costs time and hides nothing. All of it is in sealed values: no
// key tells of a word.
const (
	blockRecords  = 64
	chapterBlocks = 64

	// maxStems bounds what is known of a block; one that has more may hold
	// anything.
	maxStems = 3072

	// indexShare is the part of a memtable that a commit may fill with index: a
	// transaction may hold 15 %.
	indexShare = 24

	filterBytes  = 32 << 10
	filterHashes = 4
)

type (
	storedBlock struct {
		Stems []byte `cbor:"1,keyasint"` // sorted, each as the distance from the one before
		Full  bool   `cbor:"2,keyasint,omitempty"`
	}
	storedChapter struct {
		Filter []byte `cbor:"1,keyasint"`
	}
)

// blockAt is a block, or a chapter, of a room, numbered from 0.
type blockAt struct {
	room journal.Room
	no   uint64
}

// reindex has the block of a redacted record written again.
func (b *batch) reindex(no journal.Room, seq uint64) {
	b.db.unfinished.drop(no)
	b.fresh = append(b.fresh, fresh{room: no, redacted: true})
	at := blockAt{no, (seq - 1) / blockRecords}
	if !slices.Contains(b.blocks, at) {
		b.blocks = append(b.blocks, at)
	}
}

// stageIndex writes the blocks that were redacted in, and then those that were
// complete before this commit, as far as there is room in the transaction: the
// rest waits for the next commit of the room.
func (b *batch) stageIndex() error {
	if b.db.cfg.unindexed {
		return nil
	}
	for _, at := range b.blocks {
		head, err := b.head(at.room)
		if err == nil && at.no < head.Blocks {
			err = b.stageBlock(at)
		}
		if err != nil {
			return err
		}
	}
	before := make(map[journal.Room]uint64) // last numbers of rooms that have grown
	for _, f := range b.fresh {
		if _, seen := before[f.room]; !seen && !f.redacted {
			before[f.room] = f.seq - 1
		}
	}
	for _, no := range b.dirty {
		last, grown := before[no]
		if !grown {
			last = b.heads[no].Seq
		}
		head, err := b.extendIndex(no, b.heads[no], last)
		if err != nil {
			return err
		}
		b.heads[no] = head
	}
	return nil
}

// extendIndex writes what the records up to last complete and is not yet there.
func (b *batch) extendIndex(no journal.Room, head storedHead, last uint64) (storedHead, error) {
	for ; b.indexed < b.db.cfg.memTable/indexShare && (head.Blocks+1)*blockRecords <= last; head.Blocks++ {
		if err := b.stageBlock(blockAt{no, head.Blocks}); err != nil {
			return head, err
		}
	}
	for ; b.indexed < b.db.cfg.memTable/indexShare && (head.Chapters+1)*chapterBlocks <= head.Blocks; head.Chapters++ {
		if err := b.stageChapter(blockAt{no, head.Chapters}); err != nil {
			return head, err
		}
	}
	return head, nil
}

// stageBlock writes at once: a chapter reads what its blocks have become.
func (b *batch) stageBlock(at blockAt) error {
	block, known := b.db.unfinished.take(at)
	if !known {
		stems, err := b.stems(at)
		if err != nil {
			return err
		}
		block = storeBlock(stems)
	}
	return b.writeNow(keyOfBlock(at.room, at.no), block)
}

// stems reads the records of a block.
func (t txn) stems(at blockAt) (stems []uint32, err error) {
	for i := range uint64(blockRecords) {
		r, err := t.record(at.room, at.no*blockRecords+i+1)
		if err != nil {
			return nil, err
		}
		stems = t.db.indexer.stemsOf(stems, r)
	}
	return sorted(stems), nil
}

func storeBlock(stems []uint32) storedBlock {
	if len(stems) > maxStems {
		return storedBlock{Full: true}
	}
	packed, last := make([]byte, 0, 2*len(stems)), uint32(0)
	for _, s := range stems {
		packed = binary.AppendUvarint(packed, uint64(s-last))
		last = s
	}
	return storedBlock{Stems: packed}
}

func (s storedBlock) stems() (stems []uint32) {
	last := uint32(0)
	for rest := s.Stems; len(rest) > 0; {
		gap, n := binary.Uvarint(rest)
		if n <= 0 {
			return stems
		}
		last, rest = last+uint32(gap), rest[n:]
		stems = append(stems, last)
	}
	return stems
}

// holds tells whether all of the stems may be in the block.
func (s storedBlock) holds(wanted []uint32) bool {
	if s.Full {
		return true
	}
	stems := s.stems()
	for _, w := range wanted {
		if _, found := slices.BinarySearch(stems, w); !found {
			return false
		}
	}
	return true
}

func (b *batch) stageChapter(at blockAt) error {
	chapter, err := b.chapter(at)
	if err != nil {
		return err
	}
	return b.writeNow(keyOfChapter(at.room, at.no), chapter)
}

// chapter makes the filter of the blocks in it.
func (t txn) chapter(at blockAt) (storedChapter, error) {
	c := storedChapter{Filter: make([]byte, filterBytes)}
	for i := range uint64(chapterBlocks) {
		block, err := t.block(blockAt{at.room, at.no*chapterBlocks + i})
		if err != nil {
			return c, err
		}
		if block.Full {
			for i := range c.Filter {
				c.Filter[i] = 0xff
			}
			return c, nil
		}
		for _, s := range block.stems() {
			c.each(s, func(at uint32, bit byte) bool { c.Filter[at] |= bit; return true })
		}
	}
	return c, nil
}

// each visits the bits of a stem, until do says no.
func (c storedChapter) each(stem uint32, do func(at uint32, bit byte) bool) bool {
	h := uint64(stem) * 0x9e3779b97f4a7c15 // spreads 24 bits over 64
	for range filterHashes {
		bit := uint32(h>>32) % (filterBytes * 8)
		if !do(bit/8, 1<<(bit%8)) {
			return false
		}
		h = h*0xbf58476d1ce4e5b9 + 0x94d049bb133111eb
	}
	return true
}

// holds tells whether all of the stems may be in the chapter.
func (c storedChapter) holds(wanted []uint32) bool {
	for _, w := range wanted {
		if !c.each(w, func(at uint32, bit byte) bool { return c.Filter[at]&bit != 0 }) {
			return false
		}
	}
	return true
}

// block reads a block that must be there.
func (t txn) block(at blockAt) (s storedBlock, err error) {
	found, err := t.get(keyOfBlock(at.room, at.no), &s)
	if err == nil && !found {
		err = damaged("block %d of the index of room %d is missing", at.no, at.room)
	}
	return s, err
}

func (t txn) chapterAt(at blockAt) (c storedChapter, err error) {
	found, err := t.get(keyOfChapter(at.room, at.no), &c)
	if err == nil && (!found || len(c.Filter) != filterBytes) {
		err = damaged("chapter %d of the index of room %d is missing", at.no, at.room)
	}
	return c, err
}

// writeNow writes a value past the operation at hand.
func (b *batch) writeNow(key []byte, v any) error {
	plain, err := encode(b.plain[:0], v)
	if err != nil {
		return err
	}
	b.plain = plain
	b.indexed += int64(len(plain))
	return b.write(entry{key: key, sealed: b.sealer.seal(key, plain)})
}

// verifyIndex makes the index of a room again, and compares.
func (t txn) verifyIndex(no journal.Room, head storedHead) error {
	if head.Blocks*blockRecords > head.Seq || head.Chapters*chapterBlocks > head.Blocks {
		return damaged("the index of room %d is longer than the room", no)
	}
	for i := range head.Blocks {
		stems, err := t.stems(blockAt{no, i})
		if err != nil {
			return err
		}
		stored, err := t.block(blockAt{no, i})
		if err != nil {
			return err
		}
		if !stored.holds(stems) {
			return damaged("block %d of the index of room %d does not know what is in it", i, no)
		}
	}
	for i := range head.Chapters {
		stored, err := t.chapterAt(blockAt{no, i})
		if err != nil {
			return err
		}
		for j := range uint64(chapterBlocks) {
			block, err := t.block(blockAt{no, i*chapterBlocks + j})
			if err != nil {
				return err
			}
			if !stored.holds(block.stems()) {
				return damaged("chapter %d of the index of room %d does not know what is in it", i, no)
			}
		}
	}
	return nil
}
