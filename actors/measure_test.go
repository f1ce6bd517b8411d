package actors_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// A part that hangs costs its own numbers, and the time that was given.
func TestMeasureTellsWhoDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		readings, err := s.tree.Measure(time.Second)
		if err != nil {
			t.Fatal(err)
		}
		answered := map[string]bool{}
		for _, r := range readings {
			answered[r.Part] = r.Err == nil && len(r.Numbers) > 0
			if r.Err != nil && r.Took != time.Second {
				t.Errorf("%s: gave up after %v", r.Part, r.Took)
			}
		}
		for _, part := range []string{"journal", "records", "account", "net"} { // of the stage: they know no gauge
			if got, there := answered[part]; !there || got {
				t.Errorf("%s: there %v, answered %v", part, there, got)
			}
		}
		if !answered["registry"] {
			t.Errorf("the registry, which is the real one, has not answered: %+v", readings)
		}
		if err := s.tree.Stop(time.Minute); err != nil {
			t.Error(err)
		}
		if _, err := s.tree.Measure(time.Second); err == nil {
			t.Error("a tree that has ended was measured")
		}
	})
}
