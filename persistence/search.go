package persistence

import (
	"slices"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// chapterCost is what a filter costs to look at, counted in records.
const chapterCost = 8

// Search implements Store. The rooms share the effort, each what those before it
// have left. Where that ends in one of them, what others have beyond is left to the
// search that goes on from there: it would be taken for all that there is.
func (db *DB) Search(scopes []records.Scope, terms records.Terms) (hits records.Hits, err error) {
	err = db.view(func(t txn) error {
		left := terms.Effort
		for i, scope := range scopes {
			head, err := t.head(scope.Room)
			if err != nil {
				return err
			}
			if err := t.ends(scope.Room, head); err != nil {
				return err
			}
			share := max(left/(len(scopes)-i), 1)
			s := newSearcher(roomLog{t, scope.Room, head}, scope.Role, terms, share)
			found, err := s.run()
			if err != nil {
				return err
			}
			left -= share - max(s.left, 0)
			hits.Records = append(hits.Records, found...)
			if hits.Until, err = s.until(hits.Until); err != nil {
				return err
			}
		}
		hits.Looked = terms.Effort - left
		return nil
	})
	if err != nil {
		return records.Hits{}, err
	}
	if !hits.Until.IsZero() {
		hits.Records = slices.DeleteFunc(hits.Records, func(r journal.Record) bool { return !sooner(terms, r.Time, hits.Until) })
	}
	hits.Records = choose(hits.Records, terms)
	return hits, nil
}

// sooner tells whether a search comes upon a before b.
func sooner(terms records.Terms, a, b time.Time) bool {
	if terms.After.IsZero() {
		return a.After(b)
	}
	return a.Before(b)
}

// choose keeps as many as are wanted of those of all rooms, in order of time.
func choose(found []journal.Record, terms records.Terms) []journal.Record {
	slices.SortStableFunc(found, func(a, b journal.Record) int { return a.Time.Compare(b.Time) })
	limit := limitOf(terms)
	switch {
	case len(found) <= limit:
		return found
	case terms.After.IsZero():
		return found[len(found)-limit:]
	}
	return found[:limit]
}

func limitOf(terms records.Terms) int { return min(max(terms.Limit, 1), journal.MaxPage) }

// searcher looks through the log of one room.
type searcher struct {
	roomLog
	role     uint8
	terms    records.Terms
	words    []string
	stems    []uint32
	left     int // of the effort
	chapter  uint64
	known    bool // what the chapter is
	barren   bool
	newest   bool // from the end
	low, top uint64
	next     uint64 // what is yet to be looked at
	full     bool   // as many were found as are wanted
}

func newSearcher(l roomLog, role uint8, terms records.Terms, effort int) *searcher {
	s := &searcher{roomLog: l, role: role, terms: terms, left: effort, newest: terms.After.IsZero()}
	x := l.db.indexer
	eachWord(terms.Text, func(word string) {
		s.words = append(s.words, word)
		s.stems = append(s.stems, x.stemOf(word))
	})
	if terms.From != "" {
		s.stems = append(s.stems, x.hashStem(authorStem, terms.From))
	}
	return s
}

// run returns the hits in the order in which it comes upon them.
func (s *searcher) run() (found []journal.Record, err error) {
	if err := s.bounds(); err != nil {
		return nil, err
	}
	s.next = s.low
	if s.newest {
		s.next = s.top
	}
	for s.within(s.low, s.top) && s.left > 0 && !s.full {
		first, last, barren, err := s.stretch(s.next)
		if err != nil {
			return nil, err
		}
		if barren {
			s.pass(first, last)
			continue
		}
		if found, err = s.scan(found, max(first, s.low), min(last, s.top)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (s *searcher) within(first, last uint64) bool { return s.next >= first && s.next <= last }

// pass goes on behind a stretch.
func (s *searcher) pass(first, last uint64) {
	if s.next = last + 1; s.newest {
		s.next = first - 1
	}
}

// until is the nearer of a time and that at which the effort has ended, if it has.
func (s *searcher) until(other time.Time) (time.Time, error) {
	if s.full || !s.within(s.low, s.top) {
		return other, nil
	}
	r, err := s.record(s.no, s.next)
	if err != nil {
		return other, err
	}
	if at := timeOf(r.Time); other.IsZero() || sooner(s.terms, at, other) {
		return at, nil
	}
	return other, nil
}

// bounds finds the part of the log that is of the right time.
func (s *searcher) bounds() (err error) {
	s.low, s.top = 1, s.head.Seq
	if !s.terms.After.IsZero() {
		from, err := s.place(journal.Point{Time: s.terms.After})
		if err != nil {
			return err
		}
		s.low = from.at
	}
	if !s.terms.Before.IsZero() {
		to, err := s.place(journal.Point{Time: s.terms.Before})
		if err != nil {
			return err
		}
		s.top = to.after - 1
	}
	return nil
}

// stretch is the part around a record that can be passed over, or else its
// block.
func (s *searcher) stretch(seq uint64) (first, last uint64, barren bool, err error) {
	const chapterRecords = blockRecords * chapterBlocks
	block := (seq - 1) / blockRecords
	first, last = block*blockRecords+1, (block+1)*blockRecords
	if len(s.stems) == 0 || block >= s.head.Blocks {
		return first, min(last, s.head.Seq), false, nil
	}
	if chapter := block / chapterBlocks; chapter < s.head.Chapters {
		if err := s.open(chapter); err != nil || s.barren {
			return chapter*chapterRecords + 1, (chapter + 1) * chapterRecords, true, err
		}
	}
	s.left--
	stored, err := s.block(blockAt{s.no, block})
	return first, last, !stored.holds(s.stems), err
}

// open looks at the filter of a chapter, once.
func (s *searcher) open(chapter uint64) error {
	if s.known && s.chapter == chapter {
		return nil
	}
	s.left -= chapterCost
	stored, err := s.chapterAt(blockAt{s.no, chapter})
	if err != nil {
		return err
	}
	s.chapter, s.known, s.barren = chapter, true, !stored.holds(s.stems)
	return nil
}

// scan looks at the records of a stretch, at one at least: whoever goes on from
// where the effort has ended gets further.
func (s *searcher) scan(found []journal.Record, first, last uint64) ([]journal.Record, error) {
	for n := 0; s.within(first, last) && (s.left > 0 || n == 0) && !s.full; n++ {
		s.left--
		r, err := s.record(s.no, s.next)
		if err != nil {
			return nil, err
		}
		if s.fits(r) {
			found = append(found, r.record(s.no, s.next))
			s.full = len(found) == limitOf(s.terms)
		}
		s.pass(s.next, s.next)
	}
	return found, nil
}

// fits tells whether a record is what was looked for.
func (s *searcher) fits(r storedRecord) bool {
	if !journal.Kind(r.Kind).Said() || r.Redacted > 0 || !journal.MayRead(s.role, r.MinRole) || !s.saidBy(r) {
		return false
	}
	missing := len(s.words)
	met := make([]bool, len(s.words))
	eachWord(r.Text, func(word string) {
		for i, wanted := range s.words {
			if !met[i] && meets(word, wanted) {
				met[i] = true
				missing--
			}
		}
	})
	return missing == 0
}

func (s *searcher) saidBy(r storedRecord) bool {
	from := s.terms.From
	return from == "" || names.Fold(r.Nick) == from || r.Account != "" && names.Fold(r.Account) == from
}
