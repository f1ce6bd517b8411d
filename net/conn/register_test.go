package conn_test

import "testing"

func TestNickOfSomebodyElseIsNotRegisteredBeforeSignIn(t *testing.T) {
	within(t, guests, func(w *world) {
		robert, stranger := w.member("robert", ""), w.dial("stranger")
		stranger.send("CAP LS 302", "NICK bob", "USER b 0 * :B") // typed, not granted yet
		wants(t, robert.send("NICK bob"), " NICK bob")
		wants(t, stranger.send("REGISTER * * "+password("bob")), "FAIL REGISTER USERNAME_EXISTS bob ")
		holder := w.person("gil", "")
		wants(t, holder.send("REGISTER * * "+password("gil")), "REGISTER SUCCESS gil ")
	})
}
