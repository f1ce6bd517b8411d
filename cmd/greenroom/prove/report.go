package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

// Report is what came of a run.
type Report struct {
	Held    bool          `json:"held"` // all promises, and they were put to the proof
	Seed    uint64        `json:"seed"`
	For     time.Duration `json:"for"`
	Loaded  time.Duration `json:"loaded"` // how long the load lasted: a breach ends it
	Replay  string        `json:"replay"`
	Failure string        `json:"failure,omitempty"` // why it could not be proved
	Data    string        `json:"data,omitempty"`    // where the server's data and log are kept

	People        int `json:"people"`
	Devices       int `json:"devices"`
	Rooms         int `json:"rooms"`
	Conversations int `json:"conversations"`

	Posted       int            `json:"posted"`
	Acknowledged int            `json:"acknowledged"` // in the end
	Resolved     int            `json:"resolved"`     // of those, sent again because the first outcome was unknown
	Refused      int            `json:"refused"`
	Why          map[string]int `json:"refused_why,omitempty"`
	Deliveries   int            `json:"deliveries"`
	Histories    int            `json:"history_lines"`
	Connections  int            `json:"connections"`
	Cut          int            `json:"cut"`
	Starts       int            `json:"server_starts"`

	Before fault.Status `json:"before"` // of the server's last process, when nobody had come
	After  fault.Status `json:"after"`  // when everybody had gone

	Faults   []Fault                   `json:"faults"`
	Kinds    map[fault.Kind]KindCounts `json:"kinds"`
	Promises []Promise                 `json:"promises"`
}

// Fault is an entry of the plan and what came of it. Times are after the load
// had begun.
type Fault struct {
	fault.Fault
	Struck bool          `json:"struck"`
	Began  time.Duration `json:"began,omitempty"`
	Over   time.Duration `json:"over,omitempty"`
	What   string        `json:"what,omitempty"`
}

// KindCounts says how many faults of a kind were planned and struck.
type KindCounts struct {
	Planned int `json:"planned"`
	Struck  int `json:"struck"`
}

// Verdicts of a promise.
const (
	Held       = "held"
	Broken     = "BROKEN"
	NotDecided = "not decided"
	NotChecked = "not checked" // nothing happened that it speaks of
)

// Promise is a promise and whether it was kept.
type Promise struct {
	Promise  string   `json:"promise"`
	Verdict  string   `json:"verdict"`
	Checks   int      `json:"checks"`
	Why      string   `json:"why,omitempty"` // it was not decided
	Breaches []Breach `json:"breaches,omitempty"`
	More     int      `json:"more_breaches,omitempty"`
}

// Breach is how a promise was broken.
type Breach struct {
	At     time.Duration `json:"at"`
	Text   string        `json:"text"`
	Around []string      `json:"around,omitempty"` // the history there, a message a line
}

// report is called when the run is over; failed is why it could not be made.
func (t *trial) report(failed error) *Report {
	r := &Report{
		Seed: t.cfg.Seed, For: t.cfg.For, People: t.cfg.People, Devices: len(t.members),
		Replay: fmt.Sprintf("greenroom prove --seed %d --for %v", t.cfg.Seed, t.cfg.For),
		Starts: t.server.starts, Cut: len(t.cuts), Before: t.before, After: t.after,
		Why: map[string]int{}, Kinds: map[fault.Kind]KindCounts{},
	}
	if t.cfg.People != DefaultPeople {
		r.Replay += " --people " + strconv.Itoa(t.cfg.People)
	}
	for _, m := range t.members {
		r.Connections += m.connections
	}
	for _, h := range t.histories {
		r.Histories += len(h.entries)
	}
	t.ledger.mu.Lock()
	defer t.ledger.mu.Unlock()
	r.Loaded = (t.ledger.ended - t.ledger.began).Round(time.Millisecond)
	t.countPosts(r)
	struck := t.listFaults(r)
	broken := t.listPromises(r)
	switch {
	case errors.Is(failed, context.Canceled):
		r.Failure = "interrupted"
	case failed != nil:
		r.Failure = failed.Error()
	case broken:
	case r.Acknowledged == 0:
		r.Failure = "nothing was proved: no message was acknowledged"
	case struck == 0:
		r.Failure = "nothing was proved: no fault struck"
	default:
		r.Held = !slices.ContainsFunc(r.Promises, func(p Promise) bool { return p.Verdict == NotDecided })
	}
	return r
}

func (t *trial) countPosts(r *Report) {
	for _, in := range t.ledger.places {
		if in.pair == [2]string{} {
			r.Rooms++
		} else {
			r.Conversations++
		}
	}
	r.Posted, r.Deliveries = len(t.ledger.posts), t.ledger.deliveries
	for _, p := range t.ledger.posts {
		switch p.fate() {
		case acknowledged:
			r.Acknowledged++
			if len(p.tries) > 1 {
				r.Resolved++
			}
		case refused:
			r.Refused++
			r.Why[p.tries[len(p.tries)-1].why]++
		}
	}
}

func (t *trial) listFaults(r *Report) (struck int) {
	t.strikes.mu.Lock()
	defer t.strikes.mu.Unlock()
	since := func(at time.Duration) time.Duration {
		if at == 0 {
			return 0
		}
		return (at - t.ledger.began).Round(time.Millisecond)
	}
	for _, s := range t.strikes.list {
		r.Faults = append(r.Faults, Fault{Fault: s.Fault, Struck: s.struck, Began: since(s.began), Over: since(s.over), What: s.what})
		k := r.Kinds[s.Kind]
		k.Planned++
		if s.struck {
			k.Struck++
			struck++
		}
		r.Kinds[s.Kind] = k
	}
	return struck
}

func (t *trial) listPromises(r *Report) (broken bool) {
	for _, want := range promises {
		v := t.ledger.verdict(want.promise)
		p := Promise{Promise: string(want.promise), Verdict: Held, Checks: v.checks, More: v.more}
		switch {
		case len(v.breaches) > 0:
			p.Verdict, broken = Broken, true
		case v.undecided != "":
			p.Verdict, p.Why = NotDecided, v.undecided
		case v.checks == 0 && want.vital:
			p.Verdict, p.Why = NotDecided, "nothing was checked"
		case v.checks == 0:
			p.Verdict = NotChecked
		}
		for _, b := range v.breaches {
			p.Breaches = append(p.Breaches, Breach{
				At: (b.at - t.ledger.began).Round(time.Millisecond), Text: b.text, Around: t.ledger.explain(b),
			})
		}
		r.Promises = append(r.Promises, p)
	}
	return broken
}
