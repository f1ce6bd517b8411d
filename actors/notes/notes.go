// Package notes holds what people and rooms tell of themselves, a value for
// each key: what ircv3 calls metadata. It is pure.
package notes

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Note is one key with its value, which may be empty.
type Note struct{ Key, Value string }

// Change sets a key, or takes it away.
type Change struct {
	Note
	Gone bool
}

// Set is all notes of somebody. It never changes: a pointer to it may be in
// many hands, and nil has no notes.
type Set struct {
	// Version counts up with the account that keeps them; 0: nobody does.
	Version uint64
	list    []Note // by key
}

// Of makes a set of notes that nobody changes, each with a key of its own.
func Of(list []Note, version uint64) *Set {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Note) int { return strings.Compare(a.Key, b.Key) })
	return &Set{Version: version, list: list}
}

// All lists the notes by their keys. The caller does not change it.
func (s *Set) All() []Note {
	if s == nil {
		return nil
	}
	return s.list
}

// Get returns the value of a key.
func (s *Set) Get(key string) (value string, ok bool) {
	list := s.All()
	i, ok := slices.BinarySearchFunc(list, key, func(n Note, key string) int { return strings.Compare(n.Key, key) })
	if !ok {
		return "", false
	}
	return list[i].Value, true
}

// With is the set after the changes. Its version is the same.
func (s *Set) With(changes ...Change) *Set {
	next := &Set{list: slices.Clone(s.All())}
	if s != nil {
		next.Version = s.Version
	}
	for _, c := range changes {
		next.list = slices.DeleteFunc(next.list, func(n Note) bool { return n.Key == c.Key })
		if !c.Gone {
			next.list = append(next.list, c.Note)
		}
	}
	slices.SortFunc(next.list, func(a, b Note) int { return strings.Compare(a.Key, b.Key) })
	return next
}

// Since tells by which changes a set has come to be another.
func (s *Set) Since(earlier *Set) (changes []Change) {
	for _, n := range earlier.All() {
		if _, still := s.Get(n.Key); !still {
			changes = append(changes, Change{Note: Note{Key: n.Key}, Gone: true})
		}
	}
	for _, n := range s.All() {
		if value, known := earlier.Get(n.Key); !known || value != n.Value {
			changes = append(changes, Change{Note: n})
		}
	}
	return changes
}

// Cleared is the changes that leave nothing of the set.
func (s *Set) Cleared() []Change { return (*Set)(nil).Since(s) }

// MaxKey is the longest key, in bytes.
const MaxKey = 64

// ValidKey tells whether a key is of a-z, 0-9 and _./- alone.
func ValidKey(key string) bool {
	return key != "" && len(key) <= MaxKey && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_./-") == ""
}

// ValidValue tells whether a value is UTF-8 of at most so many bytes.
func ValidValue(value string, most int) bool { return len(value) <= most && utf8.ValidString(value) }
