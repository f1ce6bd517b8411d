package client

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGuestIsWelcomed(t *testing.T) {
	c, err := dial(t, Options{}, (*fake).guest)
	if err != nil {
		t.Fatal(err)
	}
	var greeting []string
	for m := range c.Events() { // the script's end hangs up
		greeting = append(greeting, m.Command)
	}
	name, _ := c.ISupport("NETWORK")
	if c.Nick() != "ann" || c.Account() != "" || !c.Has(irc.CapEchoMessage) || c.Has(irc.CapAccountTag) ||
		c.HistoryLimit() != 50 || name != "Green room" || !slices.Equal(greeting, []string{"001", "005", "422"}) {
		t.Errorf("nick %q, account %q, limit %d, network %q, greeting %q", c.Nick(), c.Account(), c.HistoryLimit(), name, greeting)
	}
	if !errors.Is(c.Err(), ErrClosed) {
		t.Errorf("ended with %v", c.Err())
	}
}

func TestLoginIsSplitIntoChunksOfFourHundred(t *testing.T) {
	for _, length := range []int{7, 300 - len("\x00ann\x00"), 600} {
		password := strings.Repeat("p", length)
		c, err := dial(t, Options{Password: Secret(password)}, func(f *fake) {
			f.capabilities()
			f.want("AUTHENTICATE PLAIN")
			f.say("AUTHENTICATE +")
			text := ""
			for {
				chunk := f.want("AUTHENTICATE").Param(0)
				if chunk != "+" {
					text += chunk
				}
				if len(chunk) < 400 {
					break
				}
			}
			if plain, err := base64.StdEncoding.DecodeString(text); err != nil || string(plain) != "\x00ann\x00"+password {
				t.Errorf("length %d: %d bytes, %v", length, len(plain), err)
			}
			f.say(":s 900 * * Ann :You are now logged in", ":s 903 * :Done")
			f.welcome()
		})
		if err != nil || c.Account() != "Ann" {
			t.Errorf("length %d: %v", length, err)
		}
	}
}

func TestSignInErrorsAreTyped(t *testing.T) {
	login := func(f *fake) {
		f.capabilities()
		f.want("AUTHENTICATE PLAIN")
		f.say("AUTHENTICATE +")
		f.want("AUTHENTICATE")
	}
	register := func(f *fake) {
		f.capabilities()
		f.want("NICK ann")
		f.want("USER ann")
		f.want("REGISTER ann * hunter2")
	}
	for _, c := range []struct {
		name   string
		opts   Options
		script func(*fake)
		want   error
	}{
		{"wrong password", Options{Password: "hunter2"}, func(f *fake) { login(f); f.say(":s 904 * :No") }, ErrDenied},
		{"suspended", Options{Password: "hunter2"}, func(f *fake) { login(f); f.say(":s FAIL AUTHENTICATE ACCOUNT_SUSPENDED :No") }, ErrDenied},
		{"taken account", Options{Password: "hunter2", Register: true}, func(f *fake) { register(f); f.say("FAIL REGISTER ACCOUNT_EXISTS ann :No") }, ErrAccountExists},
		{"to be verified", Options{Password: "hunter2", Register: true}, func(f *fake) { register(f); f.say("REGISTER VERIFICATION_REQUIRED ann :See your mail") }, ErrVerificationRequired},
		{"nick in use", Options{}, func(f *fake) { f.capabilities(); f.want("NICK"); f.want("USER"); f.say(":s 433 * ann :In use") }, ErrNickInUse},
		{"server password", Options{}, func(f *fake) {
			f.capabilities()
			f.want("NICK")
			f.want("USER")
			f.want("CAP END")
			f.say(":s 464 * :This server wants a password")
		}, ErrServerPassword},
		{"closed registration", Options{Password: "hunter2", Register: true}, func(f *fake) {
			f.want("CAP LS")
			f.say(":s CAP * LS :sasl")
			f.want("CAP REQ sasl")
			f.say(":s CAP * ACK :sasl")
		}, ErrUnsupported},
		{"account required", Options{}, func(f *fake) {
			f.capabilities()
			f.want("NICK")
			f.want("USER")
			f.want("CAP END")
			f.say("FAIL * ACCOUNT_REQUIRED :Log in")
		}, ErrAccountRequired},
		{"hung up", Options{}, func(f *fake) { f.want("CAP LS"); f.say("ERROR :too many connections") }, ErrClosed},
		{"no sasl", Options{Password: "hunter2"}, func(f *fake) { f.want("CAP LS"); f.say(":s CAP * LS :") }, ErrUnsupported},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := dial(t, c.opts, func(f *fake) {
				c.script(f)
				f.lines.Scan() // waits for the client to leave
			})
			if !errors.Is(err, c.want) || client != nil {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Error("the error tells the password")
			}
		})
	}
}

func TestTheServersPasswordIsSentFirst(t *testing.T) {
	c, err := dial(t, Options{ServerPassword: "hunter2"}, func(f *fake) {
		f.want("PASS hunter2")
		f.guest()
		f.lines.Scan()
	})
	if err != nil || c.Nick() != "ann" {
		t.Error(err)
	}
}

func TestTheServersLastWordIsTold(t *testing.T) {
	_, err := dial(t, Options{}, func(f *fake) { f.want("CAP LS"); f.say("ERROR :too many connections") })
	var closed *Closed
	if !errors.As(err, &closed) || closed.Text != "too many connections" {
		t.Errorf("got %v", err)
	}
}

func TestRegistrationBeforeConnect(t *testing.T) {
	c, err := dial(t, Options{Nick: "ann", Account: "Ann", Password: "hunter2", Register: true}, func(f *fake) {
		f.capabilities()
		f.want("NICK ann")
		f.want("USER ann")
		f.want("REGISTER Ann * hunter2")
		f.say("REGISTER SUCCESS Ann :Welcome")
		f.want("CAP END")
		f.say(":s 001 ann :Welcome", ":s 474 ann #a :Banned", ":s 376 ann :End")
		f.lines.Scan()
	})
	if err != nil || c.Account() != "Ann" {
		t.Errorf("account not made: %v", err)
	}
}

func TestRegistrationAfterTheGreetingWhereTheServerWantsItSo(t *testing.T) {
	c, err := dial(t, Options{Password: "hunter2", Register: true}, func(f *fake) {
		f.want("CAP LS")
		f.say(":s CAP * LS :draft/account-registration")
		f.want("CAP REQ draft/account-registration")
		f.say(":s CAP * ACK :draft/account-registration")
		f.welcome()
		f.want("REGISTER ann * hunter2")
		f.say(":s NOTICE ann :patience", "REGISTER SUCCESS ann :Welcome")
		f.lines.Scan()
	})
	if err != nil || c.Account() != "ann" {
		t.Errorf("account not made: %v", err)
	}
}

func TestRequestsEndWithTheConnection(t *testing.T) {
	c := mustDial(t, func(f *fake) { f.guest(); f.want("PRIVMSG"); f.say("ERROR :killed") })
	_, err := c.Post(t.Context(), "#a", "x", "")
	if !errors.Is(err, ErrClosed) || !strings.Contains(err.Error(), "killed") {
		t.Errorf("got %v", err)
	}
	if err := c.Send(irc.New("PING", "x")); !errors.Is(err, ErrClosed) {
		t.Errorf("sent into the void: %v", err)
	}
}

func TestQuitWaitsForTheServer(t *testing.T) {
	c := mustDial(t, func(f *fake) { f.guest(); f.want("QUIT bye"); f.say("ERROR :Quit: bye") })
	if err := c.Quit(t.Context(), "bye"); err != nil {
		t.Error(err)
	}
}

func TestANickThatChangesIsFollowed(t *testing.T) {
	c, err := dial(t, Options{}, func(f *fake) {
		f.guest()
		f.say(":bob!u@h NICK eve", ":ann!u@h NICK anna", ":s CAP anna DEL :echo-message", ":s 901 anna x :out")
	})
	if err != nil {
		t.Fatal(err)
	}
	for range c.Events() {
	}
	if c.Nick() != "anna" || c.Has(irc.CapEchoMessage) {
		t.Errorf("nick %q", c.Nick())
	}
}

func TestASlowConsumerMakesTheServerWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := 0
		c, err := dial(t, Options{}, func(f *fake) {
			f.guest()
			for ; said < 10*eventQueue; said++ {
				if _, err := f.conn.Write([]byte(":bob PRIVMSG #a :x\r\n")); err != nil {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if waiting := said; waiting > 3*eventQueue {
			t.Errorf("%d messages taken though nobody reads", waiting)
		}
		n := 0
		for range c.Events() {
			n++
		}
		if n != 10*eventQueue+3 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestASilentServerIsAskedAndThenGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c, err := dial(t, Options{DropEvents: true, KeepAlive: time.Minute}, func(f *fake) {
			f.guest()
			token := f.want("PING").Last()
			f.say(":s PONG s " + token)
			f.want("PING")
			f.lines.Scan()
		})
		if err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		if took := time.Since(start); took != 3*time.Minute || !errors.Is(c.Err(), errSilent) {
			t.Errorf("given up after %v: %v", took, c.Err())
		}
	})
}

func TestPingsAreAnswered(t *testing.T) {
	c := mustDial(t, func(f *fake) {
		f.guest()
		f.say("PING :a b")
		if m := f.want("PONG"); m.Last() != "a b" {
			t.Errorf("answered %v", m)
		}
	})
	<-c.Done()
}

func TestDialEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := dial(t, Options{}, func(f *fake) { f.want("CAP LS"); f.lines.Scan() })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestACertificateLogsInWithoutAPassword(t *testing.T) {
	c, err := dial(t, Options{Certificate: &tls.Certificate{}, DropEvents: true}, func(f *fake) {
		f.capabilities()
		f.want("AUTHENTICATE EXTERNAL")
		f.say("AUTHENTICATE +")
		f.want("AUTHENTICATE YW5u") // ann
		f.say(":s 900 * x ann :ok", ":s 903 * :ok")
		f.welcome()
	})
	if err != nil || c.Account() != "ann" {
		t.Errorf("%v", err)
	}
	_, err = dial(t, Options{Certificate: &tls.Certificate{}}, func(f *fake) {
		f.capabilities()
		f.want("AUTHENTICATE EXTERNAL")
		f.say(":s 904 * :SASL authentication failed")
	})
	if !errors.Is(err, ErrDenied) {
		t.Errorf("a certificate that is not known: %v", err)
	}
}

func TestPlaintextIsForLoopbackOnly(t *testing.T) {
	for addr, want := range map[string]error{"192.0.2.1:6667": ErrNotLoopback, "example.org:6667": ErrNotLoopback, "[::1]:6667": net.ErrClosed, "localhost:6667": net.ErrClosed} {
		_, err := Dial(t.Context(), Options{Addr: addr, Plaintext: true, Nick: "ann", Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// ATTACKS 45.
func TestSecretsPrintAsNothing(t *testing.T) {
	o := Options{Password: "hunter2", ServerPassword: "hunter2"}
	text, err := json.Marshal(struct{ S Secret }{"hunter2"})
	if all := fmt.Sprintf("%v %+v %#v %s %q %x %s", o, o, o, o.Password, o.Password, o.Password, text); err != nil ||
		strings.Contains(all, "hunter2") || strings.Contains(all, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("printed %s", all)
	}
}

func TestBackoffGrowsAndScatters(t *testing.T) {
	b := Backoff{Min: time.Second, Max: 10 * time.Second}
	for i, most := range []time.Duration{1, 2, 4, 8, 10, 10} {
		if d := b.Next(); d < most*time.Second/2 || d > most*time.Second {
			t.Errorf("step %d waits %v", i, d)
		}
	}
	b.Reset()
	if d := b.Next(); d > time.Second {
		t.Errorf("after Reset %v", d)
	}
	seen := map[time.Duration]bool{}
	for range 100 {
		seen[(&Backoff{}).Next()] = true
	}
	if len(seen) < 50 {
		t.Error("all wait alike")
	}
}

func FuzzServerLines(f *testing.F) {
	f.Add("@label=1 BATCH +1 x\n@batch=1 BATCH +1 x\nBATCH -1\nBATCH -1\n@label=1 PING\nCAP\nCAP * DEL\nNICK\n005\n001\n900\n")
	f.Add("@label=1;batch=1 BATCH +1\n@label=1 ACK\n@label=1 ACK\nERROR\nPONG\nFAIL\nFAIL x\n433\n")
	f.Fuzz(func(t *testing.T, lines string) {
		c := newClient(deaf{strings.NewReader(lines)}, Options{DropEvents: true, KeepAlive: time.Minute})
		c.newRequest()
		c.read(nil) // must neither panic nor wait
		_ = c.Close()
	})
}

// deaf is a connection that says what it says and hears nothing.
type deaf struct{ *strings.Reader }

func (deaf) Write(p []byte) (int, error)      { return len(p), nil }
func (deaf) Close() error                     { return nil }
func (deaf) LocalAddr() net.Addr              { return nil }
func (deaf) RemoteAddr() net.Addr             { return nil }
func (deaf) SetDeadline(time.Time) error      { return nil }
func (deaf) SetReadDeadline(time.Time) error  { return nil }
func (deaf) SetWriteDeadline(time.Time) error { return nil }

func TestWatchSeesEveryMessageInTheOrderOfTheWire(t *testing.T) {
	var seen []string // of the goroutine that reads, which has ended before we look
	c, err := dial(t, Options{DropEvents: true, Watch: func(m irc.Message) { seen = append(seen, m.Command+" "+m.Last()) }}, func(f *fake) {
		f.guest()
		label := f.want("PRIVMSG #a :mine").Tag("label")
		f.say(":bob!u@h PRIVMSG #a :before", "PING :x", "@label="+label+";msgid=m1 :ann!u@h PRIVMSG #a :mine",
			":bob!u@h PRIVMSG #a :after", "ERROR :enough")
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Post(t.Context(), "#a", "mine", ""); err != nil {
		t.Error(err)
	}
	<-c.Done()
	_ = c.Close()
	want := []string{"PRIVMSG before", "PRIVMSG mine", "PRIVMSG after", "ERROR enough"}
	if got := seen[max(0, len(seen)-len(want)):]; !slices.Equal(got, want) || !slices.Contains(seen, "001 Welcome") {
		t.Errorf("saw %q", seen)
	}
}
