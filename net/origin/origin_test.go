package origin

import (
	"net"
	"testing"
)

func TestWhoHasAnIPv6AddressHasTheWhole64(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:1":              "192.0.2.1",
		"[::ffff:192.0.2.1]:2":     "192.0.2.1",
		"[2001:db8:1:2::1]:1":      "2001:db8:1:2::/64",
		"[2001:db8:1:2:f:f:f:f]:2": "2001:db8:1:2::/64",
		"[2001:db8:1:3::1]:1":      "2001:db8:1:3::/64",
		"[fe80::1%eth0]:1":         "fe80::/64",
		"127.0.0.1:1":              "127.0.0.1",
		"[::1]:1":                  "::1",
		"pipe":                     "",
		"/run/greenroom.sock":      "",
	} {
		if got := Of(text(address)); got != want {
			t.Errorf("%s comes from %q, want %q", address, got, want)
		}
	}
	if got := Of(nil); got != "" {
		t.Errorf("no address comes from %q", got)
	}
}

func TestOnlyLoopbackIsLocal(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:1": true, "127.8.9.1:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": true,
		"192.0.2.1:1": false, "[::2]:1": false, "[2001:db8::1]:1": false, "pipe": false,
	} {
		if IsLocal(text(address)) != want {
			t.Errorf("%s is taken for the wrong kind", address)
		}
	}
}

type text string

var _ net.Addr = text("")

func (text) Network() string  { return "tcp" }
func (t text) String() string { return string(t) }
