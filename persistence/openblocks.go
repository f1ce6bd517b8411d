package persistence

import "github.com/greenroom-chat/greenroom/actors/journal"

// openBlocks are blocks that are not written yet, so that a commit need not
// read what it indexes. They belong to the committer, and hold what has been
// committed since the database was opened: of a room in which they have missed
// something they hold nothing up to its next block, and that one is read.
type openBlocks struct {
	rooms map[journal.Room]*openBlock
	bytes int // of all that is in it
}

type openBlock struct {
	next  uint64 // number of the record that is to follow
	stems []uint32
	full  map[uint64]storedBlock // those that are complete
}

const (
	// maxOpenBytes bounds the memory of them.
	maxOpenBytes = 4 << 20
	// openBytes is what a room, or a block of one, takes without its stems.
	openBytes = 128
)

// size is what a room counts for.
func (o *openBlock) size() int {
	size := openBytes + 4*cap(o.stems)
	for _, block := range o.full {
		size += block.size()
	}
	return size
}

func (s storedBlock) size() int { return openBytes + len(s.Stems) }

// fresh is a record of the commit at hand, or says that something was redacted
// in the room.
type fresh struct {
	room     journal.Room
	seq      uint64
	record   storedRecord
	redacted bool
}

// addAll notes the records of a commit, in order.
func (o *openBlocks) addAll(x indexer, list []fresh) {
	for _, f := range list {
		if f.redacted {
			o.drop(f.room)
		} else {
			o.add(x, f)
		}
	}
}

func (o *openBlocks) add(x indexer, f fresh) {
	if o.bytes > maxOpenBytes || o.rooms == nil {
		o.rooms, o.bytes = make(map[journal.Room]*openBlock), 0
	}
	open := o.rooms[f.room]
	if open == nil {
		if (f.seq-1)%blockRecords != 0 {
			return
		}
		open = &openBlock{next: f.seq}
		o.rooms[f.room] = open
		o.bytes += openBytes
	}
	if open.next != f.seq { // a search would miss what is not there
		o.drop(f.room)
		return
	}
	before := cap(open.stems)
	open.stems = x.stemsOf(open.stems, f.record)
	open.next++
	o.bytes += 4 * (cap(open.stems) - before)
	if f.seq%blockRecords == 0 {
		o.complete(open, f.seq/blockRecords-1)
	}
}

func (o *openBlocks) complete(open *openBlock, no uint64) {
	if open.full == nil {
		open.full = make(map[uint64]storedBlock)
	}
	block := storeBlock(sorted(open.stems))
	open.full[no] = block
	o.bytes += block.size() - 4*cap(open.stems)
	open.stems = nil // most rooms say little after this
}

// take returns a block, if all of it is known.
func (o *openBlocks) take(at blockAt) (block storedBlock, known bool) {
	open := o.rooms[at.room]
	if open == nil {
		return block, false
	}
	if block, known = open.full[at.no]; known {
		delete(open.full, at.no)
		o.bytes -= block.size()
	}
	return block, known
}

// drop forgets a room, such as one in which something was redacted.
func (o *openBlocks) drop(no journal.Room) {
	open := o.rooms[no]
	if open == nil {
		return
	}
	o.bytes -= open.size()
	delete(o.rooms, no)
}
