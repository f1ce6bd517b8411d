package repl

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

const (
	mostSeenRooms = 1000
	keepSeenEvery = time.Minute
)

// seen is the file of what this machine has shown of an account's rooms, so that the next login knows what is new.
type seen struct{ file string }

// seenState is what the file holds. No text is in it.
type seenState struct {
	At      time.Time  `json:"at"` // when it was written
	Current string     `json:"current,omitempty"`
	Rooms   []seenRoom `json:"rooms"`
}

type seenRoom struct {
	Name string    `json:"name"`
	ID   string    `json:"id,omitempty"`
	At   time.Time `json:"at"`
}

// seenFile is one for each server and account.
func seenFile(addr, account string) string {
	sum := sha256.Sum256([]byte(addr + "\x00" + irc.Fold(account)))
	return filepath.Join(stateDir(), fmt.Sprintf("seen-%x.json", sum[:8]))
}

// load reads the file; without one the state is zero.
func (f *seen) load() (s seenState, err error) {
	text, err := os.ReadFile(f.file)
	if errors.Is(err, fs.ErrNotExist) {
		return seenState{}, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return seenState{}, fmt.Errorf("read what was seen: %w", err)
	}
	return s, nil
}

// keep writes the file. Where another session on this machine has seen more, its word stands.
func (f *seen) keep(s seenState) error {
	if before, err := f.load(); err == nil {
		for _, r := range before.Rooms {
			if i := slices.IndexFunc(s.Rooms, func(o seenRoom) bool { return same(o.Name, r.Name) }); i < 0 {
				s.Rooms = append(s.Rooms, r)
			} else if r.At.After(s.Rooms[i].At) {
				s.Rooms[i] = r
			}
		}
	}
	slices.SortFunc(s.Rooms, func(a, b seenRoom) int { return b.At.Compare(a.At) })
	s.Rooms = s.Rooms[:min(len(s.Rooms), mostSeenRooms)]
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	return replaceFile(f.file, string(text)+"\n")
}

// mark is the last thing seen of a room; of one that is not in the file, the moment of the file.
func (s seenState) mark(name string) mark {
	if m := s.markOf(name); !m.at.IsZero() {
		return m
	}
	return mark{at: s.At}
}

// markOf is zero for a room that is not in the file.
func (s seenState) markOf(name string) mark {
	for _, r := range s.Rooms {
		if same(r.Name, name) {
			return mark{r.ID, r.At}
		}
	}
	return mark{}
}

// knows tells whether there is a state at all.
func (s seenState) knows() bool { return !s.At.IsZero() }

// keepSeen writes down what has been shown.
func (c *chat) keepSeen() {
	if c.seen == nil {
		return
	}
	s := seenState{At: c.o.now()}
	if c.current != nil {
		s.Current = c.current.name
	}
	for _, r := range c.rooms {
		if !r.read.at.IsZero() {
			s.Rooms = append(s.Rooms, seenRoom{r.name, r.read.id, r.read.at})
		}
	}
	if err := c.seen.keep(s); err != nil && !c.seenFailed {
		c.seenFailed = true
		c.refuse("What was seen cannot be kept: " + sentence(err.Error()))
	}
}

// keepSeenSoon does so now and then.
func (c *chat) keepSeenSoon() {
	c.after(keepSeenEvery, func() {
		c.keepSeen()
		c.keepSeenSoon()
	})
}
