package persistence

import "github.com/greenroom-chat/greenroom/actors/journal"

// openBlocks are the stems of blocks that are not written yet, so that a commit
// need not read what it indexes. They belong to the committer. What was staged
// and not committed is in them too: then the next record of the room does not
// follow, and its blocks are read after all.
type openBlocks struct {
	rooms map[journal.Room]*openBlock
	stems int // in all
}

type openBlock struct {
	next  uint64 // number of the record that is to follow
	stems []uint32
	full  map[uint64][]uint32 // those of blocks that are complete
}

// maxOpenStems is 4 MiB of them.
const maxOpenStems = 1 << 20

// add notes a record.
func (o *openBlocks) add(x indexer, no journal.Room, seq uint64, r storedRecord) {
	if o.stems > maxOpenStems || o.rooms == nil {
		o.rooms, o.stems = make(map[journal.Room]*openBlock), 0
	}
	if open := o.rooms[no]; open != nil && open.next != seq {
		o.drop(no)
	}
	open := o.rooms[no]
	if open == nil {
		if (seq-1)%blockRecords != 0 {
			return
		}
		open = &openBlock{next: seq}
		o.rooms[no] = open
	}
	before := len(open.stems)
	open.stems = x.stemsOf(open.stems, r)
	open.next++
	o.stems += len(open.stems) - before
	if seq%blockRecords == 0 {
		if open.full == nil {
			open.full = make(map[uint64][]uint32)
		}
		open.full[seq/blockRecords-1] = open.stems
		open.stems = nil
	}
}

// take returns the stems of a block, if all of it is known.
func (o *openBlocks) take(at blockAt) (stems []uint32, known bool) {
	open := o.rooms[at.room]
	if open == nil {
		return nil, false
	}
	stems, known = open.full[at.no]
	delete(open.full, at.no)
	o.stems -= len(stems)
	return sorted(stems), known
}

// drop forgets a room, such as one in which something was redacted.
func (o *openBlocks) drop(no journal.Room) {
	open := o.rooms[no]
	if open == nil {
		return
	}
	o.stems -= len(open.stems)
	for _, stems := range open.full {
		o.stems -= len(stems)
	}
	delete(o.rooms, no)
}
