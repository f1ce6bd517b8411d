package conn_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// scripted are the bytes that each client of a golden script sends, and whether the
// script has signed it in before.
func scripted(f *testing.F) (raw map[string]string, in map[string]bool) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no scripts", err)
	}
	raw, in = map[string]string{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSuffix(line, "\n")
			if words := strings.Fields(line); strings.HasPrefix(line, "! ") && len(words) > 2 {
				in[file+words[2]] = true
			}
			name, sent, ok := strings.Cut(line, "> ")
			if !ok || strings.ContainsAny(name, "<! #") {
				continue
			}
			if bytes, err := strconv.Unquote(sent); err == nil {
				raw[file+name] += bytes
			} else {
				raw[file+name] += sent + "\r\n"
			}
		}
	}
	return raw, in
}

// holding counts what a pool holds; see conn.Pool.
type holding struct {
	mu         sync.Mutex
	held, most int
}

func (p *holding) add(n int) (held, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held += n
	p.most = max(p.most, p.held)
	return p.held, 1 << 20
}

// mostPieces bounds how often the world has to come to rest in one run.
const mostPieces = 64

// FuzzConnection: whatever bytes a client sends, in whatever pieces, nothing
// panics; each line that it or anybody else is told is one of IRC, whole and no
// longer than it may be; what waits is bounded and let go; and the others are
// served as before.
func FuzzConnection(f *testing.F) {
	raw, in := scripted(f)
	for who, bytes := range raw {
		f.Add([]byte(bytes), in[who], uint16(len(bytes)))
	}
	f.Add([]byte("NICK \xff\r\nUSER \x00 0 * :\xed\xa0\x80\r\nJOIN #green\r\nPRIVMSG #green :\xc3\r\n"), false, uint16(1))
	f.Add([]byte("\xff\r\n@label=\xff PING \xff\r\n@label=a\x00 PING \x00\r\n"), true, uint16(100))
	f.Add([]byte("@label="+strings.Repeat("x", 70)+";+draft/a=\\:\\s;time=1 PRIVMSG ann,#green :a\rb\r\n"), true, uint16(7))
	f.Add([]byte("PRIVMSG #green :\U0001F980\r\nTOPIC #green :"+strings.Repeat("ü", 300)+"\r\nAWAY :\x01\r\n"), true, uint16(3))
	f.Fuzz(func(t *testing.T, sent []byte, signedIn bool, piece uint16) {
		if len(sent) > 64<<10 {
			return
		}
		var output, commands holding
		change := func(cfg *conn.Config) {
			guests(cfg)
			cfg.Output, cfg.Commands = output.add, commands.add
		}
		within(t, change, func(w *world) {
			w.sys.EventStream.Subscribe(func(fact any) {
				if p, ok := fact.(supervise.Panic); ok {
					t.Errorf("panic: %+v", p)
				}
			})
			ann := w.member("ann", "message-tags echo-message batch server-time labeled-response")
			ann.send("JOIN #green")
			c := w.dial("fuzz")
			if signedIn {
				c.send("CAP REQ :message-tags batch labeled-response server-time echo-message", "NICK fuzz", "USER f 0 * :f", "CAP END", "JOIN #green")
			}
			for size, rest := max(int(piece)+1, len(sent)/mostPieces), sent; len(rest) > 0; {
				n := min(size, len(rest))
				c.raw(string(rest[:n]))
				rest = rest[n:]
			}
			time.Sleep(time.Minute) // virtual: whatever was begun has ended or run out
			for _, client := range []*client{c, ann} {
				for _, line := range client.take() {
					isLine(t, client.name, line)
				}
			}
			synctest.Wait()
			if ann.closed() {
				t.Fatal("ann was cut")
			}
			wants(t, ann.send("PRIVMSG #green :still here", "PING fence"), " PONG irc.test fence")
			c.sock.Close()
			time.Sleep(goodbye)
			if output.held != 0 || commands.held != 0 || output.most > 2<<20 || commands.most > 1<<20+2*irc.MaxLine {
				t.Errorf("held at the end: output %d, commands %d; at the most %d, %d", output.held, commands.held, output.most, commands.most)
			}
		})
	})
}

// isLine fails the test unless a server may send the line.
func isLine(t *testing.T, to, line string) {
	t.Helper()
	tags, body := "", line
	if strings.HasPrefix(line, "@") {
		tags, body, _ = strings.Cut(line, " ")
	}
	switch {
	case strings.ContainsAny(line, "\r\n\x00"):
		t.Errorf("%s was told a line with a break in it: %q", to, line)
	case !utf8.ValidString(line):
		t.Errorf("%s was told what is no UTF-8: %q", to, line)
	case len(tags) > irc.MaxTagData, len(body)+len("\r\n") > irc.MaxBody:
		t.Errorf("%s was told a line with %d bytes of tags and %d more: %q", to, len(tags), len(body), line)
	}
	if _, err := irc.Parse(line, irc.FromServer); err != nil {
		t.Errorf("%s was told %q: %v", to, line, err)
	}
}
