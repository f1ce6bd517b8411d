package conn_test

import "testing"

func TestGuestsRegister(t *testing.T) {
	within(t, guests, func(w *world) {
		w.person("ann", "server-time message-tags")
		w.person("bob", "batch")
	})
}
