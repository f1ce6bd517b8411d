package account

import (
	"errors"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
)

func (w *world) operate(name string, password Secret) {
	w.sys.Root.Send(w.account, Operate{Ticket: w.ticket(), Name: name, Password: password, Remote: "10.0.0.1"})
}

// TestOperatorsProveWhoTheyAre: by a hash or by plain text, and who is none
// costs as much as who is one.
func TestOperatorsProveWhoTheyAre(t *testing.T) {
	hashed := hasher{cost: testCost, derive: (&world{}).derive}.hash("poppy")
	w, s := scheduled(t, actortest.System(t), 1, Config{Operators: []Operator{
		{Name: "root", Password: Secret(hashed)}, {Name: "admin", Password: good},
	}})
	before := w.hashes
	for i, test := range []struct {
		name     string
		password Secret
		want     error
		hashes   int
	}{
		{"root", "poppy", nil, 1},
		{"admin", good, nil, 1},
		{"admin", "poppy", ErrDenied, 1},
		{"nobody", "poppy", ErrDenied, 1},
		{"Admin", good, ErrDenied, 1},
		{"admin", "", ErrDenied, 0},
		{"", good, ErrDenied, 1},
		{"admin", Secret(make([]byte, MaxPassword+1)), ErrDenied, 0},
	} {
		w.operate(test.name, test.password)
		s.Run()
		got, _ := w.allAnswered(t)[uint64(i+1)].(error)
		if !errors.Is(got, test.want) || w.hashes != before+test.hashes {
			t.Errorf("%s: %v, %d hashes", test.name, got, w.hashes-before)
		}
		before = w.hashes
	}
}

// TestAttack33OperatorsAreNotGuessed: who fails has to wait, and cannot make
// another wait who comes from elsewhere.
func TestAttack33OperatorsAreNotGuessed(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{Throttle: true, Operators: []Operator{{Name: "admin", Password: good}}})
	for range 3 {
		w.operate("admin", "wrong")
		s.Run()
	}
	w.operate("admin", good)
	w.sys.Root.Send(w.account, Operate{Ticket: w.ticket(), Name: "admin", Password: good, Remote: "10.0.0.2"})
	s.Run()
	got := w.allAnswered(t)
	var throttled *Throttled
	if err, _ := got[4].(error); !errors.As(err, &throttled) {
		t.Errorf("the fourth try is answered %v", got[4])
	}
	if _, ok := got[5].(Operating); !ok {
		t.Errorf("who comes from elsewhere is answered %v", got[5])
	}
}

// TestOperatorsAreAppointedAnew: the list holds over a restart of the actor.
func TestOperatorsAreAppointedAnew(t *testing.T) {
	fault := actortest.PanicOn(func(m any) bool { l, ok := m.(Login); return ok && l.Name == "crash" }, 1, actortest.Before)
	w, s := scheduled(t, actortest.System(t), 1, Config{Operators: []Operator{{Name: "old", Password: good}}}, fault)
	w.sys.Root.Send(w.account, Renew{Operators: []Operator{{Name: "new", Password: good}}})
	w.login("crash", good)
	s.Run()
	w.operate("old", good)
	w.operate("new", good)
	s.Run()
	got := w.allAnswered(t)
	if _, ok := got[3].(Operating); got[2] != ErrDenied || !ok {
		t.Errorf("answered %v", got)
	}
}

// TestRulesAreRenewed: whether people may register, and prove themselves by SCRAM, also
// over a restart of the actor.
func TestRulesAreRenewed(t *testing.T) {
	fault := actortest.PanicOn(func(m any) bool { l, ok := m.(Login); return ok && l.Name == "crash" }, 1, actortest.Before)
	w, s := scheduled(t, actortest.System(t), 1, Config{Closed: true, TestHash: true}, fault)
	register := func(name string) any {
		w.register(name, good)
		s.Run()
		return w.allAnswered(t)[w.ref]
	}
	if got := register("ann"); got != ErrClosed {
		t.Errorf("while it is closed: %v", got)
	}
	w.sys.Root.Send(w.account, Renew{Scram: true})
	w.login("crash", good)
	if got, ok := register("ann").(Registered); !ok {
		t.Errorf("when it is open: %v", got)
	}
	if w.store.accounts["ann"].Scram == "" {
		t.Error("no verifier was kept")
	}
	w.sys.Root.Send(w.account, Renew{Closed: true})
	if got := register("bob"); got != ErrClosed {
		t.Errorf("when it is closed again: %v", got)
	}
}
