package persistence

import (
	"slices"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// chapterCost is what a filter costs to look at, counted in records.
const chapterCost = 8

// Search implements Store. The rooms share the effort, each what those before it
// have left.
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
			share := left / (len(scopes) - i)
			s := newSearcher(roomLog{t, scope.Room, head}, scope.Role, terms, share)
			found, err := s.run()
			if err != nil {
				return err
			}
			left -= share - max(s.left, 0)
			hits.Records = append(hits.Records, found...)
			hits.Partial = hits.Partial || s.left <= 0
		}
		hits.Looked = terms.Effort - left
		return nil
	})
	if err != nil {
		return records.Hits{}, err
	}
	hits.Records = choose(hits.Records, terms)
	return hits, nil
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
func (s *searcher) run() ([]journal.Record, error) {
	if err := s.bounds(); err != nil {
		return nil, err
	}
	var found []journal.Record
	seq := s.low
	if s.newest {
		seq = s.top
	}
	for seq >= s.low && seq <= s.top && s.left > 0 && len(found) < limitOf(s.terms) {
		first, last, barren, err := s.stretch(seq)
		if err != nil {
			return nil, err
		}
		if !barren {
			if found, err = s.scan(found, seq, max(first, s.low), min(last, s.top)); err != nil {
				return nil, err
			}
		}
		if seq = last + 1; s.newest {
			seq = first - 1
		}
	}
	return found, nil
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

// scan looks at the records of a stretch, from seq on.
func (s *searcher) scan(found []journal.Record, seq, first, last uint64) ([]journal.Record, error) {
	for seq >= first && seq <= last && s.left > 0 && len(found) < limitOf(s.terms) {
		s.left--
		r, err := s.record(s.no, seq)
		if err != nil {
			return nil, err
		}
		if s.fits(r) {
			found = append(found, r.record(s.no, seq))
		}
		if s.newest {
			seq--
		} else {
			seq++
		}
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
