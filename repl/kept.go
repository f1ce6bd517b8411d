package repl

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// keptLine is a line of an outbox file: a post, or, with Done, that it is one no longer. A post that is there twice is
// as the later says.
type keptLine struct {
	ID     string    `json:"id"`
	Target string    `json:"target,omitempty"`
	Text   string    `json:"text,omitempty"`
	Reply  string    `json:"reply,omitempty"` // msgid of what it answers
	At     time.Time `json:"at,omitzero"`     // when it was entered
	Tried  time.Time `json:"tried,omitzero"`  // when it may first have been sent
	After  string    `json:"after,omitempty"` // the last line of its room then
	Since  time.Time `json:"since,omitzero"`  // and the time of that
	Done   bool      `json:"done,omitempty"`
	MsgID  string    `json:"msgid,omitempty"` // as what it is stored; empty: refused
}

// keptFile is what a process has of its outbox on disk. Each has one of its own, locked while the process lives: who
// finds one that is not locked takes over what is in it. Its methods are called by one goroutine at a time.
type keptFile struct {
	file *os.File
	size int64
}

// outboxFiles is the beginning of the names of an account's files on this machine.
func outboxFiles(addr, account string) string {
	sum := sha256.Sum256([]byte(addr + "\x00" + irc.Fold(account)))
	return filepath.Join(stateDir(), fmt.Sprintf("outbox-%x-", sum[:8]))
}

// openKept makes a file and takes over what others have left. Damaged is how many lines cannot be read; the last of a
// file may be cut off and is not counted, for nobody was shown that it is kept.
func openKept(prefix string) (k *keptFile, found []keptLine, damaged int, err error) {
	if err := os.MkdirAll(filepath.Dir(prefix), 0o700); err != nil {
		return nil, nil, 0, fmt.Errorf("open the outbox: %w", err)
	}
	left, err := filepath.Glob(globbed(prefix) + "*.jsonl")
	if err != nil {
		return nil, nil, 0, fmt.Errorf("open the outbox: %w", err)
	}
	if k, err = newKept(prefix); err != nil {
		return nil, nil, 0, fmt.Errorf("open the outbox: %w", err)
	}
	for _, name := range left { // one that cannot be taken over keeps none from it
		lines, unreadable, adoptErr := k.adopt(name)
		if adoptErr != nil {
			err = errors.Join(err, fmt.Errorf("take over the outbox: %w", adoptErr))
		}
		found, damaged = append(found, lines...), damaged+unreadable
	}
	return k, found, damaged, errors.Join(err, syncDir(filepath.Dir(prefix)))
}

// newKept makes a file of our own. Between its making and its locking somebody else may have removed it.
func newKept(prefix string) (*keptFile, error) {
	for {
		file, err := os.OpenFile(prefix+strings.ToLower(rand.Text()[:8])+".jsonl", os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		free, err := lock(file)
		switch {
		case err != nil:
			return nil, errors.Join(err, os.Remove(file.Name()), file.Close())
		case free && isNamed(file, file.Name()):
			return &keptFile{file: file}, nil
		}
		file.Close()
	}
}

// adopt copies what is in another file, if nobody has it, and removes it.
func (k *keptFile) adopt(name string) (lines []keptLine, damaged int, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	} else if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	if free, err := lock(f); err != nil || !free || !isNamed(f, name) {
		return nil, 0, err
	}
	lines, damaged, err = readKept(f)
	if err == nil {
		err = k.write(lines, true)
	}
	if err != nil {
		return nil, 0, err
	}
	return lines, damaged, os.Remove(name)
}

// isNamed tells whether a name still means the file: somebody else may have taken it over and removed it.
func isNamed(f *os.File, name string) bool {
	open, err := f.Stat()
	named, err2 := os.Stat(name)
	return err == nil && err2 == nil && os.SameFile(open, named)
}

func readKept(f io.Reader) (lines []keptLine, damaged int, err error) {
	in := bufio.NewReader(f)
	for {
		text, err := in.ReadString('\n')
		switch {
		case errors.Is(err, io.EOF):
			return lines, damaged, nil
		case err != nil:
			return nil, 0, err
		}
		var l keptLine
		if json.Unmarshal([]byte(text), &l) != nil || l.ID == "" || !l.Done && (l.Target == "" || l.Text == "") {
			damaged++
			continue
		}
		lines = append(lines, l)
	}
}

// write adds lines; durable: they are on disk when it returns.
func (k *keptFile) write(lines []keptLine, durable bool) error {
	var text []byte
	for _, l := range lines {
		line, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("keep a line: %w", err)
		}
		text = append(append(text, line...), '\n')
	}
	n, err := k.file.Write(text)
	switch {
	case err != nil && n > 0: // or the next line would be the end of this one
		err = errors.Join(err, k.file.Truncate(k.size))
	case err == nil:
		k.size += int64(n)
		if durable {
			err = k.file.Sync()
		}
	}
	if err != nil {
		return fmt.Errorf("keep a line: %w", err)
	}
	return nil
}

// clear empties the file: nothing waits.
func (k *keptFile) clear() error {
	if k.size == 0 {
		return nil
	}
	k.size = 0
	return k.file.Truncate(0)
}

func (k *keptFile) close() error { return k.file.Close() }

func (k *keptFile) remove() error {
	return errors.Join(os.Remove(k.file.Name()), k.file.Close())
}

// globbed is a prefix that Glob takes literally.
func globbed(prefix string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(prefix)
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("keep the outbox: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("keep the outbox: %w", err)
	}
	return nil
}
