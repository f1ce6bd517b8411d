package conn_test

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/net/conn"
)

var update = flag.Bool("update", false, "write what clients see into the golden scripts")

// TestClientsSeeWhatTheScriptsSay plays testdata/*.txt. In a script
//
//	ann> JOIN #green        is sent, a Go string in quotes as raw bytes
//	ann< :ann!... JOIN      is what that brought her, in order
//	ann X                   and then her connection closed
//	! guest bob caps        signs somebody in; "! member" with an account
//	! tls ann               connects over TLS; "! certified ann" with a certificate
//	! wait 30s              lets time pass
//	! delay 10ms            makes a commit take so long; what needs none is first
//
// and the first lines may say "! config word", as config below reads them.
func TestClientsSeeWhatTheScriptsSay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text), nil)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			compare(t, string(text), got)
		})
	}
}

// compare names the first line that differs.
func compare(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(g):
			t.Fatalf("line %d is missing: %s", i+1, w[i])
		case i >= len(w):
			t.Fatalf("line %d is too much: %s", i+1, g[i])
		case w[i] != g[i]:
			t.Fatalf("line %d\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
}

// goodbye is longer than a connection outlives its socket.
const goodbye = 100 * time.Millisecond

// script is one being played.
type script struct {
	w    *world
	out  strings.Builder
	by   map[string]*client
	gone map[string]bool

	delay func() time.Duration // nil: a commit takes no time
}

// slow makes commits take so long; 0: as long as the script is to be played with.
func (s *script) slow(d time.Duration) {
	delay := func() time.Duration { return d }
	if d == 0 && s.delay != nil {
		delay = s.delay
	}
	s.w.store.set(func() { s.w.store.delay = delay })
}

// play plays a script and returns it with what everybody was shown. delay, if any, is
// what a commit takes where the script does not say.
func play(t *testing.T, text string, delay func() time.Duration) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var result string
	change := func(cfg *conn.Config) {
		for _, line := range lines {
			if word, ok := strings.CutPrefix(line, "! config "); ok {
				config(t, cfg, word)
			}
		}
	}
	within(t, change, func(w *world) {
		s := &script{w: w, by: map[string]*client{}, gone: map[string]bool{}, delay: delay}
		s.slow(0)
		for _, line := range lines {
			s.step(line)
		}
		result = s.out.String()
	})
	return result
}

func config(t *testing.T, cfg *conn.Config, word string) {
	switch word {
	case "guests":
		cfg.AccountRequired = false
	case "register-later":
		cfg.Register.BeforeConnect = false
	case "nick-is-account":
		cfg.Register.CustomName = false
	case "email":
		cfg.Register.EmailRequired = true
	case "closed":
		cfg.Register.Open = false
	case "short-lines":
		cfg.Limits.MultilineBytes, cfg.Limits.MultilineLines = 20, 4
	case "no-redaction":
		cfg.Redaction = false
	case "no-history":
		cfg.History = false
	case "password":
		cfg.Password = "sesame"
	case "sts":
		cfg.STS = conn.STS{Port: 6697, Duration: time.Hour}
	case "few":
		cfg.Limits.Rooms, cfg.Limits.ListEntries = 2, 2
	case "monitor-3":
		cfg.Limits.Monitor = 3
	case "no-monitor":
		cfg.Limits.Monitor = 0
	case "invisible":
		cfg.UserModes = "i"
	case "rehash":
		cfg.Rehash = func() {}
	case "scram":
		cfg.Scram = true
	case "metadata-2":
		cfg.Limits.MetadataKeys, cfg.Limits.MetadataSubs, cfg.Limits.MetadataValue = 2, 2, 20
	case "no-metadata":
		cfg.Limits.MetadataKeys = 0
	case "motd":
		cfg.MOTD = []string{"Be kind.", ""}
	default:
		t.Fatalf("no such config %q", word)
	}
}

// step plays one line of the script and writes it, with what it brought.
func (s *script) step(line string) {
	name, text, sends := strings.Cut(line, "> ")
	switch {
	case strings.HasPrefix(line, "! "):
		fmt.Fprintln(&s.out, line)
		s.direct(strings.Fields(line[2:]))
	case line == "" || strings.HasPrefix(line, "#"):
		fmt.Fprintln(&s.out, line)
	case sends && !strings.ContainsAny(name, "< "):
		fmt.Fprintln(&s.out, line)
		if raw, err := strconv.Unquote(text); err == nil {
			s.client(name).raw(raw)
		} else {
			s.client(name).raw(text + "\r\n")
		}
		time.Sleep(goodbye) // virtual: who has left is seen to leave
		s.report()
	}
}

func (s *script) client(name string) *client {
	if s.by[name] == nil {
		s.by[name] = s.w.dial(name)
	}
	return s.by[name]
}

// report writes what every client was shown, in order of arrival.
func (s *script) report() {
	for _, c := range s.w.clients {
		for _, line := range c.take() {
			fmt.Fprintf(&s.out, "%s< %s\n", c.name, line)
		}
		if c.closed() && !s.gone[c.name] {
			s.gone[c.name] = true
			fmt.Fprintf(&s.out, "%s X\n", c.name)
		}
	}
}

func (s *script) direct(words []string) {
	arg := strings.Join(words[1:], " ")
	switch words[0] {
	case "config":
	case "guest":
		s.by[words[1]] = s.w.person(words[1], strings.Join(words[2:], " "))
	case "member":
		s.by[words[1]] = s.w.member(words[1], strings.Join(words[2:], " "))
	case "again": // a second connection of a member
		s.by[words[1]] = s.w.again(words[1], words[2], strings.Join(words[3:], " "))
		time.Sleep(goodbye) // virtual: the account comes back into its rooms
		s.by[words[1]].take()
		s.report()
	case "tls":
		s.by[words[1]] = s.w.bearer(words[1], tls.Certificate{})
	case "certified":
		s.by[words[1]] = s.w.bearer(words[1], sameAlways(s.w.t))
	case "wait":
		time.Sleep(s.duration(arg)) // virtual
		s.report()
	case "drop":
		s.by[arg].sock.Close()
		s.gone[arg] = true
		time.Sleep(goodbye)
		s.report()
		delete(s.by, arg)
	case "delay":
		s.slow(s.duration(arg))
	case "disk":
		s.w.store.set(func() { s.w.store.refuse = diskErrors[arg] })
	default:
		s.w.t.Fatalf("no such directive %q", words[0])
	}
}

func (s *script) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.w.t.Fatal(err)
	}
	return d
}

var diskErrors = map[string]error{
	"fine": nil, "full": journal.ErrDiskLow, "unknown": ask.ErrUnknown, "away": ask.ErrUnavailable,
	"odd": errors.New("secret detail"), "busy": ask.ErrBusy, "damaged": journal.ErrIntegrity, "stopping": ask.ErrStopping,
}
