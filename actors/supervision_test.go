package actors_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/room"
)

// crowd lets ann, bob and the guest cid into #green and #blue, and begins a
// conversation of ann and bob.
func (s *server) crowd() []*client {
	all := []*client{s.client("ann", true), s.client("bob", true), s.client("cid", false)}
	for _, c := range all {
		c.send("JOIN #green,#blue")
		s.rest()
	}
	for _, i := range []int{0, 2} {
		all[i].send("PRIVMSG bob :hello")
		s.rest()
	}
	for _, c := range all {
		c.take()
	}
	return all
}

// traffic has everybody say something in each place, again and again, and
// calls fault in the middle of it.
func (s *server) traffic(all []*client, fault func()) {
	for round := range 24 {
		for i, c := range all {
			where := []string{"#green", "#blue", all[(i+1)%2].nick}[round%3]
			c.ask(fmt.Sprintf("PRIVMSG %s :%s-%d", where, c.nick, c.labels))
		}
		s.pass(time.Millisecond)
		if round == 8 {
			fault()
		}
	}
	s.rest()
}

// truthful checks that what was said is stored once if it was acknowledged,
// and not at all if it was refused.
func (s *server) truthful(c *client) {
	s.t.Helper()
	stored := map[string]int{}
	s.store.set(func() {
		for _, log := range s.store.logs {
			for _, r := range log {
				stored[r.Text]++
			}
		}
	})
	for i, label := range c.asked {
		text := fmt.Sprintf("%s-%d", c.nick, c.labels-len(c.asked)+i)
		answer := strings.Join(c.answers(label), "")
		unknown := strings.Contains(answer, " FAIL PRIVMSG UNKNOWN ")
		if n := stored[text]; n > 1 || strings.HasSuffix(answer, text) != (n == 1) && !unknown {
			s.t.Errorf("%s is stored %d times, and was answered %q", text, n, answer)
		}
	}
}

// whole checks that everybody is in both rooms and is heard everywhere.
func (s *server) whole(all []*client) {
	s.t.Helper()
	for _, c := range all {
		c.take()
	}
	for _, c := range all {
		c.send("PRIVMSG #green :green of "+c.nick, "PRIVMSG #blue :blue of "+c.nick)
	}
	all[0].send("PRIVMSG bob :for bob")
	s.rest()
	for _, c := range all {
		for _, other := range all {
			for _, text := range []string{" #green :green of ", " #blue :blue of "} {
				if n := c.count(text + other.nick); n != 1 {
					s.t.Errorf("%s was shown%s%s %d times", c.nick, text, other.nick, n)
				}
			}
		}
	}
	if n := all[1].count(" bob :for bob"); n != 1 {
		s.t.Errorf("bob was told %d times", n)
	}
}

// fall is an actor that crashes, and what that may touch.
type fall struct {
	who   string
	again []string // those that have started once more: itself, and the children that it makes
	may   []string // beginnings of names, or of ids, of those that may come and go; the rest stays as it is
	lost  []string // whose connections end
	limit room.Limits
}

const (
	houses = "$1/registry/" // rooms and users
	conns  = "$1/net/conn-"
)

// ofBob and ofCid are what may end with their connections.
var (
	ofBob = []string{"conn bob", "user bob", "room ann bob", "room bob ~"}
	ofCid = []string{"conn cid", "user cid", "room bob ~"}
)

var everybody = []string{"ann", "bob", "cid"}

var falls = []fall{
	{who: "storage", again: []string{"storage", "journal", "records"}},
	{who: "journal", again: []string{"journal"}},
	{who: "records", again: []string{"records"}},
	{who: "registry", again: []string{"registry"}, may: []string{houses, conns}, lost: everybody},
	{who: "room #green", again: []string{"room #green"}},
	{who: "room ann bob", again: []string{"room ann bob"}},
	{who: "relay", may: []string{"relay-"}, limit: room.Limits{RelayAt: 1, RelaySize: 2}},
	{who: "user ann", again: []string{"user ann"}},
	{who: "user cid", again: []string{"user cid"}},
	{who: "account", again: []string{"account"}},
	{who: "net", again: []string{"net", "listener-0"}, may: []string{houses, conns}, lost: everybody},
	{who: "listener-0", again: []string{"listener-0"}},
	{who: "conn bob", may: ofBob, lost: []string{"bob"}},
	{who: "conn cid", may: ofCid, lost: []string{"cid"}},
}

// TestOnlyWhatFailsIsRestarted: every kind of actor of the tree crashes once,
// under traffic. It comes back, with what it is made of; nobody else has
// started again, or has another PID; connections live on unless they belong to
// it. Each question has one answer, which is true; and afterwards everybody is
// in the rooms where they were.
func TestOnlyWhatFailsIsRestarted(t *testing.T) {
	for _, f := range falls {
		t.Run(f.who, func(t *testing.T) {
			serve(t, func(s *server) { s.limits = f.limit }, func(s *server) {
				all := s.crowd()
				if f.who == "relay" {
					all[0].send("PRIVMSG #green :so that there is one")
					s.rest()
				}
				before, again := s.census.Starts(), map[string]bool{}
				for _, name := range f.again {
					again[s.pid(name).Id] = true
				}
				s.traffic(all, func() { s.crash(f.who) })
				s.ended(all, f.lost)
				s.pass(timeouts)
				s.compare(before, again, s.ids(f.may))
				for _, c := range all {
					c.answered()
					if !c.ended() {
						s.truthful(c)
					}
				}
				s.comeBack(all)
				s.whole(all)
				if len(s.fatals) > 0 {
					t.Errorf("fatal: %v", s.fatals)
				}
			})
		})
	}
}

// timeouts is longer than a connection waits for any answer.
const timeouts = 40 * time.Second

// ended checks whose connections have ended, and that no actor of those is
// left.
func (s *server) ended(all []*client, lost []string) {
	s.t.Helper()
	starts := s.census.Starts()
	for _, c := range all {
		want, live := slices.Contains(lost, c.nick), starts[s.pid("conn "+c.nick).Id] > 0
		if c.ended() != want || live == want {
			s.t.Errorf("the connection of %s has ended: %v, its actor lives: %v", c.nick, c.ended(), live)
		}
	}
}

// comeBack connects whoever has lost the connection. A guest is remembered
// nowhere.
func (s *server) comeBack(all []*client) {
	s.t.Helper()
	for _, c := range all {
		if !c.ended() {
			continue
		}
		c.again()
		if !c.account {
			c.send("JOIN #green,#blue")
			s.rest()
		}
	}
}

// ids are the beginnings, and the ids of who has been seen under such a name.
func (s *server) ids(beginnings []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Clone(beginnings)
	for name, pid := range s.pids {
		if slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(name, b) }) {
			ids = append(ids, pid.Id)
		}
	}
	return ids
}

// compare checks that those of again have started once more, and nobody else
// but those who may.
func (s *server) compare(before map[string]int, again map[string]bool, may []string) {
	s.t.Helper()
	free := func(id string) bool {
		return slices.ContainsFunc(may, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
	}
	after := s.census.Starts()
	for id, n := range before {
		want := n
		if again[id] {
			want++
		}
		if got := after[id]; got != want && (again[id] || !free(id)) {
			s.t.Errorf("%s had started %d times, and now %d, want %d", id, n, got, want)
		}
	}
	for id := range after {
		if before[id] == 0 && !free(id) {
			s.t.Errorf("%s is new", id)
		}
	}
}
