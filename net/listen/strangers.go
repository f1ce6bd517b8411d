package listen

import (
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/conn"
)

// Strangers are connections that have not said who they are. There are few of
// them at a time, and when there are as many as there may be, a new one takes
// the place of one that is there. So who only wants to hold places has to win
// each of them again and again, and who has come to log in needs no more than
// to be quick. One gives way, in this order:
//
//   - nobody whose password is being looked at: it waits for us;
//   - nobody who has said something, if only the beginning of a handshake, while
//     there are others who had time to;
//   - nobody from where somebody has logged in, while there are others;
//   - one from where most of them come;
//   - of these, one of the older half, drawn by lot: the newest are safe, and a
//     rush that is more than we can serve still lets some in.

// knownSources is how many places are remembered that somebody has logged in
// from.
const knownSources = 4096

// helloWithin is how long it may take until the first word of somebody who has
// come to talk. On a machine under load it is read late, but it is there.
const helloWithin = 2 * time.Second

const giveWay = "Too many connections at once; try again in a moment"

func (n *network) addStranger(it *member) {
	it.stranger = true
	n.strangers = append(n.strangers, it)
	if it.from != nil {
		it.from.strangers++
	}
}

func (n *network) noStranger(it *member) {
	if !it.stranger {
		return
	}
	it.stranger, it.sock = false, nil
	i := slices.Index(n.strangers, it)
	n.strangers = slices.Delete(n.strangers, i, i+1)
	if it.from != nil {
		it.from.strangers--
	}
}

// makeRoom tells a stranger to give way; only: one from there. It is false when
// there is none.
func (n *network) makeRoom(ctx actor.Context, only *source) bool {
	worst := n.burdens(only)
	if len(worst) == 0 || over(n.leaving, n.cfg.Strangers) {
		return false
	}
	it := worst[rand.IntN((len(worst)+1)/2)]
	n.noStranger(it)
	it.leaving = true
	n.leaving++
	if it.from != nil {
		it.from.conns--
	}
	ctx.Send(it.pid, conn.GiveWay{Reason: giveWay})
	return true
}

// burdens are the strangers of whom one is to give way, the oldest first.
func (n *network) burdens(only *source) []*member {
	worst, most := n.worst[:0], 0
	late := time.Now().Add(-helloWithin)
	for _, it := range n.strangers {
		if it.waiting || only != nil && it.from != only {
			continue
		}
		weight := it.from.weight()
		if it.mute && it.came.Before(late) {
			weight += mostMute
		}
		if weight > most {
			worst, most = worst[:0], weight
		}
		if weight == most {
			worst = append(worst, it)
		}
	}
	n.worst = worst
	return worst
}

// mostMute is more than anybody else weighs.
const mostMute = 1 << 30

// heard: a connection is no longer mute.
func (n *network) heard(sock net.Conn) {
	if i := slices.IndexFunc(n.strangers, func(it *member) bool { return it.sock == sock }); i >= 0 {
		n.strangers[i].mute = false
	}
}

func (n *network) speaking(m conn.Speaking) {
	if it := n.conns[m.Conn.Id]; it != nil {
		it.mute = false
	}
}

// weight is how much a stranger from there is in the way of others.
func (s *source) weight() int {
	if s == nil || s.known {
		return 0
	}
	return s.strangers
}

// loggingIn hears of a stranger who waits for us, or does not any more.
func (n *network) loggingIn(m conn.LoggingIn) {
	if it := n.conns[m.Conn.Id]; it != nil {
		it.waiting = m.Waiting
	}
}

// remember prefers whoever comes from there, from now on.
func (n *network) remember(from *source) {
	if from.known {
		return
	}
	from.known = true
	n.friends = append(n.friends, from)
	if len(n.friends) > knownSources {
		first := n.friends[0]
		n.friends = slices.Delete(n.friends, 0, 1)
		first.known = false
		n.forget(first)
	}
}
