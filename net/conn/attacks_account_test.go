package conn_test

import "testing"

// TestAttack42APasswordThatWasChangedEndsTheOtherSessions, and the one in which
// that was done goes on.
func TestAttack42APasswordThatWasChangedEndsTheOtherSessions(t *testing.T) {
	within(t, nil, func(w *world) {
		ann := w.member("ann", "")
		thief, phone := w.again("thief", "ann", ""), w.again("phone", "ann", "")
		wants(t, ann.send("PASSWD "+password("ann")+" better-ann-lantern"), "NOTE PASSWD PASSWORD_CHANGED")
		for _, other := range []*client{thief, phone} {
			wants(t, other.take(), "ERROR :Closing link: The password of the account was changed")
			if !other.closed() {
				t.Errorf("%s is still connected", other.name)
			}
		}
		wants(t, ann.send("PING here"), "PONG irc.test here")
	})
}
