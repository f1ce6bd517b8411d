package persistence

import (
	"fmt"
	"strings"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

const blockSize = 4 << 10

// badgerOptions are Badger's for a small server. Every value is below the
// threshold, so the value log stays empty and needs no garbage collection.
// Sealed values do not compress; without compression and encryption of
// Badger's own there is nothing for its caches to save.
func badgerOptions(dir string, memTable int64) badger.Options {
	return badger.DefaultOptions(dir).
		WithSyncWrites(true).
		WithMemTableSize(memTable).
		WithNumMemtables(2).
		WithNumLevelZeroTables(2).
		WithNumLevelZeroTablesStall(6).
		WithNumCompactors(2).
		WithBaseTableSize(memTable / 2).
		WithBlockSize(blockSize).
		WithValueThreshold(64 << 10).
		WithValueLogFileSize(1 << 20).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithCompression(options.None).
		WithChecksumVerificationMode(options.OnBlockRead).
		WithNumGoroutines(1).
		WithDetectConflicts(false).
		WithMetricsEnabled(false)
}

// badgerLog passes on what Badger complains of, and remembers whether it left
// out a table.
type badgerLog struct {
	tell func(string)
	mu   sync.Mutex
	what string
}

func (l *badgerLog) Errorf(format string, args ...any) {
	text := strings.TrimSpace(fmt.Sprintf(format, args...))
	if strings.Contains(text, "Ignoring table") {
		l.mu.Lock()
		l.what = text
		l.mu.Unlock()
	}
	l.tell("database: " + text)
}

func (l *badgerLog) Warningf(format string, args ...any) {
	l.tell("database: " + strings.TrimSpace(fmt.Sprintf(format, args...)))
}

func (l *badgerLog) Infof(string, ...any)  {}
func (l *badgerLog) Debugf(string, ...any) {}

func (l *badgerLog) ignored() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.what
}
