package persistence

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4/pb"
	"google.golang.org/protobuf/proto"
)

func dbFiles(t testing.TB, dir, pattern string) []string {
	files, err := filepath.Glob(filepath.Join(dir, databaseName, pattern))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

func flipBit(t testing.TB, path string, at int64) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << rand.IntN(8)
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}

// written is where the data of a log end and its hole begins.
func written(t testing.TB, path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := len(text)
	for end > 0 && text[end-1] == 0 {
		end--
	}
	return int64(end)
}

// flipInRecord flips a bit in a block that holds records alone, if the table
// has one: in that where those of a room in the middle begin.
func flipInRecord(t testing.TB, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if at := bytes.Index(text, numbered(recordKey, filledRooms/2)); at >= 0 {
		flipBit(t, path, int64(at)+64)
	}
}

// extend writes text at a place of a file, which it makes if need be.
func extend(t testing.TB, path string, at int64, text string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(text), at); err != nil {
		t.Fatal(err)
	}
}

func truncate(t testing.TB, path string, size int64) {
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, path string) {
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func size(t testing.TB, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// list adds a table to a MANIFEST, as Badger does.
func list(t testing.TB, manifest string, id uint64) {
	body, err := proto.Marshal(&pb.ManifestChangeSet{Changes: []*pb.ManifestChange{{Id: id, Op: pb.ManifestChange_CREATE}}})
	if err != nil {
		t.Fatal(err)
	}
	prefix := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	prefix = binary.BigEndian.AppendUint32(prefix, crc32.Checksum(body, crcTable))
	extend(t, manifest, size(t, manifest), string(prefix)+string(body))
}
