package persistence

import (
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Sizes of the memtable follow from a small server's memory; the limits of a
// batch and of a value follow from the memtable.
const (
	memTableSize = 8 << 20
	maxValue     = 60 << 10 // below Badger's value threshold, sealed
	maxClientID  = 64
	maxHeads     = 16 << 10 // heads of rooms kept in memory
	dedupeFor    = 10 * time.Minute

	defaultReserve = max(64<<20, 4*memTableSize)
)

// Config is what Open needs to know.
type Config struct {
	// Dir holds everything that is stored; it is made when it is not there.
	Dir string
	// MasterKeyFile holds the master key; it is made at the first start, and
	// only then. Not used when MasterKey is set.
	MasterKeyFile string
	// MasterKey is the master key itself, in the form of the file's contents.
	MasterKey []byte
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log is told what an administrator may want to know; nil means nobody is.
	Log func(event string)
	// ReserveBytes is the free space below which nothing is committed; 0 means
	// 64 MiB. A spare file takes half as much besides.
	ReserveBytes uint64
	// Free tells the free space of the file system that holds dir; nil asks
	// the file system.
	Free func(dir string) (uint64, error)

	memTable  int64 // smaller in tests, so that few records make many tables
	careless  bool  // in tests: Badger does not sync
	unindexed bool  // in tests: no index, to see what it costs
	// upgrading, in tests, comes between an upgrade and its commits.
	upgrading func(txn *badger.Txn, commit func(*badger.Txn) error) error
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = func(string) {}
	}
	if c.memTable == 0 {
		c.memTable = memTableSize
	}
	if c.ReserveBytes == 0 {
		c.ReserveBytes = defaultReserve
	}
	if c.Free == nil {
		c.Free = freeSpace
	}
	return c
}
