package conn_test

import (
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/net/conn"
)

// ATTACKS 1, 11: what fails in a handshake can be counted, by a few words.
func TestAttack01And11FailedHandshakesSayWhy(t *testing.T) {
	versions, curves := trusting(), trusting()
	versions.MaxVersion = tls.VersionTLS12
	curves.CurvePreferences = []tls.CurveID{tls.CurveP256}
	secure := func(cfg *tls.Config) func(net.Conn) net.Conn {
		return func(near net.Conn) net.Conn { return tls.Client(near, cfg) }
	}
	plain := func(near net.Conn) net.Conn { return near }
	for _, test := range []struct {
		want string
		dial func(net.Conn) net.Conn
		then func(c *client)
	}{
		{"version", secure(versions), nil},
		{"key-exchange", secure(curves), nil},
		{"refused-by-client", secure(&tls.Config{ServerName: "elsewhere.test"}), nil},
		{"not-tls", plain, func(c *client) { c.raw("NICK ann\r\nUSER ann 0 * :Ann\r\n") }},
		{"hung-up", plain, func(c *client) { c.sock.Close() }},
		{"timeout", plain, nil},
	} {
		t.Run(test.want, func(t *testing.T) {
			within(t, guests, func(w *world) {
				failed := w.noHandshakes()
				ours := certified(t)
				ours.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768} // "post-quantum required"
				near, far := net.Pipe()
				c := w.dialOn(test.want, test.dial(near), tls.Server(far, ours))
				if test.then != nil {
					test.then(c)
				}
				time.Sleep(w.cfg.Timeouts.Handshake + time.Second)
				if got := failed(); !slices.Equal(got, []string{test.want}) {
					t.Errorf("reasons %q", got)
				}
			})
		})
	}
}

// noHandshakes returns the reasons that will have been published by then.
func (w *world) noHandshakes() func() []string {
	var mu sync.Mutex
	var reasons []string
	w.sys.EventStream.Subscribe(func(fact any) {
		if m, ok := fact.(conn.NoHandshake); ok {
			mu.Lock()
			defer mu.Unlock()
			reasons = append(reasons, m.Reason)
		}
	})
	return func() []string {
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(reasons)
	}
}
