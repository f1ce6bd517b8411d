package repl

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

// secure is a scene as if there were TLS.
func secure(t *testing.T, f func(*scene)) {
	t.Helper()
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	play(t, nil, ops, func(s *scene) {
		s.types("/quit") // this one is without TLS
		<-s.code
		f(s)
	})
}

// startsSecure is ann's next chat, on the same stage.
func (s *scene) startsSecure(answers ...string) *scene {
	next := &scene{T: s.T, stage: s.stage, person: newPerson(answers...), code: make(chan int, 1)}
	o := ops
	o.ui, o.zone, o.Err, o.Pin = next.person, time.UTC, s.Output(), somePin
	o.dial = func(ctx context.Context, login client.Options) (*client.Client, error) {
		if err := login.VerifyKey(login.Addr, somePin); err != nil {
			return nil, err
		}
		return s.dial(ctx, login)
	}
	ctx := s.Context()
	go func() { next.code <- converse(ctx, o.withDefaults()) }()
	s.Cleanup(next.person.Close)
	synctest.Wait()
	return next
}

func TestAKnownDeviceNeedsNoPassword(t *testing.T) {
	secure(t, func(s *scene) {
		first := s.startsSecure("ann", password)
		first.seen()
		got := first.types("/device")
		if !strings.HasPrefix(got, "· From now on this device needs no password for ann. Its key is in ") {
			t.Fatalf("shown is\n%s", got)
		}
		files, _ := filepath.Glob(filepath.Join(dataDir(), "*"))
		if len(files) != 1 {
			t.Fatalf("the files are %q", files)
		}
		if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file: %v, %v", info.Mode(), err)
		}
		if cert, err := deviceOf(DefaultAddr, "Ann").load(); err != nil || s.devices[fingerprintOf(cert)] != "ann" {
			t.Errorf("known to the server are %v, %v", s.devices, err)
		}
		first.types("/quit")

		second := s.startsSecure()
		if len(second.person.asked) > 0 || !strings.Contains(second.seen(), "── #ops ──") {
			t.Fatalf("asked is %q", second.person.asked)
		}
		s.hangUp()
		time.Sleep(time.Minute)
		if got := second.seen(); !strings.Contains(got, "Connected again.") {
			t.Errorf("after a lost connection:\n%s", got)
		}
		if got := second.types("/device list"); !strings.HasSuffix(got, "  (this one)\n") {
			t.Errorf("listed is\n%s", got)
		}
		second.want(second.types("/device forget"), "· This device needs a password again.\n· If the connection is lost, this chat cannot come back by itself.\n")
		if files, _ := filepath.Glob(filepath.Join(dataDir(), "*")); len(files) > 0 || len(s.devices) > 0 {
			t.Errorf("left are %q and %v", files, s.devices)
		}
		second.types("/quit")
		if third := s.startsSecure("", password); len(third.person.asked) != 2 || third.person.asked[0] != "Your name [ann]: " {
			t.Errorf("asked is %q", third.person.asked)
		}
	})
}

func TestADeviceThatTheAccountDoesNotKnowAnyMoreAsksForThePassword(t *testing.T) {
	secure(t, func(s *scene) {
		first := s.startsSecure("ann", password)
		first.types("/device")
		first.types("/quit")
		s.pull(func() { clear(s.devices) })
		second := s.startsSecure(password)
		if got := second.seen(); len(second.person.asked) != 1 || !strings.HasPrefix(got, "! The account does not know this device any more.\n") {
			t.Errorf("asked is %q, shown is\n%s", second.person.asked, got)
		}
		if cert, _ := deviceOf(DefaultAddr, "ann").load(); cert != nil {
			t.Error("the certificate is still there")
		}
	})
}

func TestAKeyThatOthersCanReadIsNotUsed(t *testing.T) {
	secure(t, func(s *scene) {
		first := s.startsSecure("ann", password)
		first.types("/device")
		first.types("/quit")
		file := deviceOf(DefaultAddr, "ann").file
		if err := os.Chmod(file, 0o640); err != nil {
			t.Fatal(err)
		}
		second := s.startsSecure("ann", password)
		if got := second.seen(); len(second.person.asked) != 2 || !strings.HasPrefix(got, "! The key in "+file+" is not used, for others can read it") {
			t.Errorf("asked is %q, shown is\n%s", second.person.asked, got)
		}
	})
}

func TestNothingIsKeptWhereOthersMayWrite(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", "relative/is/ignored")
	t.Setenv("HOME", "")
	if dir := configDir(); !filepath.IsAbs(dir) || strings.HasPrefix(dir, os.TempDir()) {
		t.Errorf("without a home the keys of servers are in %s", dir)
	}
}

func TestWithoutTLSThereIsNoDevice(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.want(s.types("/device"), "! A device is known by a certificate, for which there has to be TLS: leave --plaintext away.\n")
	})
}

func TestThePasswordIsChangedAndRecalledByNobody(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		const next = "quiet otter: plum"
		s.person.answers = []string{"wrong", next, next, password, next, "typo", next, next}
		s.want(s.types("/passwd now"), "! A password is not for the line; /passwd alone asks for it.\n")
		s.want(s.types("/passwd"), "! Not changed: The present password is another one.\n")
		s.want(s.types("/passwd"), "! The two differ.\n· The password is changed.\n")
		if s.accounts["ann"] != next {
			t.Errorf("it is %q", s.accounts["ann"])
		}
		s.want(s.types(next), "! That is your password; it was not sent.\n")
		if slices.Contains(s.kept, next) || slices.Contains(s.kept, "/passwd now") {
			t.Errorf("recalled is %q", s.kept)
		}
		s.hangUp()
		time.Sleep(time.Minute)
		if got := s.seen(); !strings.Contains(got, "Connected again.") {
			t.Errorf("with the new password:\n%s", got)
		}
	})
}

func TestHowStrongAPasswordIsIsToldWhileItIsChosen(t *testing.T) {
	judge := func(password string, about ...string) string {
		if len(password) < 10 || slices.Contains(about, password) {
			return "it is short; use a longer one"
		}
		return ""
	}
	p := newPerson("weak", "", "weakling", "other", "", "long enough", "long enough")
	got, err := newPassword(p, judge, "Q: ", "ann")
	want := `
! That is weak: it is short; use a longer one.
! That is weak: it is short; use a longer one.
! The two differ.
! The password must not be empty.
· That is a strong one.
`
	if err != nil || got != client.Secret("long enough") || p.shown.String() != want[1:] {
		t.Errorf("%v, shown is\n%s", err, &p.shown)
	}
}

// TestADeviceKeepsItsKey where a chat that did not need it, as it has a password, makes the device known.
func TestADeviceKeepsItsKey(t *testing.T) {
	secure(t, func(s *scene) {
		first := s.startsSecure("ann", password)
		first.types("/device")
		first.types("/quit")
		before := maps.Clone(s.devices)

		os.Setenv(PasswordVariable, password)
		second := s.startsSecure("ann")
		os.Setenv(PasswordVariable, "")
		second.seen()
		if got := second.types("/device"); !strings.HasPrefix(got, "· From now on this device needs no password for ann.") {
			t.Errorf("shown is\n%s", got)
		}
		if len(before) != 1 || !maps.Equal(s.devices, before) {
			t.Errorf("known to the server are %v, before %v", s.devices, before)
		}
		second.types("/quit")
	})
}
