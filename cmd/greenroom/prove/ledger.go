package prove

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// fate is what a client knows of something that it has sent.
type fate uint8

const (
	pending fate = iota
	acknowledged
	refused
	unknown // the server said so, or the connection ended first
)

// ledger is what was said, answered and seen. Clients write into it from their
// goroutines as it happens; what can be decided at once is, the rest when the
// histories have been read.
type ledger struct {
	mu       sync.Mutex
	zero     time.Time
	began    time.Duration // when the load began; times are told from there
	ended    time.Duration // and ended
	posts    []*post
	places   []*place
	verdicts map[promise]*verdict
	breached func() // told of each breach; may be nil

	interrupted func() bool // the run is being given up: what follows is blamed on nobody; may be nil

	deliveries, acked int
}

// post is one message: what was said where, and how it was received.
type post struct {
	no    int
	by    string
	in    *place
	tries []try
	seq   uint64 // as somebody was told; 0: nobody was
}

// try is one sending of a post.
type try struct {
	by        string // which session
	call, end time.Duration
	fate      fate
	why       string
}

// place is a room, or the conversation of two accounts.
type place struct {
	name  string // "#room", or both accounts as "a+b"
	pair  [2]string
	no    journal.Room   // as message ids tell it; 0: not yet
	lines map[uint64]int // sequence number to post, as first told
	views []*view
	reads []reading
	top   mark // the newest that was acknowledged

	log []uint64 // sequence numbers of the whole history, once it is read
}

// mark is an acknowledged message.
type mark struct {
	seq  uint64
	call time.Duration
}

// reading is a question for the newest message, and its answer.
type reading struct {
	by        string
	call, end time.Duration
	newest    uint64 // 0: there was none
}

func newLedger() *ledger {
	return &ledger{zero: time.Now(), verdicts: map[promise]*verdict{}}
}

func (l *ledger) now() time.Duration { return time.Since(l.zero) }

// clock is a moment as reports tell it.
func (l *ledger) clock(t time.Duration) string {
	return fmt.Sprintf("%.3fs", (t - l.began).Seconds())
}

func (l *ledger) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.began = l.now()
}

func (l *ledger) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = l.now()
}

// open adds a place.
func (l *ledger) open(name string, pair [2]string) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &place{name: name, pair: pair, lines: map[uint64]int{}}
	l.places = append(l.places, p)
	return p
}

// say begins a post; call and answer tell what becomes of it.
func (l *ledger) say(by string, in *place) *post {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &post{no: len(l.posts), by: by, in: in}
	l.posts = append(l.posts, p)
	return p
}

// call notes that the post is being sent.
func (l *ledger) call(p *post, session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.tries = append(p.tries, try{by: session, call: l.now()})
}

// answer notes the outcome of the last try. id is that of an acknowledgement.
func (l *ledger) answer(p *post, got fate, why, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := &p.tries[len(p.tries)-1]
	t.end, t.fate, t.why = l.now(), got, why
	switch got {
	case acknowledged:
		l.acked++
		l.acknowledge(p, t, id)
	case refused:
		if p.fate() == refused && p.seq != 0 {
			l.breach(refusedNowhere, p.in, p.seq, "%s was refused (%s) to %s at %s, but has been shown",
				p, why, t.by, l.clock(t.end))
		}
	}
}

func (l *ledger) acknowledge(p *post, t *try, id string) {
	seq, ok := l.identify(p.in, p, id, t.by)
	if ok && seq > p.in.top.seq {
		p.in.top = mark{seq, p.tries[0].call}
	}
}

// identify ties a message id to a post: neither has two of the other.
func (l *ledger) identify(in *place, p *post, id, who string) (seq uint64, ok bool) {
	got, err := journal.ParseID(id)
	if err != nil || got.Seq == 0 {
		l.breach(dense, in, 0, "%s was told %s with the id %q, which is none", who, p, id)
		return 0, false
	}
	if in.no == 0 {
		in.no = got.Room
	}
	if got.Room != in.no {
		l.breach(dense, in, got.Seq, "%s was told %s with the id %s of room %d; before it was %d", who, p, id, got.Room, in.no)
		return 0, false
	}
	if other, told := in.lines[got.Seq]; told && other != p.no {
		l.breach(ordered, in, got.Seq, "the id %s is that of %s for %s, and was that of %s", id, p, who, l.posts[other])
		return 0, false
	}
	if p.seq != 0 && p.seq != got.Seq {
		l.breach(p.twice(), in, got.Seq, "%s is there twice: %s was told %s, others %s (%s)",
			p, who, id, l.id(in, p.seq), strings.Join(l.tried(p), ", "))
		return 0, false
	}
	in.lines[got.Seq], p.seq = p.no, got.Seq
	return got.Seq, true
}

// twice is the promise that is broken when the post is stored twice.
func (p *post) twice() promise {
	if len(p.tries) > 1 {
		return resolved
	}
	return stored
}

// fate of all tries together: what is certain decides.
func (p *post) fate() fate {
	all := refused
	for _, t := range p.tries {
		switch t.fate {
		case acknowledged:
			return acknowledged
		case pending, unknown:
			all = unknown
		}
	}
	if len(p.tries) == 0 {
		return unknown
	}
	return all
}

// settled is when the outcome was known; never is for one that is not.
func (p *post) settled(never time.Duration) time.Duration {
	for _, t := range p.tries {
		if t.fate == acknowledged {
			return t.end
		}
	}
	return never
}

// String names the post in a sentence.
func (p *post) String() string { return fmt.Sprintf("message %d of %s", p.no, p.by) }

// padding makes messages of many lengths.
const padding = "the quick heron stands on one leg in the green room and waits until the disk has said that all is well, " +
	"then lifts the other one, and nobody who was there will ever have to say that a word of it was lost on the way"

// text is unique to the post, and can be made again from it.
func (p *post) text() string {
	return fmt.Sprintf("%d %s %s", p.no, p.by, padding[:p.no*37%len(padding)])
}

// find is the post that a text belongs to; nil when nobody said so.
func (l *ledger) find(text, from string, in *place) *post {
	number, _, _ := strings.Cut(text, " ")
	no, err := strconv.Atoi(number)
	if err != nil || no < 0 || no >= len(l.posts) {
		return nil
	}
	p := l.posts[no]
	if p.in != in || p.by != from || p.text() != text {
		return nil
	}
	return p
}
