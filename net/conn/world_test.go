package conn_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/registry"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
	"github.com/greenroom-chat/greenroom/net/conn"
)

// world is a server without sockets and disk: the real actors, a store in
// memory, and clients on net.Pipe. It lives in a synctest bubble.
type world struct {
	t     *testing.T
	sys   *actor.ActorSystem
	cfg   conn.Config
	store *store
	top   *actor.PID
	house *house // nil: there is no net between top and the connections

	clients []*client
	mu      sync.Mutex
	ended   []conn.Ended
	fault   string        // "room" or "user": the next use of its tool panics
	hashing time.Duration // what looking at a password takes
}

// strike panics if that is whose turn it is, once.
func (w *world) strike(whom string) {
	w.mu.Lock()
	hit := w.fault == whom
	if hit {
		w.fault = ""
	}
	w.mu.Unlock()
	if hit {
		panic(actortest.Injected{Site: whom})
	}
}

func (w *world) arm(whom string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = whom
}

// encode is used by rooms only, now by users mostly.
func (w *world) encode(dst []byte, class room.Class, e room.Event) []byte {
	w.strike("room")
	return conn.Encode(dst, class, e)
}

func (w *world) now() time.Time {
	w.strike("user")
	return time.Now()
}

// top is the parent of all: connections stop at their first failure, and what
// the registry tells its parent goes nowhere.
type top struct {
	w     *world
	ready chan struct{}
}

type newConn struct {
	cfg  *conn.Config
	sock net.Conn
	got  chan<- *actor.PID
}

func (p *top) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		w, l := p.w, p.w.cfg.Limits // what is told is what is in force
		keeper := ctx.Spawn(supervise.Props(func() actor.Actor { return w.store }))
		w.cfg.Records = keeper
		w.cfg.Registry = ctx.Spawn(registry.Props(registry.Config{
			Records: keeper, Journal: keeper, Encode: w.encode, Now: w.now,
			Limits: registry.Limits{Nick: l.Nick, RoomName: l.Channel},
			Room:   room.Limits{Topic: l.Topic, Kick: l.Kick, List: l.ListEntries},
			User:   user.Limits{Rooms: l.Rooms},
		}))
		w.cfg.Account = ctx.Spawn(supervise.Props(account.New(account.Config{
			Records: keeper, Registry: w.cfg.Registry, TestHash: true, WeakPasswords: true, Workers: 1, Throttle: true, Scram: w.cfg.Scram,
			Operators: []account.Operator{{Name: "admin", Password: "sesame"}},
			Run:       w.hash,
		})))
		if w.house != nil {
			ctx.Spawn(w.house.props(w))
		}
	case registry.Ready:
		close(p.ready)
	case actors.NetReady:
		p.w.house.ready <- m.Addrs
	case newConn:
		m.got <- ctx.Spawn(conn.Props(m.cfg, m.sock, actortest.PanicOn(actortest.Is[crash], 1, actortest.Before)))
	}
}

// crash makes a connection panic.
type crash struct{}

// hash looks at a password in a goroutine that ends when that is done.
func (w *world) hash(sys *actor.ActorSystem, self *actor.PID, work func() any, failed func(error) any) {
	w.mu.Lock()
	pause := w.hashing
	w.mu.Unlock()
	time.AfterFunc(pause, func() { supervise.Work(sys, self, work, failed) })
}

func (w *world) hashTakes(pause time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hashing = pause
}

// within runs the test in a bubble, in a world of its own.
func within(t *testing.T, change func(*conn.Config), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { inWorld(t, change, nil, test) })
}

// inWorld is within without the bubble; h, if any, is what people come through.
func inWorld(t *testing.T, change func(*conn.Config), h *house, test func(w *world)) {
	t.Helper()
	w := &world{t: t, sys: actortest.System(t), cfg: conn.Defaults(), store: newStore(), house: h}
	w.cfg.Server, w.cfg.Version = "irc.test", "greenroom-test"
	w.cfg.Started = time.Now()
	w.cfg.Rate = 0
	var ids atomic.Int64
	w.cfg.NewID = func() string { return fmt.Sprint("E", ids.Add(1)) }
	w.cfg.Host = func(net.Addr) string { return "host.test" }
	if change != nil {
		change(&w.cfg)
	}
	w.sys.EventStream.Subscribe(func(event any) {
		if m, ok := event.(conn.Ended); ok {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.ended = append(w.ended, m)
		}
	})
	ready := make(chan struct{})
	w.top = w.sys.Root.Spawn(supervise.Props(func() actor.Actor { return &top{w, ready} },
		actor.WithSupervisor(supervise.Stopping())))
	<-ready
	if h != nil {
		h.addrs = <-h.ready
	}
	defer w.end() // also after a Fatal, or the bubble would hang
	test(w)
}

func (w *world) end() {
	for _, c := range w.clients {
		c.sock.Close()
		c.unstall()
	}
	if err := supervise.StopTree(w.sys, w.top, time.Minute); err != nil {
		w.t.Error(err)
	}
	if left := supervise.Live(w.sys); left > 0 {
		w.t.Errorf("%d actors are left", left)
	}
}

// client is the other end of a connection. It reads all the time, unless it is
// stalled.
type client struct {
	w    *world
	name string
	sock net.Conn
	far  *counted
	pid  *actor.PID

	mu     sync.Mutex
	lines  []string
	reads  int // of at least one line each
	ended  bool
	resume chan struct{} // not nil: stalled
}

// counted counts the writes of the server to a client.
type counted struct {
	net.Conn
	mu     sync.Mutex
	writes int
}

func (c *counted) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.writes++
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (w *world) writes(c *client) int {
	synctest.Wait()
	c.far.mu.Lock()
	defer c.far.mu.Unlock()
	return c.far.writes
}

func (w *world) dial(name string) *client {
	near, far := net.Pipe()
	return w.dialOn(name, near, far)
}

func (w *world) dialOn(name string, near, far net.Conn) *client {
	c := &client{w: w, name: name, sock: near, far: &counted{Conn: far}}
	if _, secure := far.(*tls.Conn); !secure {
		far = c.far
	}
	got := make(chan *actor.PID, 1)
	cfg := w.cfg // a test may change it for the next connection
	w.sys.Root.Send(w.top, newConn{&cfg, far, got})
	c.pid = <-got
	return w.attend(c)
}

// attend reads what the client is told.
func (w *world) attend(c *client) *client {
	w.clients = append(w.clients, c)
	go c.read()
	synctest.Wait()
	return c
}

// read ends when the connection does.
func (c *client) read() {
	var rest string
	buf := make([]byte, 64<<10)
	for {
		n, err := c.sock.Read(buf)
		rest += string(buf[:n])
		parts := strings.Split(rest, "\r\n")
		rest = parts[len(parts)-1]
		c.mu.Lock()
		c.lines = append(c.lines, parts[:len(parts)-1]...)
		c.reads++
		c.ended = c.ended || err != nil
		wait := c.resume
		c.mu.Unlock()
		if err != nil {
			return
		}
		if wait != nil {
			<-wait
		}
	}
}

// stall makes the client read no more after the next piece.
func (c *client) stall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resume = make(chan struct{})
}

func (c *client) unstall() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.resume != nil {
		close(c.resume)
		c.resume = nil
	}
}

// raw writes bytes. The server may refuse to read them all.
func (c *client) raw(text string) {
	go c.sock.Write([]byte(text)) // ends when read, or when the pipe closes
	synctest.Wait()
}

// send writes lines and returns what they brought this client, at once.
func (c *client) send(lines ...string) []string {
	c.raw(strings.Join(lines, "\r\n") + "\r\n")
	return c.take()
}

// take returns the lines since the last call.
func (c *client) take() []string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines
	c.lines = nil
	return lines
}

func (c *client) closed() bool {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// wants fails the test unless one of the lines holds the text.
func wants(t *testing.T, lines []string, text string) {
	t.Helper()
	for _, l := range lines {
		if strings.Contains(l, text) {
			return
		}
	}
	t.Errorf("no line holds %q:\n%s", text, strings.Join(lines, "\n"))
}

// lacks fails the test if one of the lines holds the text.
func lacks(t *testing.T, lines []string, text string) {
	t.Helper()
	for _, l := range lines {
		if strings.Contains(l, text) {
			t.Errorf("a line holds %q: %s", text, l)
		}
	}
}

// guests lets people in without an account.
func guests(cfg *conn.Config) { cfg.AccountRequired = false }

// person connects with the capabilities and signs in as a guest.
func (w *world) person(nick, caps string) *client {
	w.t.Helper()
	c := w.dial(nick)
	got := c.send("CAP REQ :"+caps, "NICK "+nick, "USER "+nick+" 0 * :"+nick+" Person", "CAP END")
	wants(w.t, got, " 001 "+nick+" ")
	return c
}

// member registers an account of that name and signs in with it.
func (w *world) member(nick, caps string) *client {
	w.t.Helper()
	c := w.dial(nick)
	got := c.send("CAP REQ :"+caps, "NICK "+nick, "USER "+nick+" 0 * :"+nick+" Person",
		"REGISTER * * "+password(nick), "CAP END")
	wants(w.t, got, "REGISTER SUCCESS "+nick)
	wants(w.t, got, " 001 "+nick+" ")
	return c
}

func password(nick string) string { return fmt.Sprintf("correct-%s-battery", nick) }

// again connects once more with the account of nick.
func (w *world) again(name, nick, caps string) *client {
	w.t.Helper()
	c := w.dial(name)
	got := c.send("CAP REQ :sasl "+caps, "NICK "+nick, "USER "+nick+" 0 * :"+nick+" Person",
		"AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", nick, password(nick)), "CAP END")
	wants(w.t, got, " 903 ")
	wants(w.t, got, " 001 "+nick+" ")
	return c
}

// plain is a response of SASL PLAIN.
func plain(authzid, authcid, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(authzid + "\x00" + authcid + "\x00" + password))
}

// pieces is how many pieces a client has read.
func (w *world) pieces(c *client) int {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}
