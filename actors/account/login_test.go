package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// TestAttack30UnknownAccountCostsTheSame: the reply and the work done do not
// tell whether an account exists.
func TestAttack30UnknownAccountCostsTheSame(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("ann", good)
	s.Run()
	before := w.hashes
	for _, name := range []string{"ann", "nobody"} {
		w.login(name, "wrong-password")
		s.Run()
		if w.hashes != before+1 {
			t.Errorf("%s: %d hashes, want 1", name, w.hashes-before)
		}
		before = w.hashes
	}
	got := w.allAnswered(t)
	if got[2] != ErrDenied || got[3] != ErrDenied {
		t.Errorf("got %v and %v", got[2], got[3])
	}
	for _, cost := range []cost{strongCost, testCost} {
		var asked []string
		h := hasher{cost: cost, derive: func(_, salt []byte, time, memory uint32, threads uint8, size uint32) []byte {
			asked = append(asked, fmt.Sprint(len(salt), time, memory, threads, size))
			return make([]byte, size)
		}}
		_, _, _ = h.verify(h.hash("known"), "wrong")
		h.pretend("wrong")
		if len(asked) != 3 || asked[1] != asked[2] {
			t.Errorf("known and unknown take %v", asked[1:])
		}
		if ok, _, _ := h.verify(h.hash(""), ""); !ok {
			t.Error("the hash does not verify")
		}
	}
}

// TestAttack31HugePasswordIsNotHashed, nor is an empty one.
func TestAttack31HugePasswordIsNotHashed(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{WeakPasswords: true})
	w.register("ann", good)
	s.Run()
	before := w.hashes
	huge := Secret(strings.Repeat("x", 1<<20))
	for _, password := range []Secret{huge, huge[:MaxPassword+1], ""} {
		w.login("ann", password)
		w.register("bob", password)
	}
	s.Run()
	if w.hashes != before {
		t.Errorf("%d hashes", w.hashes-before)
	}
	w.login("ann", huge[:MaxPassword])
	s.Run()
	got := w.allAnswered(t)
	if got[2] != ErrDenied || got[3] != ErrLongPassword || got[6] != ErrDenied || w.hashes != before+1 {
		t.Errorf("got %v after %d hashes", got, w.hashes-before)
	}
}

// TestGuessesThatComeTogetherAreThrottledToo: all are asked before the first
// has failed. The third and the fourth are hashed together.
func TestGuessesThatComeTogetherAreThrottledToo(t *testing.T) {
	bubble(t, Config{Throttle: true, Workers: 2}, func(w *world) {
		for range 20 {
			w.login("ann", "wrong-password")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		denied := 0
		for _, answer := range w.allAnswered(t) {
			if answer == ErrDenied {
				denied++
			}
		}
		if denied != patience+1 || w.hashes != denied {
			t.Errorf("%d guesses, %d hashes", denied, w.hashes)
		}
	})
}

func TestSuspendedIsToldOnlyWithThePassword(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("ann", good)
	s.Run()
	a := w.store.accounts["ann"]
	a.Suspended = true
	w.store.accounts["ann"] = a
	w.login("ann", good)
	w.login("ann", good+"x")
	s.Run()
	if got := w.allAnswered(t); got[2] != ErrSuspended || got[3] != ErrDenied {
		t.Errorf("got %v", got)
	}
}

func TestOutdatedHashIsReplacedAtLogin(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	cheap := hasher{cost: cost{Memory: 8, Time: 1, Threads: 1}, derive: w.derive}
	w.store.accounts["ann"] = records.Account{Key: "ann", Name: "Ann", Password: cheap.hash(good)}
	w.login("ann", good+"x")
	s.Run()
	if w.store.updates != 0 {
		t.Fatal("replaced after a wrong password")
	}
	w.login("ann", good)
	s.Run()
	w.login("ann", good)
	s.Run()
	if _, ok := w.allAnswered(t)[3].(LoggedIn); !ok || w.store.updates != 1 {
		t.Errorf("got %v after %d updates", w.answers(t), w.store.updates)
	}
	if h, err := parsePHC(w.store.accounts["ann"].Password); err != nil || h.cost != testCost {
		t.Errorf("stored %+v, %v", h.cost, err)
	}
}

func TestThrottledLoginIsNotHashed(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	w, s := scheduled(t, actortest.System(t), 1, Config{Throttle: true, Now: func() time.Time { return now }})
	w.register("ann", good)
	s.Run()
	for range 4 {
		w.login("ann", "wrong-password")
		s.Run()
	}
	before := w.hashes
	w.login("ann", good)
	w.sys.Root.Send(w.account, Login{Ticket: w.ticket(), Name: "ann", Password: good, Remote: "10.0.0.2"})
	s.Run()
	now = now.Add(time.Minute)
	w.login("ann", good)
	s.Run()
	got := w.allAnswered(t)
	err, _ := got[5].(error)
	var wait *Throttled
	if !errors.As(err, &wait) || wait.After != time.Second {
		t.Errorf("the fourth failure: got %v", err)
	}
	if err, _ := got[6].(error); !errors.As(err, &wait) {
		t.Errorf("the right password, too soon: got %v", err)
	}
	if _, ok := got[7].(LoggedIn); !ok {
		t.Errorf("the owner, elsewhere: got %v", got[7])
	}
	if _, ok := got[8].(LoggedIn); !ok || w.hashes != before+2 {
		t.Errorf("the right password, later: got %v after %d hashes", got[8], w.hashes-before)
	}
}
