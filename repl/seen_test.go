package repl

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// again leaves, lets time pass and things happen, and signs in once more on the same machine.
func (s *scene) again(o Options, meanwhile func()) *scene {
	s.Helper()
	s.types("/quit")
	<-s.code
	s.hangUp()
	meanwhile()
	time.Sleep(time.Hour)
	ctx, end := context.WithCancel(s.Context())
	next := &scene{T: s.T, stage: s.stage, person: newPerson(password), code: make(chan int, 1), end: end}
	o.User, o.Plaintext, o.dial, o.ui, o.zone, o.Err = "ann", true, s.dial, next.person, time.UTC, io.Discard
	go func() { next.code <- converse(ctx, o.withDefaults()) }()
	synctest.Wait()
	s.Cleanup(end)
	return next
}

func remembered(s *stage) {
	s.remember["ann"] = []string{"#ops", "#dev"}
	for i := range 3 {
		s.says("bob", "#ops", fmt.Sprint("ops ", i))
		s.says("bob", "#dev", fmt.Sprint("dev ", i))
		s.says("bob", "ann", fmt.Sprint("dm ", i))
	}
	time.Sleep(time.Second)
}

func TestWhatIsNewIsKnownAtTheNextLogin(t *testing.T) {
	play(t, remembered, Options{}, func(s *scene) {
		if got := s.types("/go"); !strings.Contains(got, "what came before is not known on this machine") {
			s.Errorf("the first time /go says\n%s", got)
		}
		s.types("/go ops")
		s = s.again(Options{}, func() {
			for i := range 3 {
				s.says("bob", "#ops", fmt.Sprint("new ops ", i))
			}
			s.says("bob", "#dev", "new dev, Ann")
			s.says("ann", "#dev", "mine, from elsewhere")
			s.says("bob", "ann", "new dm 1")
			s.says("bob", "ann", "new dm 2")
		})
		defer s.leaves()
		s.want(s.seen(), `
── #ops ──
12:00 bob  ops 0
12:00 bob  ops 1
12:00 bob  ops 2
── 3 new ──
12:00 bob  new ops 0
12:00 bob  new ops 1
12:00 bob  new ops 2
· Here with you: alice, bob.
`)
		if p := s.prompted(); p != "#ops (#dev 1, bob 2)> " {
			s.Errorf("the prompt is %q", p)
		}
		if got := s.types("/rooms"); !strings.Contains(got, "#dev  1 new") || !strings.Contains(got, "bob  2 new") {
			s.Errorf("/rooms shows\n%s", got)
		}
		s.want(s.types("/go"), `
── #dev ──
12:00 bob  dev 0
12:00 bob  dev 1
12:00 bob  dev 2
── 1 new ──
12:00 bob » new dev, Ann
12:00 ann  mine, from elsewhere
`)
		s.want(s.types("/go"), `
── bob ──
12:00 bob  dm 0
12:00 bob  dm 1
12:00 bob  dm 2
── 2 new ──
12:00 bob  new dm 1
12:00 bob  new dm 2
`)
		s.want(s.types("/go"), "· Nothing is new elsewhere. /rooms lists your rooms.\n")
	})
}

func (s *scene) leaves() {
	s.end()
	s.person.Close()
	synctest.Wait()
}

func TestWhatWasNotLookedAtIsStillNewAtTheNextLogin(t *testing.T) {
	play(t, remembered, Options{}, func(s *scene) {
		s.types("/go ops")
		s.says("bob", "#dev", "not looked at")
		s.seen()
		s = s.again(Options{}, func() { s.says("bob", "#dev", "nor this") })
		s.seen()
		if p := s.prompted(); p != "#ops (#dev 2)> " {
			s.Errorf("the prompt is %q", p)
		}
		s = s.again(Options{}, func() {})
		defer s.leaves()
		if got := s.types("/go"); !strings.HasSuffix(got, "── 2 new ──\n12:00 bob  not looked at\n12:00 bob  nor this\n") {
			s.Errorf("/go shows\n%s", got)
		}
	})
}

func TestARoomThatWasEmptyWhenItWasEnteredHasNewLinesLater(t *testing.T) {
	play(t, nil, opsAndDev, func(s *scene) {
		s.pull(func() { s.remember["ann"] = []string{"#dev"} })
		time.Sleep(time.Second)
		s.says("bob", "#dev", "not looked at")
		s.seen()
		s = s.again(Options{}, func() { s.says("bob", "#dev", "nor this") })
		defer s.leaves()
		if got := s.seen(); !strings.HasPrefix(got, "── #dev ──\n── 2 new ──\n12:00 bob  not looked at\n") {
			s.Errorf("shown is\n%s", got)
		}
	})
}

func TestTheRoomThatOpensIsTheOneOfTheLastTime(t *testing.T) {
	play(t, remembered, Options{}, func(s *scene) {
		if p := s.prompted(); p != "#dev> " {
			s.Errorf("without a last time the prompt is %q", p)
		}
		s.types("/go ops")
		s = s.again(Options{}, func() {})
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
		s.types("/msg bob")
		s = s.again(Options{}, func() {})
		if p := s.prompted(); p != "bob> " {
			s.Errorf("after a conversation the prompt is %q", p)
		}
		s = s.again(Options{Rooms: []string{"#dev", "#ops"}}, func() {})
		defer s.leaves()
		if p := s.prompted(); p != "#dev> " {
			s.Errorf("with --room the prompt is %q", p)
		}
	})
}

func TestGoOpensAConversationOfEarlier(t *testing.T) {
	play(t, remembered, Options{}, func(s *scene) {
		s.seen()
		if got := s.types("/go bo"); !strings.HasPrefix(got, "── bob ──\n12:00 bob  dm 0\n") {
			s.Errorf("/go shows\n%s", got)
		}
	})
}

func TestTheFileOfWhatWasSeenHasNoTextAndIsPrivate(t *testing.T) {
	play(t, remembered, Options{}, func(s *scene) {
		s.types("/go ops")
		time.Sleep(2 * keepSeenEvery) // it does not wait for the end
		file := seenFile(DefaultAddr, "ann")
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), "#ops") || strings.Contains(string(text), "ops 2") {
			s.Errorf("the file has %s (%v)", text, err)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			s.Errorf("mode %v (%v)", info.Mode(), err)
		}
	})
}

func TestADamagedFileOfWhatWasSeenIsNotBelieved(t *testing.T) {
	f := seen{filepath.Join(t.TempDir(), "seen")}
	os.WriteFile(f.file, []byte("{"), 0o600)
	if s, err := f.load(); err == nil || s.knows() {
		t.Errorf("%v, %v", s, err)
	}
	now := time.Now().UTC()
	if err := f.keep(seenState{At: now, Rooms: []seenRoom{{"#a", "m1", now}}}); err != nil {
		t.Fatal(err)
	}
	// Another session that has seen less, and does not know #a, takes nothing away.
	if err := f.keep(seenState{At: now, Rooms: []seenRoom{{"#b", "m2", now.Add(-time.Hour)}}}); err != nil {
		t.Fatal(err)
	}
	s, err := f.load()
	if err != nil || s.mark("#A").id != "m1" || s.mark("#b").id != "m2" || !s.mark("#c").at.Equal(now) {
		t.Errorf("%v, %v", s, err)
	}
}
