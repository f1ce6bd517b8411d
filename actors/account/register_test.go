package account

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
)

func TestWhoRegistersCanLogIn(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("Ann", good)
	s.Run()
	for _, name := range []string{"Ann", "ann", "ＡＮＮ"} {
		w.login(name, good)
	}
	w.login("ann", good+"x")
	w.login("bob", good)
	s.Run()
	want := map[uint64]any{
		1: Registered{Ref: 1, Account: "Ann", Key: "ann"},
		2: LoggedIn{Ref: 2, Account: "Ann", Key: "ann"},
		3: LoggedIn{Ref: 3, Account: "Ann", Key: "ann"},
		4: LoggedIn{Ref: 4, Account: "Ann", Key: "ann"},
		5: ErrDenied,
		6: ErrDenied,
	}
	if got := w.answers(t); !maps.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	stored := w.store.accounts["ann"]
	if strings.Contains(string(stored.Password), string(good)) || !strings.HasPrefix(string(stored.Password), "$argon2id$") {
		t.Error("the password is not hashed")
	}
	if !maps.Equal(w.desk.held, map[string]uint64{"ann": 1<<32 + 1}) {
		t.Errorf("held names: %v", w.desk.held)
	}
}

// TestRegistryIsToldWhoAsks, so that a nick in use is given to no one else.
func TestRegistryIsToldWhoAsks(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.sys.Root.Send(w.account, Register{Ticket: w.ticket(), Name: "Ann", Nick: "ＡＮＮ", By: w.account, Password: good})
	s.Run()
	if _, ok := w.allAnswered(t)[1].(Registered); !ok || w.desk.by != w.account {
		t.Errorf("got %v, asked by %v", w.answers(t)[1], w.desk.by)
	}
}

func TestRegistrationIsRefusedForAReason(t *testing.T) {
	long := Secret(strings.Repeat("lorem ipsum dolor sit amet, ", 30))
	for _, test := range []struct {
		name     string
		cfg      Config
		account  string
		password Secret
		want     error
	}{
		{"closed", Config{Closed: true}, "ann", good, ErrClosed},
		{"name", Config{}, "a*", good, names.ErrForbidden},
		{"name is bad", Config{}, "a*", good, ErrBadName},
		{"reserved", Config{}, "NickServ", good, names.ErrReserved},
		{"too long", Config{MaxNameLength: 5}, "annabel", good, names.ErrTooLong},
		{"taken", Config{}, "Taken", good, ErrExists},
		{"stored", Config{}, "stored", good, ErrExists},
		{"long password", Config{}, "ann", long + long, ErrLongPassword},
		{"a password of 592 bytes", Config{}, "ann", long[:592], nil},
		{"any password", Config{WeakPasswords: true}, "ann", "x", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, s := scheduled(t, actortest.System(t), 1, test.cfg)
			w.desk.held["taken"] = 0
			w.store.accounts["stored"] = records.Account{Key: "stored"}
			w.register(test.account, test.password)
			s.Run()
			err, _ := w.allAnswered(t)[1].(error)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
		})
	}
	for _, password := range []Secret{"", "short", "password123", "annabelle"} {
		w, s := scheduled(t, actortest.System(t), 1, Config{})
		w.register("Annabelle", password)
		s.Run()
		var weak *Weak
		err, _ := w.allAnswered(t)[1].(error)
		if !errors.As(err, &weak) {
			t.Errorf("%q: got %v", password.reveal(), err)
		}
		if len(w.desk.held) != 0 || len(w.store.accounts) != 0 {
			t.Errorf("%q: left %v, %v", password.reveal(), w.desk.held, w.store.accounts)
		}
	}
}

// TestAttack44OneOfTwoRegistrationsWins, in whatever order things happen, and
// twins of a name are one name.
func TestAttack44OneOfTwoRegistrationsWins(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(300) {
		w, s := scheduled(t, sys, seed, Config{WeakPasswords: true, Workers: 2})
		for _, name := range []string{"Ann", "ann", "ＡＮＮ", "aNN"} {
			w.register(name, Secret("password of "+name))
		}
		s.Run()
		var winner Registered
		for _, answer := range w.allAnswered(t) {
			switch answer := answer.(type) {
			case Registered:
				if winner.Ref != 0 {
					t.Errorf("seed %d: %v and %v won", seed, winner, answer)
				}
				winner = answer
			default:
				if answer != ErrExists {
					t.Errorf("seed %d: got %v", seed, answer)
				}
			}
		}
		if winner.Ref == 0 {
			t.Fatalf("seed %d: nobody won", seed)
		}
		w.login("ann", Secret("password of "+winner.Account))
		s.Run()
		if got, ok := w.answers(t)[5].(LoggedIn); !ok || got.Account != winner.Account {
			t.Errorf("seed %d: %v won, but login gives %v", seed, winner, got)
		}
	}
}

func TestNameIsReleasedWhenNothingWasStored(t *testing.T) {
	for _, test := range []struct {
		fault error
		want  error
	}{
		{ask.ErrUnavailable, ask.ErrUnavailable},
		{ask.ErrBusy, ask.ErrBusy},
		{errors.New("disk on fire"), ask.ErrUnavailable},
	} {
		w, s := scheduled(t, actortest.System(t), 1, Config{})
		w.store.fault = test.fault
		w.register("ann", good)
		s.Run()
		if err, _ := w.allAnswered(t)[1].(error); !errors.Is(err, test.want) || len(w.desk.held) != 0 {
			t.Errorf("%v: got %v, held %v", test.fault, err, w.desk.held)
		}
	}
}

// TestUnknownOutcomeIsSettled: the asker is told at once, the name is kept if
// there is an account and given back if there is none.
func TestUnknownOutcomeIsSettled(t *testing.T) {
	for _, stored := range []bool{true, false} {
		w, s := scheduled(t, actortest.System(t), 1, Config{})
		w.store.fault, w.store.once, w.store.durable = ask.ErrUnknown, true, stored
		w.register("ann", good)
		s.Run()
		if got := w.allAnswered(t)[1]; got != ask.ErrUnknown {
			t.Errorf("got %v", got)
		}
		if _, held := w.desk.held["ann"]; held != stored {
			t.Errorf("stored %v, name held %v", stored, held)
		}
	}
}
