package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/notes"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/persistence"
)

func accountIsCreatedOnce(t *testing.T, s *subject) {
	out := s.try(create("ann"), create("ann"))
	if out[0].Err != nil || out[0].Account.Version != 1 || !errors.Is(out[1].Err, records.ErrExists) {
		t.Fatalf("%+v", out)
	}
	got, err := s.Account("ann")
	if err != nil || !reflect.DeepEqual(got, out[0].Account) || got.Password != "$argon2id$ann" || got.Created.IsZero() {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := s.Account("bob"); !errors.Is(err, records.ErrNoAccount) {
		t.Fatal(err)
	}
}

func updateNeedsVersion(t *testing.T, s *subject) {
	a := s.commit(create("ann"))[0].Account
	a.Suspended, a.Password, a.Scram = true, "new", "SCRAM-SHA-256$4096:c2FsdA==$a:b"
	a.Certificates, a.Notes = []string{"f1", "f2"}, []notes.Note{{Key: "city", Value: "Oslo"}, {Key: "mood"}}
	out := s.try(update(a), update(a), update(records.Account{Key: "bob", Version: 1}))
	if out[0].Err != nil || out[0].Account.Version != 2 {
		t.Fatalf("%+v", out[0])
	}
	if !errors.Is(out[1].Err, records.ErrConflict) || !errors.Is(out[2].Err, records.ErrNoAccount) {
		t.Fatal(out[1].Err, out[2].Err)
	}
	got, err := s.Account("ann")
	a.Version = 2
	if err != nil || !reflect.DeepEqual(got, a) || got.Password != "new" {
		t.Fatalf("%+v, %v", got, err)
	}
	page, err := s.Names("", 10)
	if err != nil || len(page.Accounts) != 1 || !slices.Equal(page.Accounts[0].Certificates, a.Certificates) {
		t.Errorf("named %+v, %v", page, err)
	}
}

func openIsIdempotent(t *testing.T, s *subject) {
	pair := [2]string{"ann", "~guest"}
	named := persistence.Op{Open: &records.Open{Key: "#a", Name: "#A", Initial: journal.State{Founder: "ann"}}}
	talk := persistence.Op{Open: &records.Open{Pair: pair}}
	out := s.commit(named, talk, named, talk)
	later := s.commit(named, talk)
	for i, o := range append(out, later...) {
		first := out[i%2]
		if o.Made != (i < 2) || o.Room.No == 0 || o.Room.No != first.Room.No {
			t.Errorf("%d: %+v", i, o)
		}
	}
	if out[0].Room.No == out[1].Room.No {
		t.Error("a number was given twice")
	}
	room, err := s.RoomByName("#a")
	if err != nil || room.No != out[0].Room.No || room.Name != "#A" || room.State.Founder != "ann" || room.Created.IsZero() {
		t.Errorf("%+v, %v", room, err)
	}
	conversation, err := s.Conversation(pair)
	if err != nil || conversation.No != out[1].Room.No || conversation.Pair != pair || conversation.Key != "" {
		t.Errorf("%+v, %v", conversation, err)
	}
	for _, find := range []func() (records.Room, error){
		func() (records.Room, error) { return s.RoomByName("#b") },
		func() (records.Room, error) { return s.Conversation([2]string{"ann", "bob"}) },
		func() (records.Room, error) { return s.Room(99) },
		func() (records.Room, error) { return s.Room(0) },
	} {
		if room, err := find(); !errors.Is(err, persistence.ErrNoRoom) {
			t.Errorf("%+v, %v", room, err)
		}
	}
}

func forgottenName(t *testing.T, s *subject) {
	forget := func(no journal.Room, key string) persistence.Op {
		return persistence.Op{Forget: &records.Forget{No: no, Key: key}}
	}
	a := s.room("#a")
	s.commit(say(a, "x"), member(a, "ann", true))
	owned := s.commit(persistence.Op{Open: &records.Open{Key: "#own", Initial: journal.State{Founder: "ann"}}})[0].Room.No
	out := s.try(forget(a+7, "#a"), forget(owned, "#own"), forget(a, "#a"), forget(a, "#a"))
	if out[0].Err == nil || !errors.Is(out[1].Err, records.ErrConflict) || out[2].Err != nil || out[3].Err != nil {
		t.Fatalf("%v", out)
	}
	if _, err := s.RoomByName("#a"); !errors.Is(err, persistence.ErrNoRoom) {
		t.Fatal(err)
	}
	if list, err := s.Memberships("ann"); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
	again := s.commit(openRoom("#a"))[0]
	if !again.Made || again.Room.No == a || again.Room.LastSeq != 0 {
		t.Fatalf("%+v", again)
	}
}

func memberships(t *testing.T, s *subject) {
	a, b := s.room("#a"), s.room("#b")
	talk := s.commit(persistence.Op{Open: &records.Open{Pair: [2]string{"ann", "bob"}}})[0].Room.No
	s.commit(member(b, "ann", true), member(a, "ann", true), member(talk, "ann", true), member(a, "bob", true))
	said := s.commit(say(b, "x"))[0].Record
	s.commit(mark("ann", b, said.Time), mark("cid", b, said.Time))
	list, err := s.Memberships("ann")
	if err != nil || len(list) != 3 {
		t.Fatal(list, err)
	}
	want := records.Membership{Room: b, Key: "#b", Name: "#b", Marker: said.Time, Last: said.Time}
	if list[0].Room != a || !reflect.DeepEqual(list[1], want) || list[2].Pair != [2]string{"ann", "bob"} {
		t.Fatalf("%+v", list)
	}
	s.commit(member(b, "ann", false), member(b, "ann", false), member(a, "ann", true))
	if list, err := s.Memberships("ann"); err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	for _, account := range []string{"nobody", "cid"} {
		if list, err := s.Memberships(account); err != nil || len(list) != 0 {
			t.Fatal(account, list, err)
		}
	}
}

func markerIsMonotonic(t *testing.T, s *subject) {
	a := s.room("#a")
	s.commit(member(a, "ann", true))
	early, late := s.now(), s.now().Add(time.Hour)
	out := s.commit(mark("ann", a, late), mark("ann", a, early), mark("ann", a, late))
	for i, o := range out {
		if !o.Marker.Equal(late) {
			t.Errorf("%d: %v", i, o.Marker)
		}
	}
	if o := s.commit(mark("ann", a, early))[0]; !o.Marker.Equal(late) {
		t.Errorf("%v", o.Marker)
	}
	list, err := s.Memberships("ann")
	if err != nil || len(list) != 1 || !list[0].Marker.Equal(late) {
		t.Errorf("%v, %v", list, err)
	}
}

func namesInPages(t *testing.T, s *subject) {
	var accounts, rooms []string
	for i := range 25 {
		account, room := fmt.Sprint("user", i), fmt.Sprint("#room", i)
		s.commit(create(account), persistence.Op{Open: &records.Open{Pair: [2]string{account, "z"}}}, openRoom(room))
		accounts, rooms = append(accounts, account), append(rooms, room)
	}
	var gotAccounts, gotRooms []string
	cursor := ""
	for pages := 0; ; pages++ {
		page, err := s.Names(cursor, 10)
		if err != nil || pages > 100 || len(page.Accounts)+len(page.Rooms) > 10 {
			t.Fatal(page, err)
		}
		for _, n := range page.Accounts {
			gotAccounts = append(gotAccounts, n.Key)
		}
		for _, n := range page.Rooms {
			gotRooms = append(gotRooms, n.Key)
			if room, err := s.RoomByName(n.Key); err != nil || room.No != n.Room {
				t.Fatal(n, room, err)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for _, names := range [][]string{accounts, rooms, gotAccounts, gotRooms} {
		slices.Sort(names)
	}
	if !slices.Equal(accounts, gotAccounts) || !slices.Equal(rooms, gotRooms) {
		t.Fatalf("accounts %v\nrooms %v", gotAccounts, gotRooms)
	}
	for _, cursor := range []string{"x", "a", "r0", "a-1"} {
		if _, err := s.Names(cursor, 10); err == nil {
			t.Errorf("cursor %q is taken", cursor)
		}
	}
}

func reopen(t *testing.T, s *subject) {
	a := s.room("#a")
	account := s.commit(create("ann"))[0].Account
	first := s.commit(post(a, journal.Message, "x", "one"), member(a, "ann", true))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s.Store = s.open(t, s.dir, s.now)
	}
	if got, err := s.Account("ann"); err != nil || !reflect.DeepEqual(got, account) {
		t.Errorf("%+v, %v", got, err)
	}
	if o := s.commit(post(a, journal.Message, "x", "one"))[0]; !o.Duplicate || !reflect.DeepEqual(o.Record, first[0].Record) {
		t.Errorf("%+v", o)
	}
	if o := s.commit(say(a, "y"))[0]; o.Record.Seq != 3 {
		t.Errorf("%+v", o)
	}
	if list, err := s.Memberships("ann"); err != nil || len(list) != 1 {
		t.Error(list, err)
	}
	if no := s.room("#b"); no == a {
		t.Error("a number was given twice")
	}
	if out := s.try(create("ann")); !errors.Is(out[0].Err, records.ErrExists) {
		t.Error(out[0].Err)
	}
}

func closedRefuses(t *testing.T, s *subject) {
	a := s.room("#a")
	if err := s.Health(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	_, commit := s.Commit([]persistence.Op{say(a, "x")})
	_, _, read := s.Range(a, journal.Query{Where: journal.Latest, Limit: 1})
	for _, err := range []error{commit, read, s.Resume(), s.Health()} {
		if !errors.Is(err, persistence.ErrClosed) {
			t.Error(err)
		}
	}
}

// roomIsRenamed: the record and the name are one commit; the old name is free,
// a name that is taken is not given, and the number leads to the room still.
func roomIsRenamed(t *testing.T, s *subject) {
	a, b := s.room("#a"), s.room("#b")
	s.commit(say(a, "1"), member(a, "ann", true))
	naming := func(no journal.Room, key string) persistence.Op {
		op := post(no, journal.Moved, "", "")
		op.Append.Name = &journal.Naming{Key: key, Name: key + "!"}
		return op
	}
	if out := s.try(naming(a, "#b")); !errors.Is(out[0].Err, journal.ErrNameTaken) {
		t.Errorf("a name that is taken: %v", out[0].Err)
	}
	s.commit(naming(a, "#c"), naming(a, "#c"), naming(b, "#a"))
	for key, want := range map[string]journal.Room{"#c": a, "#a": b} {
		r, err := s.RoomByName(key)
		if err != nil || r.No != want || r.Name != key+"!" {
			t.Errorf("%s: %+v, %v", key, r, err)
		}
	}
	if r, err := s.RoomByName("#b"); !errors.Is(err, persistence.ErrNoRoom) {
		t.Errorf("the old name leads to %+v, %v", r, err)
	}
	known := s.commit(persistence.Op{Open: &records.Open{No: a, Key: "#a", Name: "#a"}})[0]
	if known.Made || known.Room.No != a || known.Room.Key != "#c" || known.Room.LastSeq != 4 {
		t.Errorf("by its number: %+v", known)
	}
	if list, err := s.Memberships("ann"); err != nil || len(list) != 1 || list[0].Key != "#c" {
		t.Errorf("ann is in %+v, %v", list, err)
	}
	s.commit(persistence.Op{Forget: &records.Forget{No: a, Key: "#c"}})
	if again := s.commit(persistence.Op{Open: &records.Open{No: a, Key: "#c", Name: "#c"}})[0]; !again.Made || again.Room.No == a {
		t.Errorf("a freed room is opened again: %+v", again)
	}
}
