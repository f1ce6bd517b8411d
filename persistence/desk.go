package persistence

import (
	"fmt"
	"maps"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// desk is what outlives an incarnation of the ledger, so that the store has
// one worker at a time, whatever crashes. Its fields are touched by the actor
// alone, but for tails and before, which are the running worker's; the channel
// hands them over.
type desk struct {
	cfg     ActorConfig
	readers *pool
	results chan result // of the one worker: one slot

	running  bool    // a worker is at the store, or its result waits
	flight   *flight // in commit or in doubt; nil when it needs no answer
	late     *flight // the same, when it has been answered with ask.ErrUnknown
	accepted uint64  // the number of the newest item
	refused  int     // items that were not taken
	down     error   // why nothing is taken; nil when all is well
	failures int     // since the last good commit
	round    uint64  // of timers
	watching bool    // a tick will come
	arrived  any     // an Append or write that is not queued; still there when the actor failed before

	tails  map[journal.Room]uint64 // last sequence numbers, where known
	before map[journal.Room]uint64 // those before the latest commit, in its rooms
}

// flight is a batch that has been handed to the store and not answered yet.
type flight struct {
	items []item
	first uint64 // the number of items[0]
}

// abandon gives up what is in flight, and tells what is to be answered.
func (d *desk) abandon() []reply {
	f := d.flight
	if f == nil {
		return nil
	}
	d.flight = nil
	return answers(f.items, nobody(f, ask.ErrUnknown))
}

// result is what a worker brings back.
type result struct {
	resumed  bool
	outcomes []Outcome
	err      error
}

// maxTails bounds the memory of last sequence numbers.
const maxTails = 1 << 16

func newDesk(cfg ActorConfig) *desk {
	return &desk{
		cfg:     cfg,
		readers: newPool(cfg),
		results: make(chan result, 1),
		tails:   make(map[journal.Room]uint64),
	}
}

// commit runs in the worker.
func (d *desk) commit(batch []item) (r result) {
	d.before = d.tailsOf(batch)
	for room := range d.before {
		delete(d.tails, room) // until the commit has succeeded
	}
	ops := make([]Op, len(batch))
	for i, it := range batch {
		ops[i] = it.op
	}
	r.outcomes, r.err = d.cfg.Store.Commit(ops)
	if r.err == nil && len(r.outcomes) != len(ops) {
		r.err = fmt.Errorf("%w: %d outcomes for %d operations", ErrUnknownOutcome, len(r.outcomes), len(ops))
	}
	if r.err == nil {
		d.remember(batch, r.outcomes)
	}
	return r
}

// remember keeps the last sequence numbers that a good commit has led to.
func (d *desk) remember(batch []item, outcomes []Outcome) {
	maps.Copy(d.tails, d.before)
	for i, out := range outcomes {
		a := batch[i].op.Append
		if a != nil && !a.Silent && out.Err == nil && !out.Duplicate {
			d.tails[a.Record.Room] = out.Record.Seq
		}
	}
}

// tailsOf returns the last sequence numbers of the rooms that the batch adds
// records to, so that a doubted commit can be told from what was there before.
// A room whose tail cannot be read is left out.
func (d *desk) tailsOf(batch []item) map[journal.Room]uint64 {
	if len(d.tails) > maxTails {
		clear(d.tails)
	}
	before := make(map[journal.Room]uint64)
	for _, it := range batch {
		if a := it.op.Append; a != nil && !a.Silent {
			if seq, err := d.tail(a.Record.Room); err == nil {
				before[a.Record.Room] = seq
			}
		}
	}
	return before
}

func (d *desk) tail(room journal.Room) (seq uint64, err error) {
	if seq, ok := d.tails[room]; ok {
		return seq, nil
	}
	list, err := d.rangeOf(room, journal.Query{Where: journal.Latest, Limit: 1, Events: true, Redacted: true, Role: journal.AnyRole})
	if err != nil {
		return 0, err
	}
	for _, r := range list {
		seq = r.Seq
	}
	return seq, nil
}

func (d *desk) rangeOf(room journal.Room, q journal.Query) (list []journal.Record, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: read: %s", journal.ErrIntegrity, supervise.Cause(v))
		}
	}()
	list, _, err = d.cfg.Store.Range(room, q)
	return list, err
}

// resume runs in the worker: it brings the store back and, when there is a
// batch in doubt, finds out what became of it.
func (d *desk) resume(doubted *flight) (r result) {
	if r.err = d.cfg.Store.Resume(); r.err == nil && doubted != nil {
		r.outcomes = d.resolve(doubted)
	}
	return r
}

// nobody returns outcomes that refuse the whole flight.
func nobody(f *flight, reason error) []Outcome {
	if f == nil {
		return nil
	}
	list := make([]Outcome, len(f.items))
	for i := range list {
		list[i].Err = reason
	}
	return list
}

// resolve tells what became of a batch whose commit failed with its outcome
// unknown: there is one writer, so what its rooms hold after their tails of
// before is this batch's, and what they do not hold will never be there.
func (d *desk) resolve(f *flight) []Outcome {
	outcomes := nobody(f, ask.ErrUnknown)
	anyStored := false
	again := saidAgain(f.items)
	for room, at := range appendsByRoom(f.items, again) {
		stored, err := d.after(room)
		if err != nil {
			continue
		}
		for n, found := range align(f.items, at, stored) {
			outcomes[at[n]] = found
			anyStored = anyStored || found.Err == nil
		}
	}
	for i, it := range f.items { // a transaction is stored as a whole
		if a := it.op.Append; a != nil && a.Silent && anyStored && a.Mark == nil {
			outcomes[i] = Outcome{}
		}
	}
	for i, of := range again {
		outcomes[i] = outcomes[of]
		outcomes[i].Duplicate = outcomes[of].Err == nil
	}
	return outcomes
}
