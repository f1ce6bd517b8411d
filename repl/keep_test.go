package repl

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// offline takes the connection away from a scene, for as long as the test wants.
func (s *scene) offline() {
	s.pull(func() { s.down = true })
	s.hangUp()
	s.seen()
}

// leaves a line in the outbox, as a chat that was killed has it.
func leaves(t *testing.T, lines ...keptLine) {
	t.Helper()
	k, _, _, err := openKept(outboxFiles(DefaultAddr, "ann"))
	if err == nil {
		err = k.write(lines, true)
	}
	if err == nil {
		err = k.close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// texts are those of a room's log.
func texts(log []irc.Message) (list []string) {
	for _, m := range log {
		list = append(list, m.Last())
	}
	return list
}

func outboxes(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(stateDir(), "outbox-*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestWhatWasTypedOfflineIsKeptAndSentAtTheNextStart(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.offline()
		s.types("precious")
		s.types("more")
		if n := s.notes; !slices.Equal(n, []string{"… precious", "… more"}) {
			t.Errorf("the notes are %q", n)
		}
		names := outboxes(t)
		if len(names) != 1 {
			t.Fatalf("the files are %q", names)
		}
		if info, err := os.Stat(names[0]); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file: %v, %v", info.Mode(), err)
		}
		s.want(s.types("/quit"), "· 2 lines are not stored yet; the next start sends them.\n")
		if code := <-s.code; code != 0 {
			t.Errorf("exit code %d", code)
		}

		s.pull(func() { s.down = false })
		again := s.restart()
		got := again.seen()
		if !strings.HasPrefix(got, "· 2 lines of an earlier start are still to be sent;") || !strings.HasSuffix(got, "12:00 ann  precious\n12:00 ann  more\n") {
			t.Errorf("shown is\n%s", got)
		}
		if got := texts(s.logs["#ops"]); !slices.Equal(got, []string{"precious", "more"}) {
			t.Errorf("stored is %q", got)
		}
		again.types("/quit")
		if names := outboxes(t); len(names) > 0 {
			t.Errorf("files are left: %q", names)
		}
	})
}

// restart is the same person's next chat, on the same stage.
func (s *scene) restart() *scene {
	next := &scene{T: s.T, stage: s.stage, person: newPerson(password), code: make(chan int, 1)}
	o := ops
	o.User, o.Plaintext, o.dial, o.ui, o.zone, o.Err = "ann", true, s.dial, next.person, time.UTC, s.Output()
	ctx := s.Context()
	go func() { next.code <- converse(ctx, o.withDefaults()) }()
	s.Cleanup(next.person.Close)
	synctest.Wait()
	return next
}

func TestALineIsOnDiskBeforeItIsShownAsWaitingAndBeforeItIsSent(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		onDisk := func() string {
			var all strings.Builder
			for _, name := range outboxes(t) {
				text, _ := os.ReadFile(name)
				all.Write(text)
			}
			return all.String()
		}
		sent := ""
		s.pull(func() {
			s.stage.refuse = func(irc.Message) string { sent = onDisk(); return "" }
		})
		s.types("precious")
		if !strings.Contains(sent, `"text":"precious"`) || !strings.Contains(sent, `"tried":`) {
			t.Errorf("when it was sent, on disk was %q", sent)
		}
		if got := onDisk(); got != "" {
			t.Errorf("when it is stored, on disk is %q", got)
		}
		s.offline()
		s.types("waiting")
		if got := onDisk(); !strings.Contains(got, `"text":"waiting"`) || strings.Contains(got, `"tried":`) {
			t.Errorf("while it waits, on disk is %q", got)
		}
	})
}

func TestALineThatMayBeStoredIsLookedForWhenTheServerHasForgottenItsID(t *testing.T) {
	hourAgo := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		before []string // by ann, before the line was tried
		after  []string // by ann, after
		line   keptLine
		want   []string
	}{
		{"it is", []string{"one"}, []string{"two"}, keptLine{Text: "two", After: "m0001", Since: hourAgo}, []string{"one", "two"}},
		{"it is not", []string{"one"}, nil, keptLine{Text: "two", After: "m0001", Since: hourAgo}, []string{"one", "two"}},
		{"the same was said before", []string{"two"}, nil, keptLine{Text: "two", After: "m0001", Since: hourAgo}, []string{"two", "two"}},
		{"in an empty room", nil, []string{"two"}, keptLine{Text: "two"}, []string{"two"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.line.ID, c.line.Target, c.line.Tried = "x", "#ops", hourAgo
			prepare := func(s *stage) {
				for _, text := range slices.Concat(c.before, c.after) {
					s.says("ann", "#ops", text)
				}
				leaves(t, c.line)
			}
			play(t, prepare, ops, func(s *scene) {
				if got := texts(s.logs["#ops"]); !slices.Equal(got, c.want) {
					t.Errorf("stored is %q", got)
				}
				if got := s.seen(); strings.Count(got, "ann  two\n") != strings.Count(strings.Join(c.want, " "), "two") {
					t.Errorf("shown is\n%s", got)
				}
				if len(s.notes) > 0 {
					t.Errorf("still waiting: %q", s.notes)
				}
			})
		})
	}
}

func TestOneOfTwoEqualLinesThatIsKnownToBeStoredIsNotTheOther(t *testing.T) {
	hourAgo := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	prepare := func(s *stage) {
		s.says("ann", "#ops", "}")
		leaves(t,
			keptLine{ID: "x", Target: "#ops", Text: "}", Tried: hourAgo}, keptLine{ID: "y", Target: "#ops", Text: "}", Tried: hourAgo},
			keptLine{ID: "x", Done: true, MsgID: "m0001"})
	}
	play(t, prepare, ops, func(s *scene) {
		if got := texts(s.logs["#ops"]); !slices.Equal(got, []string{"}", "}"}) {
			t.Errorf("stored is %q", got)
		}
	})
}

func TestALineOfAnEarlierStartEntersItsRoomAgain(t *testing.T) {
	prepare := func(*stage) {
		leaves(t, keptLine{ID: "x", Target: "#tea", Text: "milk first"}, keptLine{ID: "y", Target: "#secret", Text: "psst"}, keptLine{ID: "z", Target: "carol", Text: "hello"})
	}
	play(t, prepare, ops, func(s *scene) {
		if got := fmt.Sprint(texts(s.logs["#tea"]), texts(s.logs["#secret"]), texts(s.logs["ann carol"])); got != "[milk first] [psst] [hello]" {
			t.Errorf("stored is %s", got) // the stage takes what is said from outside
		}
		if got := s.seen(); !strings.Contains(got, "! Not in #secret: Cannot join channel (+i).") {
			t.Errorf("shown is\n%s", got)
		}
	})
}

func TestLinesOfSeveralChatsAreSentInTheOrderInWhichTheyWereTyped(t *testing.T) {
	at := time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)
	var want []string
	prepare := func(*stage) {
		prefix := outboxFiles(DefaultAddr, "ann")
		var chats []*keptFile
		for range 6 {
			k, _, _, err := openKept(prefix)
			if err != nil {
				t.Fatal(err)
			}
			chats = append(chats, k)
		}
		for i, k := range chats {
			line := keptLine{ID: fmt.Sprint("id", i), Target: "#ops", Text: fmt.Sprint("line ", i), At: at.Add(time.Duration(i) * time.Second)}
			if err := errors.Join(k.write([]keptLine{line}, true), k.close()); err != nil {
				t.Fatal(err)
			}
			want = append(want, line.Text)
		}
	}
	play(t, prepare, ops, func(s *scene) {
		if got := texts(s.logs["#ops"]); !slices.Equal(got, want) {
			t.Errorf("stored is %q", got)
		}
	})
}

func TestWhatWaitsCanBeForgotten(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.want(s.types("/drop"), "── #ops ──\n· Here with you: alice, bob.\n· No line waits to be sent.\n")
		s.offline()
		s.types("never mind")
		s.want(s.types("/drop"), "· Not sent to #ops: never mind\n")
		s.pull(func() { s.down = false })
		time.Sleep(time.Minute)
		if s.seen(); len(s.logs["#ops"]) > 0 || len(s.notes) > 0 {
			t.Errorf("stored is %q, waiting %q", texts(s.logs["#ops"]), s.notes)
		}
	})
}

func TestLeavingWaitsAMomentForWhatWasJustTyped(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.pull(func() { s.stage.stored = func(*stageConn, irc.Message) bool { return false } })
		s.seen()
		s.types("last words")
		begun := time.Now()
		s.want(s.types("/quit"), "")
		<-s.code
		s.want(s.seen(), "· 1 line is not stored yet; the next start sends it.\n")
		if d := time.Since(begun); d < quitWait || d > 3*quitWait {
			t.Errorf("it took %v", d)
		}
	})
}

func TestTwoChatsAtOnceDoNotTakeEachOthersLines(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	prefix := outboxFiles(DefaultAddr, "ann")
	first, _, _, err := openKept(prefix)
	if err != nil {
		t.Fatal(err)
	}
	line := keptLine{ID: "x", Target: "#ops", Text: "mine"}
	if err := first.write([]keptLine{line}, true); err != nil {
		t.Fatal(err)
	}
	second, found, _, err := openKept(prefix)
	if err != nil || len(found) > 0 {
		t.Errorf("while the first lives: %v, %v", found, err)
	}
	first.file.WriteString(`{"id":"y","tar`) // and it is killed
	first.close()
	third, found, damaged, err := openKept(prefix)
	if err != nil || len(found) != 1 || found[0] != line || damaged != 0 {
		t.Errorf("when it is killed: %v, %d damaged, %v", found, damaged, err)
	}
	third.close()
	if _, found, _, _ := openKept(prefix); len(found) != 1 {
		t.Errorf("when its heir is killed, too: %v", found)
	}
	second.close()
}

func TestWithoutADiskWhatIsTypedIsSentAndLeavingWarnsOfTheLoss(t *testing.T) {
	prepare := func(*stage) {
		if err := os.WriteFile(stateDir(), nil, 0o600); err != nil { // where there should be a directory
			t.Fatal(err)
		}
	}
	play(t, prepare, ops, func(s *scene) {
		if got := s.seen(); strings.Count(got, "! What you type is not kept on disk until it is stored: ") != 1 {
			t.Errorf("shown is\n%s", got)
		}
		if got := s.types("sent all the same"); !strings.Contains(got, "ann  sent all the same\n") {
			t.Errorf("shown is\n%s", got)
		}
		s.offline()
		s.types("precious")
		s.seen()
		s.want(s.types("/quit"), "! 1 line is not stored yet. Leave once more to leave all the same.\n")
		if got := s.types("/quit"); !strings.Contains(got, "! Not sent to #ops: precious\n") {
			t.Errorf("shown is\n%s", got)
		}
		if got := texts(s.logs["#ops"]); !slices.Equal(got, []string{"sent all the same"}) {
			t.Errorf("stored is %q", got)
		}
	})
}

// TestALineIsOnDiskBeforeItIsSentHoweverSlowTheDisk: as long as the write of it is under way.
func TestALineIsOnDiskBeforeItIsSentHoweverSlowTheDisk(t *testing.T) {
	c := &chat{}
	c.outbox.disk = outboxDisk{file: &keptFile{}, writing: make(chan struct{})}
	for name, p := range map[string]post{
		"it is not on disk":                         {target: "bob"},
		"it is not on disk that it may be sent now": {target: "bob", keeping: keeping{kept: true}},
	} {
		if c.mayBeSent(&p) {
			t.Errorf("sent though %s", name)
		}
	}
}
