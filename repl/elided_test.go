package repl

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAGapIsReadOnThoughAPageOfItEndsEarly: where much was deleted the server ends a
// page before it is full, which is not the end of what was missed.
func TestAGapIsReadOnThoughAPageOfItEndsEarly(t *testing.T) {
	play(t, func(s *stage) { s.says("bob", "#ops", "old") }, ops, func(s *scene) {
		s.pull(func() { s.down, s.elide = true, 50 })
		s.hangUp()
		s.seen()
		for i := range 120 {
			s.says("bob", "#ops", fmt.Sprintf("missed %d.", i))
		}
		s.pull(func() { s.down = false })
		time.Sleep(5 * time.Minute)
		got := s.seen()
		for i := range 120 {
			want := 1
			if i == 50 || i == 101 { // what is deleted
				want = 0
			}
			if n := strings.Count(got, fmt.Sprintf("missed %d.", i)); n != want {
				s.Errorf("line %d is shown %d times", i, n)
			}
		}
		if strings.Count(got, "nothing for a while") != 2 {
			s.Errorf("shown is\n%s", got)
		}
	})
}
