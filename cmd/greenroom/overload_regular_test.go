package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
)

// regular is somebody with an account, who comes, talks and goes while others
// do what they can. They use our own client, which tries again when it is not
// let in. Every post of theirs is answered, and once they are in they stay in.
type regular struct {
	t      *testing.T
	nick   string
	addr   string
	tries  int             // to log in
	logins []time.Duration // from the first try to being in
	posts  []time.Duration // to the echo
}

func (p *regular) dial(ctx context.Context, register bool) (*client.Client, error) {
	return client.Dial(ctx, client.Options{
		Addr: p.addr, Nick: p.nick, Password: password, Register: register, DropEvents: true,
		VerifyKey: func(string, string) error { return nil },
	})
}

func (p *regular) register() {
	p.t.Helper()
	c, err := p.dial(p.t.Context(), true)
	if err == nil {
		err = c.Quit(p.t.Context(), "")
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// postsOfAStay is how much is said before one leaves and comes back.
const postsOfAStay = 20

// live ends soon after end is closed.
func (p *regular) live(end <-chan struct{}) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 2*patience)
	defer cancel()
	for over := false; !over; {
		began := time.Now()
		c, err := p.come(ctx)
		if err != nil {
			p.t.Errorf("%s does not get in within %v: %v", p.nick, time.Since(began), err)
			return
		}
		p.logins = append(p.logins, time.Since(began))
		if over, err = p.stay(ctx, c, end); err != nil {
			p.t.Errorf("%s, who was in: %v", p.nick, err)
			over = true
		}
		_ = c.Quit(ctx, "") // it may be gone
		_ = c.Close()
	}
}

// come tries until it is in.
func (p *regular) come(ctx context.Context) (*client.Client, error) {
	pause := client.Backoff{Min: 100 * time.Millisecond, Max: 2 * time.Second}
	for {
		p.tries++
		c, err := p.dial(ctx, false)
		if err == nil || ctx.Err() != nil {
			return c, err
		}
		select {
		case <-time.After(pause.Next()):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// stay talks until it is time to go, or to end.
func (p *regular) stay(ctx context.Context, c *client.Client, end <-chan struct{}) (over bool, err error) {
	if _, err := c.Join(ctx, "#regulars", ""); err != nil {
		return true, err
	}
	for range postsOfAStay {
		began := time.Now()
		text := fmt.Sprint(p.nick, " ", len(p.posts))
		receipt, err := c.Post(ctx, "#regulars", text, "")
		if err != nil {
			return true, err
		}
		if got := receipt.Echo.Param(1); got != text {
			return true, fmt.Errorf("the echo of %q is %q", text, got)
		}
		p.posts = append(p.posts, time.Since(began))
		select {
		case <-end:
			return true, nil
		case <-time.After(50 * time.Millisecond):
		}
	}
	return false, nil
}

// plain is the address of the listener without TLS, which comes last.
func (s *server) plain(t testing.TB) string {
	t.Helper()
	for line := range strings.Lines(s.Log()) {
		var entry struct {
			Message string
			Listen  []string
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "ready" {
			return entry.Listen[len(entry.Listen)-1]
		}
	}
	t.Fatalf("not ready\n%s", s.Log())
	return ""
}

// statusOf reads a size in KiB from /proc/PID/status.
func statusOf(t testing.TB, pid int, name string) int {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			n, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no " + name)
	return 0
}
