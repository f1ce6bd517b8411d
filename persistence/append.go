package persistence

import (
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

func refused(err error) Outcome { return Outcome{Err: err} }

// append stages a record and the changes that belong to it.
func (b *batch) append(a *journal.Append) Outcome {
	rec := a.Record
	rec.Seq, rec.Time = 0, time.Time{}
	head, err := b.head(rec.Room)
	if err != nil {
		return refused(err)
	}
	if len(a.ClientID) > maxClientID {
		return refused(journal.ErrTooLarge)
	}
	if a.ClientID != "" {
		if first, found, err := b.firstOf(a); err != nil || found {
			return Outcome{Err: err, Record: first, Duplicate: found}
		}
	}
	before := head
	var stub []byte
	if a.Redaction != nil {
		if stub, err = b.stageStub(&rec, head.Seq+1, *a.Redaction); err != nil {
			return refused(err)
		}
	}
	if !a.Silent {
		if head, err = b.stageRecord(&rec, stub, head); err != nil {
			return refused(err)
		}
	}
	if a.State != nil {
		if head.State, err = b.stageState(rec.Room, head.State, *a.State); err != nil {
			return refused(err)
		}
	}
	if a.Name != nil {
		if head.State, err = b.stageName(rec.Room, head.State, *a.Name); err != nil {
			return refused(err)
		}
	}
	for _, m := range a.Members {
		if err := b.stageMember(m, rec.Room); err != nil {
			return refused(err)
		}
	}
	out := Outcome{Record: rec}
	if a.Mark != nil {
		if out.Marker, err = b.stageMark(a.Mark.Account, rec.Room, a.Mark.At); err != nil {
			return refused(err)
		}
	}
	if a.ClientID != "" {
		if err := b.stageDedupe(rec, a.ClientID); err != nil {
			return refused(err)
		}
	}
	if head.Seq != before.Seq || head.State != before.State {
		b.setHead(rec.Room, head)
	}
	return out
}

// firstOf looks for an earlier append with the same client id.
func (b *batch) firstOf(a *journal.Append) (first journal.Record, found bool, err error) {
	var d storedDedupe
	found, err = b.get(b.hasher.dedupe(a.Record.Author.ID, a.ClientID, a.Record.Room), &d)
	if err != nil || !found || b.steady-d.At >= dedupeFor.Milliseconds() {
		return first, false, err
	}
	if d.Seq == 0 {
		first = a.Record
		first.Room, first.Seq, first.Time = journal.Room(d.Room), 0, time.Time{}
		return first, true, nil
	}
	stored, err := b.record(journal.Room(d.Room), d.Seq)
	if err != nil {
		return first, false, err
	}
	return stored.record(journal.Room(d.Room), d.Seq), true, nil
}

func (b *batch) stageDedupe(rec journal.Record, clientID string) error {
	key := b.hasher.dedupe(rec.Author.ID, clientID, rec.Room)
	if err := b.stage(key, storedDedupe{Room: uint64(rec.Room), Seq: rec.Seq, At: b.steady}); err != nil {
		return err
	}
	b.staged[len(b.staged)-1].expires = true
	return nil
}

// stageRecord gives the record its place. Time goes on in the log also when
// the clock goes back.
func (b *batch) stageRecord(rec *journal.Record, stub []byte, head storedHead) (storedHead, error) {
	rec.Time = timeOf(max(b.now, head.Time+1))
	said := head.Said
	if rec.Kind.Said() {
		said++
	}
	stored := storeRecord(*rec, said)
	stored.Stub = stub
	plain, err := encode(b.plain[:0], stored)
	if err != nil {
		return head, err
	}
	b.plain = plain
	head = head.add(rec.Room, stored, plain)
	rec.Seq = head.Seq
	if !b.db.cfg.unindexed {
		b.fresh = append(b.fresh, fresh{room: rec.Room, seq: rec.Seq, record: stored})
	}
	return head, b.stagePlain(keyOfRecord(rec.Room, head.Seq), plain)
}

func (b *batch) stageState(no journal.Room, version uint64, s journal.State) (uint64, error) {
	room, err := b.storedRoom(no, version)
	if err != nil {
		return 0, err
	}
	room.Version, room.State = version+1, storeState(s)
	return room.Version, b.stage(keyOfRoom(no), room)
}

// stageName gives a room another name and frees the one that it had.
func (b *batch) stageName(no journal.Room, version uint64, n journal.Naming) (uint64, error) {
	room, err := b.storedRoom(no, version)
	if err == nil {
		err = room.named(no)
	}
	if err != nil {
		return 0, err
	}
	if n.Key != room.Key {
		found, err := b.sureNumber(b.hasher.room(n.Key))
		if err != nil {
			return 0, err
		}
		if found != 0 || room.Key == "" || n.Key == "" {
			return 0, journal.ErrNameTaken
		}
		b.stageDelete(b.hasher.room(room.Key))
		if err := b.stage(b.hasher.room(n.Key), storedNumber{uint64(no)}); err != nil {
			return 0, err
		}
	}
	room.Key, room.Name, room.Version = n.Key, n.Name, version+1
	return room.Version, b.stage(keyOfRoom(no), room)
}

// storedRoom reads a room of which the head names the version.
func (b *batch) storedRoom(no journal.Room, version uint64) (r storedRoom, err error) {
	found, err := b.get(keyOfRoom(no), &r)
	if err == nil && (!found || r.Version != version) {
		err = damaged("the state of room %d is missing or not the last one", no)
	}
	return r, err
}

// seen reads a value as the operation at hand has left it.
func (b *batch) seen(key []byte, v any) (bool, error) {
	for i := len(b.staged) - 1; i >= 0; i-- {
		e := b.staged[i]
		if string(e.key) != string(key) {
			continue
		}
		if e.sealed == nil {
			return false, nil
		}
		plain, err := b.sealer.open(nil, key, e.sealed)
		if err != nil {
			return false, err
		}
		return true, decode(plain, v)
	}
	return b.get(key, v)
}

func (b *batch) stageMember(m journal.Member, no journal.Room) error {
	key := b.hasher.member(m.Account, no)
	var stored storedMember
	found, err := b.seen(key, &stored)
	if err != nil || found == m.Joined && stored.Joined == m.Joined {
		return err
	}
	if !m.Joined {
		b.stageDelete(key)
		return b.stageMemberCount(m.Account, -1)
	}
	stored.Joined = true
	if err := b.stage(key, stored); err != nil || found {
		return err
	}
	return b.stageMemberCount(m.Account, 1)
}

func (b *batch) stageMemberCount(account string, change int) error {
	key := b.hasher.memberCount(account)
	var c storedCount
	if _, err := b.seen(key, &c); err != nil {
		return err
	}
	c.N += uint64(change)
	return b.stage(key, c)
}
