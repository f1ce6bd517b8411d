package persistence

import (
	"errors"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// mark moves a read marker forward.
func (b *batch) mark(account string, no journal.Room, at time.Time) Outcome {
	if _, err := b.head(no); err != nil {
		return refused(err)
	}
	marker, err := b.stageMark(account, no, at)
	return Outcome{Err: err, Marker: marker}
}

// stageMark returns the marker in force.
func (b *batch) stageMark(account string, no journal.Room, at time.Time) (time.Time, error) {
	key := b.hasher.member(account, no)
	var stored storedMember
	found, err := b.seen(key, &stored)
	if err != nil || millis(at) <= stored.Marker {
		return timeOf(stored.Marker), err
	}
	stored.Marker = millis(at)
	if err := b.stage(key, stored); err != nil {
		return time.Time{}, err
	}
	if !found {
		err = b.stageMemberCount(account, 1)
	}
	return timeOf(stored.Marker), err
}

func (b *batch) create(a records.Account) Outcome {
	name := b.hasher.account(a.Key)
	no, err := b.sureNumber(name)
	if err != nil {
		return refused(err)
	}
	if no != 0 {
		return refused(records.ErrExists)
	}
	b.counts.Accounts++
	b.counts.Versions++
	a.Version = 1
	if a.Created.IsZero() {
		a.Created = timeOf(b.now)
	}
	err = b.stageAll(
		keyValue{name, storedNumber{b.counts.Accounts}},
		keyValue{keyOfAccount(b.counts.Accounts), storeAccount(a)},
	)
	return Outcome{Err: err, Account: storeAccount(a).account()}
}

func (b *batch) update(a records.Account) Outcome {
	no, stored, err := b.lastAccount(a.Key)
	if err != nil {
		return refused(err)
	}
	if stored.Version != a.Version {
		return refused(records.ErrConflict)
	}
	next := storeAccount(a)
	next.Version, next.Created = stored.Version+1, stored.Created
	b.counts.Versions++
	return Outcome{Err: b.stage(keyOfAccount(no), next), Account: next.account()}
}

func (b *batch) open(o *records.Open) Outcome {
	if o.No != 0 {
		if out := b.opened(o.No); out.Err == nil || !errors.Is(out.Err, errFreed) {
			return out
		}
	}
	name := b.hasher.room(o.Key)
	if o.Key == "" {
		name = b.hasher.pair(o.Pair)
	}
	found, err := b.sureNumber(name)
	if err != nil {
		return refused(err)
	}
	if found != 0 {
		return b.opened(journal.Room(found))
	}
	b.counts.Rooms++
	no := journal.Room(b.counts.Rooms)
	room := storedRoom{
		Key: o.Key, Name: o.Name, A: o.Pair[0], B: o.Pair[1],
		Created: b.now, Version: 1, State: storeState(o.Initial),
	}
	if err := b.stageAll(keyValue{name, storedNumber{uint64(no)}}, keyValue{keyOfRoom(no), room}); err != nil {
		return refused(err)
	}
	head := storedHead{State: room.Version, Form: headForm}
	b.setHead(no, head)
	return Outcome{Room: room.room(no, head), Made: true}
}

func (b *batch) opened(no journal.Room) Outcome {
	head, err := b.head(no)
	if err != nil {
		return refused(err)
	}
	room, err := b.storedRoom(no, head.State)
	if err == nil {
		err = room.named(no)
	}
	return Outcome{Err: err, Room: room.room(no, head)}
}

// forget frees the name of a room that nobody founded; its number stays taken.
func (b *batch) forget(no journal.Room, key string) Outcome {
	name := b.hasher.room(key)
	found, err := b.number(name)
	if err != nil || found == 0 {
		return refused(err)
	}
	head, err := b.head(no)
	if err != nil {
		return refused(err)
	}
	room, err := b.storedRoom(no, head.State)
	if err != nil {
		return refused(err)
	}
	if found != uint64(no) || room.State.Founder != "" {
		return refused(records.ErrConflict)
	}
	room.Key, room.Version = "", room.Version+1
	if err := b.stage(keyOfRoom(no), room); err != nil {
		return refused(err)
	}
	b.stageDelete(name)
	head.State = room.Version
	b.setHead(no, head)
	return Outcome{}
}
