package conn_test

import "testing"

func TestGuestsRegisterJoinAndTalk(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "server-time message-tags")
		bob := w.person("bob", "batch")
		wants(t, ann.send("JOIN #green"), "JOIN #green")
		wants(t, bob.send("JOIN #green"), " 366 bob #green ")
		wants(t, ann.take(), ":bob!bob@host.test JOIN #green")
		ann.send("PRIVMSG #green :hello")
		wants(t, bob.take(), ":ann!ann@host.test PRIVMSG #green :hello")
		lacks(t, ann.take(), "hello")
	})
}
