package repl

import (
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// TestAConnectionMayEndWhileConversationsAreAskedFor: which it is belongs to the loop.
func TestAConnectionMayEndWhileConversationsAreAskedFor(t *testing.T) {
	play(t, func(s *stage) { s.caps = irc.CapReadMarker }, ops, func(s *scene) {
		s.pull(func() { s.targeted = func(c *stageConn) { c.conn.Close() } })
		s.hangUp()
		time.Sleep(10 * time.Minute)
		s.pull(func() { s.targeted = nil })
		time.Sleep(time.Minute)
		s.seen()
		if s.prompted() != "#ops> " {
			t.Errorf("the prompt is %q", s.prompted())
		}
	})
}
