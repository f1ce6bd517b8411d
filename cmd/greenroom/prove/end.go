package prove

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/greenroom-chat/greenroom/persistence"
)

// finish sends everybody home, looks at what is left behind, ends the server
// in order and opens what it has stored.
func (t *trial) finish(ctx context.Context) {
	t.enters("going home")
	t.leave()
	t.living.Wait()
	t.checkRest(ctx)
	t.enters("ending the server")
	took, code, err := t.server.end(syscall.SIGTERM)
	if err != nil {
		t.ledger.broke(ended, "the server was not there to be ended: %v", err)
	} else {
		t.orderly(took, code)
	}
	t.enters("verifying the store")
	t.verify()
	t.readLog()
}

// orderly checks how the server has ended.
func (t *trial) orderly(took time.Duration, code int) {
	t.ledger.held(ended, 1)
	if code != 0 || took > endWithin {
		t.ledger.broke(ended, "after SIGTERM the server ended with exit status %d in %v; it promises 0 within %v",
			code, took.Round(time.Millisecond), endWithin)
	}
}

// verify opens the data directory, as nobody else has it now, and reads all.
func (t *trial) verify() {
	db, err := persistence.Open(persistence.Config{Dir: t.data(), MasterKeyFile: filepath.Join(t.data(), "master.key")})
	if err != nil {
		t.ledger.broke(dense, "the store does not open: %v", err)
		return
	}
	damages := 0
	err = db.Verify(func(damage error) {
		damages++
		t.ledger.broke(dense, "the store is damaged: %v", damage)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.ledger.broke(dense, "the store cannot be verified: %v", err)
	}
	t.ledger.held(dense, 1)
}

func (t *trial) data() string { return filepath.Join(t.dir, "data") }

func (t *trial) logFile() string { return filepath.Join(t.dir, "server.log") }

// readLog looks for panics that nobody has injected.
func (t *trial) readLog() {
	f, err := os.Open(t.logFile())
	if err != nil {
		t.ledger.broke(ended, "the server's log cannot be read: %v", err)
		return
	}
	defer f.Close()
	t.ledger.held(ended, 1)
	for _, line := range panics(f) {
		t.ledger.broke(ended, "a panic that was not injected: %s", line)
	}
}

// panics lists the panics in a server's log that nobody has injected.
func panics(log io.Reader) []string {
	var own []string
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		fatal := strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") ||
			strings.HasPrefix(line, "WARNING: DATA RACE")
		var entry struct{ Message, Err, Actor, During, Where string }
		panicked := json.Unmarshal([]byte(line), &entry) == nil && entry.Message == "panic"
		switch {
		case fatal:
			own = append(own, line)
		case panicked && !strings.Contains(entry.Err, "injected"):
			own = append(own, fmt.Sprintf("%s panicked during %s at %s: %s", entry.Actor, entry.During, entry.Where, entry.Err))
		}
	}
	return own
}
