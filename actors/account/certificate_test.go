package account

import (
	"fmt"
	"slices"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// TestACertificateLeadsToItsAccount, and to no other, until it is taken away.
func TestACertificateLeadsToItsAccount(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("Ann", good)
	w.register("Bob", good)
	s.Run()
	enter := func(print, name string) any {
		return w.exchange(s, func(t ask.Ticket) any { return LoginCertificate{Ticket: t, Fingerprint: print, Name: name} })
	}
	bind := func(key, print string) any {
		return w.exchange(s, func(t ask.Ticket) any { return Bind{Ticket: t, Key: key, Fingerprint: print} })
	}
	if got := enter("f1", ""); got != ErrDenied {
		t.Errorf("unbound: %v", got)
	}
	if got := enter("", ""); got != ErrNoCertificate {
		t.Errorf("none: %v", got)
	}
	for range 2 {
		if got, ok := bind("ann", "f1").(Certificates); !ok || !slices.Equal(got.List, []string{"f1"}) {
			t.Fatalf("bound: %v", got)
		}
	}
	for _, name := range []string{"", "Ann", "ann"} {
		if got, ok := enter("f1", name).(LoggedIn); !ok || got.Key != "ann" {
			t.Errorf("as %q: %v", name, got)
		}
	}
	if got := enter("f1", "bob"); got != ErrDenied {
		t.Errorf("as another: %v", got)
	}
	if got := bind("bob", "f1"); got != ErrCertificateTaken {
		t.Errorf("another's: %v", got)
	}
	for i := range maxCertificates - 1 {
		bind("ann", fmt.Sprint("g", i))
	}
	if got := bind("ann", "one more"); got != ErrTooManyCertificates || w.desk.certs["one more"] != "" {
		t.Errorf("one more: %v, claimed %v", got, w.desk.certs)
	}
	unbind := func(key, print string) any {
		return w.exchange(s, func(t ask.Ticket) any { return Unbind{Ticket: t, Key: key, Fingerprint: print} })
	}
	if got := unbind("bob", "f1"); got != ErrNoCertificate {
		t.Errorf("another's is taken away: %v", got)
	}
	if got, ok := unbind("ann", "f1").(Certificates); !ok || len(got.List) != maxCertificates-1 {
		t.Errorf("taken away: %v", got)
	}
	if got := enter("f1", ""); got != ErrDenied {
		t.Errorf("taken away: %v", got)
	}
	if got, ok := bind("bob", "f1").(Certificates); !ok || !slices.Equal(got.List, []string{"f1"}) {
		t.Errorf("it is free: %v", got)
	}
	suspended := w.store.accounts["bob"]
	suspended.Suspended = true
	w.store.accounts["bob"] = suspended
	if got := enter("f1", ""); got != ErrSuspended {
		t.Errorf("suspended: %v", got)
	}
}

// TestABindingThatMeetsAnotherChangeIsMadeAgain, and one that cannot be stored
// leaves the certificate free.
func TestABindingThatMeetsAnotherChangeIsMadeAgain(t *testing.T) {
	w, s := scheduled(t, actortest.System(t), 1, Config{})
	w.register("Ann", good)
	s.Run()
	w.store.conflicts = 2
	bind := func(print string) any {
		return w.exchange(s, func(t ask.Ticket) any { return Bind{Ticket: t, Key: "ann", Fingerprint: print} })
	}
	if got, ok := bind("f1").(Certificates); !ok || len(got.List) != 1 {
		t.Errorf("bound: %v", got)
	}
	w.store.conflicts = 9
	if got, ok := bind("f2").(error); !ok || w.desk.certs["f2"] != "" {
		t.Errorf("answered %v, claimed %v", got, w.desk.certs)
	}
	w.store.conflicts = 0
	w.store.fault = ask.ErrUnavailable
	if got, ok := bind("f3").(error); !ok || w.desk.certs["f3"] != "" {
		t.Errorf("answered %v, claimed %v", got, w.desk.certs)
	}
	if list := w.store.accounts["ann"]; !slices.Equal(list.Certificates, []string{"f1"}) || list.Key != "ann" {
		t.Errorf("stored %v", records.Account{Certificates: list.Certificates})
	}
}
