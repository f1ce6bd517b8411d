package prove

import (
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// view is what one session was shown of a place, from when it came in until it
// left or was cut: a piece of the history without a gap.
type view struct {
	session string
	in      *place
	entered time.Duration // what is sent later must be seen
	left    time.Duration // 0: still there

	first, last uint64          // sequence numbers
	at          []uint32        // when, in ms + 1 after the ledger's zero; by number after first
	again       map[uint64]bool // echoes of what was sent again: they come when they are asked for
	missed      map[uint64]bool // breaches that were found at once
}

// never is a moment that does not come.
const never = time.Duration(1<<63 - 1)

// enter opens a view. sure is false while it is not known that the session is
// in: then certain has to be called.
func (l *ledger) enter(session string, in *place, sure bool) *view {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &view{session: session, in: in, entered: never}
	if sure {
		v.entered = l.now()
	}
	in.views = append(in.views, v)
	return v
}

// certain: from now on all is to be seen.
func (l *ledger) certain(v *view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if v.entered == never {
		v.entered = l.now()
	}
}

func (l *ledger) leave(v *view) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v.left = l.now()
}

// sighting is a line as a session reads it.
type sighting struct {
	session  string
	from     string
	text, id string
	labelled bool // the answer to what the session sent itself
}

// saw notes a line that was shown live. v is nil when the session is not in
// that place.
func (l *ledger) saw(v *view, in *place, s sighting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deliveries++
	p := l.find(s.text, s.from, in)
	if p == nil || len(p.tries) == 0 {
		l.breach(shown, in, 0, "%s was shown at %s in %s what nobody has said: <%s> %.60q", s.session, l.clock(l.now()), in.name, s.from, s.text)
		return
	}
	seq, ok := l.identify(in, p, s.id, s.session)
	if !ok {
		return
	}
	l.checked(refusedNowhere, 1)
	if p.fate() == refused {
		l.breach(refusedNowhere, in, seq, "%s was refused (%s), and shown to %s at %s",
			p, p.tries[len(p.tries)-1].why, s.session, l.clock(l.now()))
	}
	again := s.labelled && len(p.tries) > 1
	switch {
	case v != nil:
		l.place(v, seq, p, again)
	case !again:
		l.breach(shown, in, seq, "%s was shown to %s, who was not there", p, s.session)
	}
}

// place puts a line where the view has it. The answer to what was sent again
// comes out of order: others have seen it when it was stored.
func (l *ledger) place(v *view, seq uint64, p *post, again bool) {
	if again {
		if v.again == nil {
			v.again = map[uint64]bool{}
		}
		v.again[seq] = true
		return
	}
	l.checked(ordered, 1)
	switch {
	case v.sees(seq) != 0:
		l.breach(shown, v.in, seq, "%s was shown %s twice: at %s and at %s", v.session, p, l.clock(v.sees(seq)), l.clock(l.now()))
		return
	case v.last != 0 && seq < v.last:
		l.breach(ordered, v.in, seq, "%s was shown %s (%s) after %s (%s)", v.session,
			p, l.id(v.in, seq), l.posts[v.in.lines[v.last]], l.id(v.in, v.last))
		return
	}
	if v.last == 0 {
		v.first = seq
	}
	l.passedOver(v, seq)
	v.last = seq
	for uint64(len(v.at)) <= seq-v.first {
		v.at = append(v.at, 0)
	}
	v.at[seq-v.first] = uint32(l.now().Milliseconds()) + 1
}

// passedOver looks for messages that others have been shown by now, between
// the last one of the view and the next: they will not come any more.
func (l *ledger) passedOver(v *view, next uint64) {
	for seq := v.last + 1; v.last != 0 && seq < next; seq++ {
		no, known := v.in.lines[seq]
		if known && !v.again[seq] {
			if v.missed == nil {
				v.missed = map[uint64]bool{}
			}
			v.missed[seq] = true
			l.breach(shown, v.in, seq, "%s was not shown to %s, who saw what was said before and after it", l.posts[no], v.session)
		}
	}
}

// sees is when a message was seen; 0: it was not.
func (v *view) sees(seq uint64) time.Duration {
	if v.last == 0 || seq < v.first || seq > v.last || v.at[seq-v.first] == 0 {
		return 0
	}
	return time.Duration(v.at[seq-v.first]-1)*time.Millisecond + 1
}

// fence is what must have been seen when a PONG comes.
type fence struct {
	v    *view
	want mark
	sent time.Duration
}

// fences are taken before a PING is sent: all that has been acknowledged by
// then is in the mailbox of each member, so that the PONG comes behind it.
func (l *ledger) fences(views []*view) []fence {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []fence
	for _, v := range views {
		if v.in.top.seq > 0 {
			all = append(all, fence{v, v.in.top, l.now()})
		}
	}
	return all
}

// passed is called when the PONG has come.
func (l *ledger) passed(all []fence) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range all {
		v, seq := f.v, f.want.seq
		if v.left != 0 {
			continue
		}
		l.checked(shown, 1)
		bound := v.last != 0 || f.want.call > v.entered
		if bound && seq > v.last && !v.again[seq] {
			l.breach(shown, v.in, seq, "%s was acknowledged before %s sent a PING at %s, and not shown to them when the PONG came at %s",
				l.posts[v.in.lines[seq]], v.session, l.clock(f.sent), l.clock(l.now()))
		}
	}
}

func (l *ledger) id(in *place, seq uint64) journal.ID { return journal.ID{Room: in.no, Seq: seq} }

// read notes what the newest message of a place was; none for an empty place.
func (l *ledger) read(in *place, r reading, e entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e != (entry{}) {
		p := l.find(e.text, e.from, in)
		if p == nil {
			l.breach(stored, in, 0, "%s read in the history of %s what nobody has said: %s", r.by, in.name, e)
			return
		}
		seq, ok := l.identify(in, p, e.id, r.by)
		if !ok {
			return
		}
		r.newest = seq
	}
	in.reads = append(in.reads, r)
}

// pairName is what the conversation of two accounts is called here.
func pairName(a, b string) string {
	if strings.Compare(a, b) > 0 {
		a, b = b, a
	}
	return a + "+" + b
}
