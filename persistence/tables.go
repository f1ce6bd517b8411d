package persistence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2/z"
	"google.golang.org/protobuf/proto"
)

// blocks chooses blocks of a table, given the first key of each.
type blocks func(first []string, i int) bool

func every([]string, int) bool { return true }

// holding chooses the blocks that the key would be in.
func holding(key []byte) blocks {
	bare := func(withVersion string) []byte { return y.ParseKey([]byte(withVersion)) }
	return func(first []string, i int) bool {
		return bytes.Compare(bare(first[i]), key) <= 0 &&
			(i == len(first)-1 || bytes.Compare(bare(first[i+1]), key) >= 0)
	}
}

// surely makes sure that what was read under a key is all there is. Badger
// passes over a block that it cannot read: a name in it would look free, and
// of a value that changed an older version would come to light.
func (t txn) surely(key []byte) error {
	for _, info := range t.db.badger.Tables() {
		if bytes.Compare(y.ParseKey(info.Left), key) > 0 || bytes.Compare(y.ParseKey(info.Right), key) < 0 {
			continue
		}
		if err := t.db.sureTable(info.ID, key); err != nil {
			return err
		}
	}
	return nil
}

// sureTable makes sure that a table can be read where the key would be. It may
// be compacted meanwhile: then it is listed no more, and Badger empties the
// file before it removes it.
func (db *DB) sureTable(id uint64, key []byte) error {
	path := table.NewFilename(id, filepath.Join(db.cfg.Dir, databaseName))
	_, err := inspectTable(path, options.None, holding(key))
	if err != nil && !slices.ContainsFunc(db.badger.Tables(), func(now badger.TableInfo) bool { return now.ID == id }) {
		return nil
	}
	return err
}

// inspectTable checks some blocks of a table and returns the highest version
// in it.
func inspectTable(path string, compression options.CompressionType, some blocks) (version uint64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, damaged("the table %s is missing", path)
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := checkFooter(f); err != nil {
		return 0, damaged("the table %s: %v", path, err)
	}
	defer func() {
		if r := recover(); r != nil {
			version, err = 0, damaged("the table %s: %v", path, r)
		}
	}()
	mapped, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	t, err := table.OpenTable(mapped, table.Options{
		ReadOnly: true, BlockSize: blockSize, Compression: compression, ChkMode: options.OnBlockRead,
	})
	if err != nil {
		return 0, damaged("the table %s: %v", path, err)
	}
	defer t.Close(-1)
	return t.MaxVersion(), checkBlocks(t, path, some)
}

// checkFooter reads what table.OpenTable would end the process over: at the
// end of a table are its index, the index's length, a checksum of the index
// and the checksum's length.
func checkFooter(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	end := info.Size()
	field := func(size int64) ([]byte, error) {
		if size < 0 || size > end {
			return nil, errors.New("the end is cut off or damaged")
		}
		end -= size
		buf := make([]byte, size)
		_, err := f.ReadAt(buf, end)
		return buf, err
	}
	sized := func() ([]byte, error) {
		length, err := field(4)
		if err != nil {
			return nil, err
		}
		return field(int64(binary.BigEndian.Uint32(length)))
	}
	sum, err := sized()
	if err != nil {
		return err
	}
	index, err := sized()
	if err != nil {
		return err
	}
	want := &pb.Checksum{}
	if err := proto.Unmarshal(sum, want); err != nil {
		return err
	}
	if err := y.VerifyChecksum(index, want); err != nil {
		return fmt.Errorf("the index: %w", err)
	}
	return nil
}

// checkBlocks seeks the first key of each block: a block that cannot be read
// is passed over by the iterator.
func checkBlocks(t *table.Table, path string, some blocks) error {
	first := t.KeySplits(math.MaxInt, nil) // of each block
	it := t.NewIterator(table.NOCACHE)
	defer it.Close()
	for i, key := range first {
		if !some(first, i) {
			continue
		}
		it.Seek([]byte(key))
		if !it.Valid() || string(it.Key()) != key {
			return damaged("block %d of %d of the table %s", i+1, len(first), path)
		}
	}
	return nil
}
