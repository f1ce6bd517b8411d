package persistence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	_ "unsafe" // for go:linkname

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"google.golang.org/protobuf/proto"
)

// Badger makes a table of a memtable, syncs it, adds it to the MANIFEST, syncs
// that, and removes the log that the table was made of. It does not sync the
// directory in between: after a power cut the MANIFEST may list a table whose
// name is lost, with the log gone. The sync of the MANIFEST is the one place in
// between that can be reached from outside.
//
//go:linkname syncManifest github.com/dgraph-io/badger/v4.syncFunc
var syncManifest func(*os.File) error

func init() {
	fsync := syncManifest
	syncManifest = func(f *os.File) error {
		if err := syncDir(filepath.Dir(f.Name())); err != nil {
			return err
		}
		return fsync(f)
	}
}

// manifest is the list of tables as Badger keeps it: entries of changes, each
// synced before the next is written.
type manifest struct {
	path    string
	entries []manifestEntry
	size    int64
}

type manifestEntry struct {
	end     int64 // in the file
	changes []*pb.ManifestChange
}

const (
	manifestMagic  = "Bdgr\x00\x00\x00\x08"
	manifestPrefix = 8 // length and CRC of an entry
)

func (m manifest) damaged(what string) error {
	return damaged("%s: %s (the copy of the last good start is %s)", m.path, what, manifestCopy)
}

// readManifest reads the entries up to the first that is not whole. Only a
// last one may be so: a power cut tears it, or leaves zeros in its place.
func readManifest(dir string) (manifest, error) {
	m := manifest{path: filepath.Join(dir, badger.ManifestFilename)}
	text, err := os.ReadFile(m.path)
	if errors.Is(err, os.ErrNotExist) {
		return m, m.damaged("it is missing")
	}
	if err != nil {
		return m, err
	}
	m.size = int64(len(text))
	if len(text) < len(manifestMagic) || string(text[:len(manifestMagic)]) != manifestMagic {
		return m, m.damaged("it has no header")
	}
	rest := text[len(manifestMagic):]
	for len(rest) >= manifestPrefix {
		length := int64(binary.BigEndian.Uint32(rest))
		size := manifestPrefix + length
		if size > int64(len(rest)) || length == 0 && len(m.entries) > 0 {
			break
		}
		body := rest[manifestPrefix:size]
		var set pb.ManifestChangeSet
		if crc32.Checksum(body, crcTable) != binary.BigEndian.Uint32(rest[4:]) || proto.Unmarshal(body, &set) != nil {
			if size < int64(len(rest)) {
				return m, m.damaged(fmt.Sprintf("entry %d is damaged", len(m.entries)+1))
			}
			break
		}
		rest = rest[size:]
		m.entries = append(m.entries, manifestEntry{m.size - int64(len(rest)), set.Changes})
	}
	return m, nil
}

// end is where the last whole entry ends.
func (m manifest) end() int64 {
	if len(m.entries) == 0 {
		return int64(len(manifestMagic))
	}
	return m.entries[len(m.entries)-1].end
}

// tables lists the tables and how they are compressed.
func (m manifest) tables() map[uint64]options.CompressionType {
	tables := make(map[uint64]options.CompressionType)
	for _, e := range m.entries {
		for _, c := range e.changes {
			if c.Op == pb.ManifestChange_CREATE {
				tables[c.Id] = options.CompressionType(c.Compression)
			} else {
				delete(tables, c.Id)
			}
		}
	}
	return tables
}

// withoutLast leaves out the last entry, if it is whole, and not the only one.
func (m manifest) withoutLast() (manifest, bool) {
	if m.end() < m.size || len(m.entries) < 2 {
		return m, false
	}
	m.entries = m.entries[:len(m.entries)-1]
	return m, true
}

// cut makes the file end with the last entry, and tells whether it did not.
func (m manifest) cut() (bool, error) {
	if m.end() == m.size {
		return false, nil
	}
	f, err := os.OpenFile(m.path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return true, errors.Join(f.Truncate(m.end()), f.Sync())
}
