package persistence

import (
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

// inspect looks at the files of the database before Badger does. Badger
// repairs what it finds damaged by leaving it out, deletes the rest, and ends
// the process over a truncated table; afterwards it is too late. What must
// hold:
//
//   - the MANIFEST is there and every entry of it is whole. An incomplete last
//     entry alone is what a power cut leaves: harmless exactly when the rules
//     below hold without it;
//   - every table that it lists is there, with its footer and index whole,
//     and every block of it that holds anything else than records is whole.
//     Blocks of records are checked when they are read: their numbers are
//     dense;
//   - tables and logs together reach the last acknowledged commit without a
//     hole.
func inspect(dir string, acknowledged mark) error {
	manifest, err := readManifest(dir)
	if err != nil {
		return err
	}
	ids := make([]uint64, 0, len(manifest.Tables))
	for id := range manifest.Tables {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var reached uint64
	for _, id := range ids {
		version, err := inspectTable(table.NewFilename(id, dir), manifest.Tables[id].Compression)
		if err != nil {
			return err
		}
		reached = max(reached, version)
	}
	if reached, err = checkWALs(dir, reached); err != nil {
		return err
	}
	if reached < acknowledged.Version {
		return damaged("the database in %s ends at commit version %d, but %d was acknowledged", dir, reached, acknowledged.Version)
	}
	return nil
}

func readManifest(dir string) (badger.Manifest, error) {
	path := filepath.Join(dir, badger.ManifestFilename)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return badger.Manifest{}, damaged("%s is missing (the copy of the last good start is %s)", path, manifestCopy)
	}
	if err != nil {
		return badger.Manifest{}, err
	}
	defer f.Close()
	manifest, _, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(dir).WithLogger(nil))
	if err != nil {
		return badger.Manifest{}, damaged("%s: %v (the copy of the last good start is %s)", path, err, manifestCopy)
	}
	return manifest, nil
}

// keepManifest copies the MANIFEST after it was found good: whoever has to
// repair a damaged one begins with it.
func keepManifest(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, databaseName, badger.ManifestFilename))
	if err != nil {
		return err
	}
	return writeAtomically(filepath.Join(dir, manifestCopy), text)
}

// inspectTable returns the highest version in the table.
func inspectTable(path string, compression options.CompressionType) (version uint64, err error) {
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
	return t.MaxVersion(), checkBlocks(t, path)
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
func checkBlocks(t *table.Table, path string) error {
	first := t.KeySplits(math.MaxInt, nil) // of each block
	it := t.NewIterator(table.NOCACHE)
	defer it.Close()
	for i, key := range first {
		last := i == len(first)-1
		if !last && key[0] == recordKey && first[i+1][0] == recordKey {
			continue
		}
		it.Seek([]byte(key))
		if !it.Valid() || string(it.Key()) != key {
			return damaged("block %d of %d of the table %s", i+1, len(first), path)
		}
	}
	return nil
}
