package conn_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/net/conn"
)

func TestAttack30UnknownAndKnownAccountsAreAnsweredAlike(t *testing.T) {
	within(t, nil, func(w *world) {
		w.member("ann", "")
		c := w.dial("eve")
		c.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve")
		known := c.send("AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "ann", "wrong-password"))
		unknown := c.send("AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "nobody", "wrong-password"))
		if strings.Join(known, "\n") != strings.Join(unknown, "\n") {
			t.Errorf("known %q, unknown %q", known, unknown)
		}
		wants(t, known, " 904 eve :Wrong account name or password")
	})
}

func TestAttack31HugePasswordsAreRefusedBeforeHashing(t *testing.T) {
	within(t, nil, func(w *world) {
		c := w.dial("eve")
		c.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve", "AUTHENTICATE PLAIN")
		chunk := "AUTHENTICATE " + strings.Repeat("A", 400)
		for range 16 {
			if got := c.send(chunk); len(got) > 0 {
				t.Fatalf("answered early: %q", got)
			}
		}
		wants(t, c.send(chunk), " 905 ")
		c.send("AUTHENTICATE PLAIN")
		wants(t, c.send("AUTHENTICATE "+strings.Repeat("A", 401)), " 905 ")
		c.send("AUTHENTICATE PLAIN")
		wants(t, c.send("AUTHENTICATE "+strings.Repeat("A", 1001)), " 905 ")
		long := strings.Repeat("correct-battery-", account.MaxPassword/16+1)
		wants(t, c.send("REGISTER * * "+long), "FAIL REGISTER UNACCEPTABLE_PASSWORD eve ")
		c.raw("REGISTER * * " + strings.Repeat("x", 1<<20))
		wants(t, c.take(), "A line without an end")
	})
}

func TestAttack35SaslInChunksAndOutOfOrder(t *testing.T) {
	within(t, guests, func(w *world) {
		long := strings.Repeat("correct-battery-", 30)
		c := w.dial("eve")
		c.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve")
		wants(t, c.send("REGISTER * * "+long), "REGISTER SUCCESS eve")
		again := w.dial("again")
		again.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve", "AUTHENTICATE PLAIN")
		response := plain("", "eve", long)
		for len(response) > 400 {
			again.send("AUTHENTICATE " + response[:400])
			response = response[400:]
		}
		wants(t, again.send("AUTHENTICATE "+response), " 903 ")

		odd := w.dial("odd")
		odd.send("CAP REQ sasl", "NICK odd", "USER odd 0 * :Odd")
		for _, bad := range []string{"!!!!", "AAA", "+", base64.StdEncoding.EncodeToString([]byte("a\x00b")), "/w=="} {
			odd.send("AUTHENTICATE PLAIN")
			wants(t, odd.send("AUTHENTICATE "+bad), " 904 ")
		}
		odd.send("AUTHENTICATE PLAIN")
		wants(t, odd.send("CAP END"), " 906 ") // and signed in as a guest
	})
}

func TestWhoGuessesIsSlowedDownFromAllAddressesOfAnIPv6Network(t *testing.T) {
	within(t, nil, func(w *world) {
		w.member("ann", "")
		guess := func(from string) []string {
			near, far := net.Pipe()
			c := w.dialOn("eve", near, at{far, from})
			return c.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve",
				"AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "ann", "wrong-password"))
		}
		for i := range 3 {
			wants(t, guess(fmt.Sprintf("[2001:db8::%d]:1", i+1)), " 904 eve :Wrong account name or password")
		}
		lacks(t, guess("[2001:db8::ffff]:1"), "Wrong account name or password")
		wants(t, guess("[2001:db8:0:1::1]:1"), "Wrong account name or password")
	})
}

// at is a connection from an address.
type at struct {
	net.Conn
	from string
}

func (a at) RemoteAddr() net.Addr {
	addr, err := net.ResolveTCPAddr("tcp", a.from) // of digits: asks nobody
	if err != nil {
		panic(err)
	}
	return addr
}

func TestExactly400BytesOfSaslWaitForMore(t *testing.T) {
	within(t, guests, func(w *world) {
		pass := strings.Repeat("p", 400/4*3-len("\x00eve\x00"))
		response := plain("", "eve", pass)
		if len(response) != 400 {
			t.Fatal(len(response))
		}
		c := w.dial("eve")
		c.send("CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve", "AUTHENTICATE PLAIN")
		if got := c.send("AUTHENTICATE " + response); len(got) > 0 {
			t.Errorf("answered before the end: %q", got)
		}
		wants(t, c.send("AUTHENTICATE +"), " 904 ")
	})
}

func TestAttack45SecretsArePrintedNowhere(t *testing.T) {
	cfg := conn.Defaults()
	cfg.Password = "sesame"
	if got := fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg); strings.Contains(got, "sesame") {
		t.Error("the configuration prints the server's password")
	}
	within(t, guests, func(w *world) {
		c := w.dial("eve")
		var mu sync.Mutex
		var seen strings.Builder
		w.sys.EventStream.Subscribe(func(event any) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&seen, "%+v\n", event)
		})
		c.send("PASS tell-nobody-1", "CAP REQ sasl", "NICK eve", "USER eve 0 * :Eve", "AUTHENTICATE PLAIN",
			"AUTHENTICATE "+plain("", "eve", "tell-nobody-2"), "REGISTER * * tell-nobody-3-and-never", "CAP END")
		c.sock.Close()
		time.Sleep(time.Second)
		mu.Lock()
		defer mu.Unlock()
		if strings.Contains(seen.String(), "tell-nobody") {
			t.Errorf("a fact holds a password:\n%s", seen.String())
		}
	})
}
