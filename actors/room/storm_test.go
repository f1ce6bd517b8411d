package room_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

const seeds = 200

// storm lets people do things at random, with the journal failing now and
// then, and returns when everything has come to rest.
func (w *world) storm(pid *actor.PID, steps int) {
	rng := w.s.Rand()
	for i, nick := range []string{"ann", "bob", "cid", "dee", "eve", "fay"} {
		classes := [][]room.Class{{plain, modern}, {talker}, {modern}, {plain, plain, talker}, {plain}, {modern, talker}}[i]
		w.person(nick, i%2 == 0, classes...)
	}
	for range steps {
		w.act(rng, pid, w.people[rng.IntN(len(w.people))])
		for range rng.IntN(12) {
			w.s.Turn()
		}
		w.idle()
	}
	w.s.Run()
}

func (w *world) act(rng *rand.Rand, pid *actor.PID, p *person) {
	c := p.conns[rng.IntN(len(p.conns))]
	other := w.people[rng.IntN(len(w.people))]
	send := func(m any) { w.sys.Root.Send(pid, m) }
	switch n := rng.IntN(100); {
	case n < 50:
		m := p.post(pid, c, fmt.Sprint("text", rng.IntN(1000)))
		if n < 5 { // sent again, as after a time-out
			m.Ticket, m.ClientID = c.ticket(), fmt.Sprint(p.profile.ID, rng.IntN(3))
			send(m)
		}
	case n < 68:
		send(room.Join{Ticket: c.ticket(), Member: p.member()})
	case n < 74:
		send(room.Leave{Ticket: c.ticket(), User: p.pid, Kind: journal.Part, Reason: "bye"})
	case n < 79:
		send(room.Kick{Ticket: c.ticket(), User: p.pid, Nick: other.profile.Nick})
	case n < 83:
		send(room.SetTopic{Ticket: c.ticket(), User: p.pid, Topic: fmt.Sprint("topic", rng.IntN(1000))})
	case n < 88:
		change := []string{"+o " + other.profile.Nick, "+m", "-m", "+v " + other.profile.Nick, "-n", "+l 5"}[rng.IntN(6)]
		send(room.SetModes{Ticket: c.ticket(), User: p.pid, Changes: parse([]string{change})})
	case n < 92:
		send(room.Roster{Ticket: c.ticket(), User: p.pid})
	case n < 95:
		send(room.History{Ticket: c.ticket(), User: p.pid})
	default:
		w.rename(pid, p, rng)
	}
}

func (w *world) rename(pid *actor.PID, p *person, rng *rand.Rand) {
	if !p.in {
		return
	}
	old := p.profile
	p.profile.Nick = old.Nick[:3] + strconv.Itoa(rng.IntN(100))
	w.sys.Root.Send(pid, room.ProfileChanged{User: p.pid, Profile: p.profile, Once: 1, Event: room.Event{
		Profile: old,
		Record: journal.Record{
			Kind: journal.Rename, Subject: p.profile.Nick,
			Author: journal.Author{ID: old.ID, Nick: old.Nick},
		},
	}})
}

// audit checks what one session was sent: only what is stored, in the order of
// the log, each once, nothing left out between coming and going.
func (c *conn) audit(t *testing.T, who string, stored []string, gaps bool) {
	t.Helper()
	a := auditor{conn: c, stored: stored, gaps: gaps}
	for _, m := range c.probe.Got {
		a.take(m)
	}
	if a.inside && c.class != talker && a.known && a.last != len(stored) && !gaps {
		a.fault("ends at %d of %d", a.last, len(stored))
	}
	for _, f := range a.faults {
		t.Errorf("%s, class %d: %s", who, c.class, f)
	}
	for ref := uint64(1); ref <= c.refs; ref++ {
		if got := c.answers()[ref]; len(got) != 1 {
			t.Errorf("%s: question %d has %d answers: %v", who, ref, len(got), got)
		}
	}
}

type auditor struct {
	*conn
	stored []string
	gaps   bool
	inside bool
	known  bool // last is known: the log has been seen from there
	last   int
	echoes map[uint64]bool
	faults []string
}

func (a *auditor) fault(format string, args ...any) {
	a.faults = append(a.faults, fmt.Sprintf(format, args...))
}

func (a *auditor) take(m any) {
	switch m := m.(type) {
	case *room.Lines:
		for line := range strings.Lines(string(m.Bytes)) {
			if want := fmt.Sprint(a.class, " "); !strings.HasPrefix(line, want) {
				a.fault("was sent a line of another class: %q", line)
			}
			if !a.inside {
				a.fault("was shown %q outside", line)
			}
			a.line(strings.TrimSuffix(line[2:], "\n"))
		}
	case room.Echo:
		if a.echoes == nil {
			a.echoes = map[uint64]bool{}
		}
		a.echoes[m.Ref] = true
		if a.inside && int(m.Event.Record.Seq) > a.last {
			a.line(show(m.Event))
		} else if int(m.Event.Record.Seq) > len(a.stored) {
			a.fault("echo of what is not stored: %q", show(m.Event))
		}
	case room.Accepted:
		if !a.echoes[m.Ref] {
			a.fault("accepted %d before its echo", m.Ref)
		}
	case room.Entered:
		if m.Again {
			if !a.inside {
				a.fault("entered again from outside")
			}
			return
		}
		if a.inside {
			a.fault("entered twice")
		}
		a.inside = true
		a.last = int(m.Event.Record.Seq)
		a.known = a.last > 0
	case room.Expelled:
		// Twice, when an Attach meant for an incarnation that failed comes
		// after the end.
		a.inside = false
	}
}

func (a *auditor) line(line string) {
	number, _, _ := strings.Cut(line, " ")
	seq, err := strconv.Atoi(number)
	switch {
	case err != nil:
		a.fault("unreadable %q", line)
	case seq == 0: // unrecorded
	case seq > len(a.stored) || a.stored[seq-1] != line:
		a.fault("was shown %q, which is not stored", line)
	case a.known && seq <= a.last:
		a.fault("was shown %d after %d", seq, a.last)
	case a.known && a.class != talker && seq != a.last+1 && !a.gaps:
		a.fault("was shown %d after %d: something is missing", seq, a.last)
	default:
		a.known, a.last = true, seq
	}
}

func (w *world) audit(t *testing.T, gaps bool) {
	t.Helper()
	stored := w.disk.stored()
	for _, p := range w.people {
		for i, c := range p.conns {
			c.audit(t, fmt.Sprint(p.profile.ID, " ", i), stored, gaps)
		}
	}
}

// TestRoomShowsOnlyWhatIsStored: under any schedule, with a journal that
// refuses one commit in seven, each session sees the log and nothing else, in
// its order, from its JOIN to its end, and every question has one answer.
func TestRoomShowsOnlyWhatIsStored(t *testing.T) {
	sys := actortest.System(t)
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			w := newWorld(t, seed, on(sys), func(w *world) { w.disk.fail = 0.15 })
			w.storm(w.start(), 120)
			w.audit(t, false)
		})
	}
}

// TestRelaysKeepOrderAndCompleteness: the same with relays, which sessions
// move to when the room becomes large, and which it loses again and again.
func TestRelaysKeepOrderAndCompleteness(t *testing.T) {
	for _, test := range []struct {
		name string
		p    float64
	}{{"sound", 0}, {"failing", 0.03}} {
		t.Run(test.name, func(t *testing.T) {
			sys := actortest.System(t)
			relayed := 0
			for seed := range uint64(seeds) {
				t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
					faults := faultyRelays(rand.New(rand.NewPCG(seed, 1)), test.p, &relayed)
					w := newWorld(t, seed, on(sys), relays, under(actortest.NewSchedule(seed, faults)))
					w.storm(w.start(), 120)
					w.audit(t, false)
				})
			}
			if relayed == 0 {
				t.Error("no relay has done anything")
			}
		})
	}
}

func relays(w *world) { w.cfg.Limits.RelayAt, w.cfg.Limits.RelaySize = 2, 2 }

// faultyRelays makes relays fail before a packet, though never two at one.
func faultyRelays(rng *rand.Rand, p float64, relayed *int) actor.PropsOption {
	failed := map[any]bool{}
	return actor.WithReceiverMiddleware(func(next actor.ReceiverFunc) actor.ReceiverFunc {
		return func(ctx actor.ReceiverContext, e *actor.MessageEnvelope) {
			if fmt.Sprintf("%T", e.Message) == "*room.packet" {
				*relayed++
				if rng.Float64() < p && !failed[e.Message] {
					failed[e.Message] = true
					panic(actortest.Injected{Site: "relay"})
				}
			}
			next(ctx, e)
		}
	})
}

// stored is the log as sessions are shown it.
func (d *disk) stored() []string {
	var lines []string
	for _, r := range d.log {
		lines = append(lines, show(room.Event{Record: r}))
	}
	return lines
}

func said(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.Contains(l, " MSG ") })
}
