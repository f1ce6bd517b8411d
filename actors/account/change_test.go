package account

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
)

const better = Secret("quiet-otter-plum-lantern")

// TestAPasswordIsChangedByWhoKnowsThePresentOne, and by nobody else.
func TestAPasswordIsChangedByWhoKnowsThePresentOne(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{Scram: true})
	w.register("Ann", good)
	s.Run()
	verifier := w.store.accounts["ann"].Scram
	change := func(old, next Secret) any {
		return w.exchange(s, func(t ask.Ticket) any {
			return Change{Ticket: t, Key: "ann", Nick: "annie", Old: old, New: next, Remote: "10.0.0.1"}
		})
	}
	login := func(password Secret) any {
		return w.exchange(s, func(t ask.Ticket) any { return Login{Ticket: t, Name: "ann", Password: password, Remote: "10.0.0.1"} })
	}
	before := w.store.accounts["ann"]
	var weak *Weak
	for _, c := range []struct {
		old, next Secret
		want      func(error) bool
	}{
		{"wrong-password", better, func(err error) bool { return err == ErrDenied }},
		{"", better, func(err error) bool { return err == ErrDenied }},
		{good, "", func(err error) bool { return errors.As(err, &weak) }},
		{good, "short", func(err error) bool { return errors.As(err, &weak) }},
		{good, "annieannie", func(err error) bool { return errors.As(err, &weak) }},
		{good, Secret(strings.Repeat("x", MaxPassword+1)), func(err error) bool { return err == ErrLongPassword }},
	} {
		if err, _ := change(c.old, c.next).(error); !c.want(err) {
			t.Errorf("to a password of %d bytes: %v", len(c.next), err)
		}
	}
	if now := w.store.accounts["ann"]; now.Password != before.Password || now.Scram != before.Scram {
		t.Error("a refusal has changed the account")
	}
	w.store.conflicts = 1 // somebody else changes the account meanwhile
	if got, ok := change(good, better).(Changed); !ok {
		t.Fatalf("changed: %v", got)
	}
	if w.store.accounts["ann"].Scram == verifier {
		t.Error("the verifier for SCRAM is that of the password before")
	}
	if got := login(good); got != ErrDenied {
		t.Errorf("with the password before: %v", got)
	}
	if got, ok := login(better).(LoggedIn); !ok || got.Key != "ann" {
		t.Errorf("with the new one: %v", got)
	}
}

// TestGuessesAtThePresentPasswordAreThrottled as those of a login are.
func TestGuessesAtThePresentPasswordAreThrottled(t *testing.T) {
	bubble(t, Config{Throttle: true, Workers: 1}, func(w *world) {
		w.register("ann", good)
		time.Sleep(time.Minute)
		for range 20 {
			w.sys.Root.Send(w.account, Change{Ticket: w.ticket(), Key: "ann", Old: "wrong-password", New: better, Remote: "10.0.0.1"})
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		denied := 0
		for _, answer := range w.allAnswered(t) {
			if answer == ErrDenied {
				denied++
			}
		}
		if denied != patience {
			t.Errorf("%d of 20 guesses were looked at", denied)
		}
	})
}
