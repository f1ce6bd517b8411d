package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/persistence"
)

const plenty = 1 << 30

// find searches one room with all the effort there is.
func (s *subject) find(room journal.Room, role uint8, terms records.Terms) []journal.Record {
	s.t.Helper()
	if terms.Effort == 0 {
		terms.Effort = plenty
	}
	if terms.Limit == 0 {
		terms.Limit = journal.MaxPage
	}
	hits, err := s.Search([]records.Scope{{Room: room, Role: role}}, terms)
	if err != nil || !hits.Until.IsZero() {
		s.t.Fatalf("%+v: %+v, %v", terms, hits, err)
	}
	return hits.Records
}

// searching: words in any case, by their beginning, of an author, at a time.
func searching(t *testing.T, s *subject) {
	room := s.room("#a")
	start := s.now()
	for i, text := range []string{
		"That was FAST!", "Fasting is hard.", "slow, but it is fast", "Grüße aus KÖLN", "明日は雨です", "a-b c_d 42", "fas",
	} {
		op := say(room, text)
		if i%2 == 1 {
			op.Append.Record.Author = journal.Author{ID: "bob", Nick: "Bobby", Account: "Bob"}
		}
		s.commit(op)
		s.advance(time.Second)
	}
	s.commit(post(room, journal.Topic, "fast topic", ""), post(room, journal.Notice, "a fast notice", ""))
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	for _, test := range []struct {
		terms records.Terms
		want  string
	}{
		{records.Terms{Text: "fast"}, "[1 2 3 9]"},
		{records.Terms{Text: "FASTING"}, "[2]"},
		{records.Terms{Text: "fas"}, "[7]"}, // a short one is all of a word
		{records.Terms{Text: "is fast"}, "[2 3]"},
		{records.Terms{Text: "it fast IS"}, "[3]"},
		{records.Terms{Text: "köl"}, "[]"},
		{records.Terms{Text: "köln grüße"}, "[4]"},
		{records.Terms{Text: "雨"}, "[5]"},
		{records.Terms{Text: "d 42"}, "[6]"},
		{records.Terms{Text: "nothing"}, "[]"},
		{records.Terms{From: "bobby"}, "[2 4 6]"},
		{records.Terms{From: "bob"}, "[2 4 6]"},
		{records.Terms{From: "ann", Text: "fast"}, "[1 3 9]"},
		{records.Terms{}, "[1 2 3 4 5 6 7 9]"},
		{records.Terms{Text: "fast", Before: at(1)}, "[1 2]"},
		{records.Terms{Text: "fast", After: at(1)}, "[2 3 9]"},
		{records.Terms{Text: "fast", After: at(1), Before: at(1)}, "[2]"},
		{records.Terms{Text: "fast", Before: at(-9)}, "[]"},
		{records.Terms{Text: "fast", Limit: 2}, "[3 9]"},
		{records.Terms{Text: "fast", Limit: 2, After: at(0)}, "[1 2]"},
	} {
		if got := seqs(s.find(room, 0, test.terms)); got != test.want {
			t.Errorf("%+v: %s, want %s", test.terms, got, test.want)
		}
	}
}

// searchOfTheRedacted: what is gone is not found, neither by its words nor by who
// said it, in the index or beyond its end.
func searchOfTheRedacted(t *testing.T, s *subject) {
	room := s.room("#a")
	for i := range 100 {
		s.commit(say(room, fmt.Sprint("word", i)))
	}
	for _, seq := range []uint64{3, 99} {
		s.commit(redact(room, seq, journal.Redaction{}))
		for _, terms := range []records.Terms{{}, {From: "ann"}, {Text: fmt.Sprint("word", seq-1)}} {
			if slices.ContainsFunc(s.find(room, 0, terms), func(r journal.Record) bool { return r.Seq == seq }) {
				t.Errorf("%+v finds message %d", terms, seq)
			}
		}
	}
}

// searchOfManyRooms: those of several rooms in order of time, and of no other.
func searchOfManyRooms(t *testing.T, s *subject) {
	a, b, c := s.room("#a"), s.room("#b"), s.room("#c")
	for i := range 6 {
		s.commit(say([]journal.Room{a, b, c}[i%3], fmt.Sprint("needle ", i)))
		s.advance(time.Second)
	}
	hidden := say(a, "needle for operators")
	hidden.Append.Record.MinRole = 2
	s.commit(hidden)
	for _, test := range []struct {
		scopes []records.Scope
		limit  int
		want   string
	}{
		{[]records.Scope{{Room: b}, {Room: a}}, 100, "needle 0,needle 1,needle 3,needle 4"},
		{[]records.Scope{{Room: a, Role: 2}}, 100, "needle 0,needle 3,needle for operators"},
		{[]records.Scope{{Room: a}, {Room: b}, {Room: c}}, 2, "needle 4,needle 5"},
		{nil, 100, ""},
	} {
		hits, err := s.Search(test.scopes, records.Terms{Text: "needle", Limit: test.limit, Effort: plenty})
		var texts []string
		for _, r := range hits.Records {
			texts = append(texts, r.Text)
		}
		if got := strings.Join(texts, ","); err != nil || got != test.want {
			t.Errorf("%v: %q, %v, want %q", test.scopes, got, err, test.want)
		}
	}
	if _, err := s.Search([]records.Scope{{Room: 99}}, records.Terms{Text: "x", Effort: plenty}); err == nil {
		t.Error("a room that is not there was searched")
	}
}

// searchMissesNothing: whatever was said and is not redacted, at each length of
// the log, also while it grows and after a reopen.
func searchMissesNothing(t *testing.T, s *subject) {
	room := s.room("#a")
	rng := rand.New(rand.NewPCG(1, 2))
	word := func() string { return fmt.Sprint("word", rng.IntN(3000)) }
	said, gone := map[uint64][]string{}, map[uint64]bool{}
	head := uint64(0)
	check := func() {
		t.Helper()
		wanted := word()
		var want []uint64
		for seq, words := range said {
			if !gone[seq] && slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, wanted) }) {
				want = append(want, seq)
			}
		}
		slices.Sort(want)
		for _, after := range []time.Time{{}, time.UnixMilli(1)} {
			if got := seqs(s.find(room, 0, records.Terms{Text: wanted, After: after})); got != fmt.Sprint(append([]uint64{}, want...)) {
				t.Fatalf("at %d, %s: found %s, want %d", head, wanted, got, want)
			}
		}
	}
	for round := range 120 {
		var ops []persistence.Op
		for range 40 + rng.IntN(60) {
			head++
			said[head] = []string{word(), word(), word()}
			ops = append(ops, say(room, strings.Join(said[head], " ")))
		}
		victim := 1 + rng.Uint64N(head)
		if _, ok := said[victim]; ok && !gone[victim] && rng.IntN(2) == 0 {
			head++
			gone[victim] = true
			ops = append(ops, redact(room, victim, journal.Redaction{}))
		}
		s.commit(ops...)
		if round%3 == 0 {
			check()
		}
		if round%40 == 39 {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s.Store = s.open(t, s.dir, s.now)
			check()
		}
	}
	if head < 2*4096 {
		t.Fatalf("only %d records", head)
	}
}

// searchIsBounded: what is looked at, and what it says of it.
func searchIsBounded(t *testing.T, s *subject) {
	room := s.room("#a")
	for range 100 {
		var ops []persistence.Op
		for range 100 {
			ops = append(ops, say(room, "hay"))
		}
		s.commit(ops...)
	}
	s.commit(say(room, "needle"))
	search := func(text string, effort int, after time.Time) records.Hits {
		hits, err := s.Search([]records.Scope{{Room: room}}, records.Terms{Text: text, Limit: 1000, Effort: effort, After: after})
		if err != nil || hits.Looked > effort+16 {
			t.Fatalf("%+v, %v", hits, err)
		}
		return hits
	}
	if h := search("hay", 50, time.Time{}); h.Until.IsZero() || len(h.Records) == 0 || len(h.Records) > 50 {
		t.Errorf("%d found, until %v", len(h.Records), h.Until)
	}
	if h := search("needle", 500, time.UnixMilli(1)); !h.Until.IsZero() || len(h.Records) != 1 {
		t.Errorf("a rare word among 10,000 took more than 500: %+v", h)
	}
	if h := search("absent", 500, time.Time{}); !h.Until.IsZero() || len(h.Records) != 0 {
		t.Errorf("a word that is not there took more than 500: %+v", h)
	}
}

// searchGoesOn: whoever goes on where the effort has ended, or behind the last that was
// found, comes upon everything, whatever the rooms, the effort and the direction.
func searchGoesOn(t *testing.T, s *subject) {
	rng := rand.New(rand.NewPCG(7, 7))
	var scopes []records.Scope
	for i := range 5 {
		scopes = append(scopes, records.Scope{Room: s.room(fmt.Sprint("#", i))})
	}
	want := map[journal.ID]bool{}
	for range 12 {
		var ops []persistence.Op
		for range 50 {
			text := "hay"
			if rng.IntN(20) == 0 {
				text = "a needle"
			}
			ops = append(ops, say(scopes[min(rng.IntN(9), 4)].Room, text))
		}
		for _, out := range s.commit(ops...) {
			if out.Record.Text == "a needle" {
				want[out.Record.ID()] = true
			}
		}
		s.advance(time.Second)
	}
	for _, forward := range []bool{false, true} {
		for _, effort := range []int{3, 40, 1000} {
			for _, text := range []string{"needle", ""} {
				t.Run(fmt.Sprintf("forward=%v,effort=%d,text=%s", forward, effort, text), func(t *testing.T) {
					terms := records.Terms{Text: text, Limit: 7, Effort: effort}
					if forward {
						terms.After = time.UnixMilli(1)
					}
					got := s.searchAll(t, scopes, terms)
					for id := range want {
						if !got[id] {
							t.Fatalf("%v is never found", id)
						}
					}
				})
			}
		}
	}
}

// searchAll goes on until there is no more.
func (s *subject) searchAll(t *testing.T, scopes []records.Scope, terms records.Terms) map[journal.ID]bool {
	found := map[journal.ID]bool{}
	for range 5000 {
		hits, err := s.Search(scopes, terms)
		if err != nil || hits.Looked > terms.Effort+20*len(scopes) {
			t.Fatalf("%+v, %v", hits, err)
		}
		before := len(found)
		for _, r := range hits.Records {
			found[r.ID()] = true
		}
		next := hits.Until
		switch n := len(hits.Records); {
		case n == terms.Limit && terms.After.IsZero():
			next = hits.Records[0].Time
		case n == terms.Limit:
			next = hits.Records[n-1].Time
		case next.IsZero():
			return found
		}
		if n := len(hits.Records); n == terms.Limit && len(found) == before {
			t.Fatalf("%+v finds the same again", terms)
		}
		if terms.After.IsZero() {
			terms.Before = next
		} else {
			terms.After = next
		}
	}
	t.Fatalf("%+v does not end", terms)
	return nil
}
