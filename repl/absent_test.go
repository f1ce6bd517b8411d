package repl

import (
	"testing"
	"time"
)

func TestWhatComesWhileNobodyLooksIsShownAndNotRead(t *testing.T) {
	play(t, modern, ops, func(s *scene) {
		s.seen()
		read := func(want time.Time) {
			s.Helper()
			time.Sleep(markWait)
			s.seen()
			s.pull(func() {
				if at := s.markers["ann #ops"]; !at.Equal(want) {
					s.Errorf("read up to %v, want %v", at, want)
				}
			})
		}
		first := timeOf(s.says("bob", "#ops", "one"))
		read(first)
		s.look(false)
		s.seen()
		s.says("bob", "#ops", "two")
		third := timeOf(s.says("bob", "#ops", "three"))
		s.want(s.seen(), "── new ──\n12:00 bob  two\n12:00 bob  three\n")
		s.locked(func() {
			if s.title != "(2) #ops – greenroom" {
				s.Errorf("the title is %q", s.title)
			}
		})
		read(first)
		s.look(true)
		read(third)
		fourth := timeOf(s.says("bob", "#ops", "four"))
		s.want(s.seen(), "12:00 bob  four\n")
		read(fourth)

		s.types("/away lunch")
		s.seen()
		fifth := timeOf(s.says("bob", "#ops", "five"))
		s.want(s.seen(), "── new ──\n12:00 bob  five\n")
		read(fourth)
		s.edit("h") // that is somebody
		read(fifth)
	})
}
