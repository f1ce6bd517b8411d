package persistence

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// heads are the heads of the rooms that were written lately, as committed, so
// that a commit needs to read none.
type heads map[journal.Room]storedHead

func newHeads() heads { return make(heads) }

func (h heads) put(no journal.Room, head storedHead) {
	if _, known := h[no]; !known && len(h) >= maxHeads {
		h.shrink()
	}
	h[no] = head
}

// shrink forgets a half, whichever: a forgotten head costs three reads.
func (h heads) shrink() {
	for no := range h {
		if len(h) <= maxHeads/2 {
			return
		}
		delete(h, no)
	}
}

// add counts a record in; plain is its encoding. The hash covers every record
// of the room in its order and place, by its digest: a record whose content is
// taken away later leaves that.
func (h storedHead) add(no journal.Room, r storedRecord, plain []byte) storedHead {
	digest := r.Digest
	if r.Redacted == 0 {
		digest = digestOf(plain)
	}
	return h.chain(no, r, digest)
}

func (h storedHead) chain(no journal.Room, r storedRecord, last []byte) storedHead {
	h.Seq, h.Time, h.Said = h.Seq+1, r.Time, r.Said
	buf := append(make([]byte, 0, 512), h.Hash...)
	buf = binary.BigEndian.AppendUint64(buf, uint64(no))
	buf = binary.BigEndian.AppendUint64(buf, h.Seq)
	sum := sha256.Sum256(append(buf, last...))
	h.Hash = sum[:]
	return h
}

// head is the head of a room as this batch has left it.
func (b *batch) head(no journal.Room) (storedHead, error) {
	if h, ok := b.heads[no]; ok {
		return h, nil
	}
	h, ok := b.db.heads[no]
	if !ok {
		var err error
		if h, err = b.checkedHead(no); err != nil {
			return h, err
		}
		b.db.heads.put(no, h)
	}
	return h, nil
}

func (b *batch) setHead(no journal.Room, h storedHead) {
	if _, dirty := b.heads[no]; !dirty {
		b.dirty = append(b.dirty, no)
	}
	b.heads[no] = h
}
