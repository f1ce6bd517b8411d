package persistence

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

const (
	benchRooms = 100
	fileBytes  = 64 << 20
)

// BenchmarkCommit reports messages per second of 200 bytes, sealed and synced,
// over 100 rooms. After each batch the same number of bytes goes to a
// preallocated file with one fdatasync, in the same minutes on the same disk;
// ratio is the store's speed by the file's.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 16, 64, 128} {
		b.Run(fmt.Sprint("batch=", size), func(b *testing.B) {
			db := openBench(b)
			file := preallocated(b)
			plain := []byte(strings.Repeat("x", 217*size))
			var stored, written time.Duration
			for i := 0; b.Loop(); i++ {
				ops := benchBatch(size)
				start := time.Now()
				if _, err := db.Commit(ops); err != nil {
					b.Fatal(err)
				}
				stored += time.Since(start)
				start = time.Now()
				at := int64(i*len(plain)) % (fileBytes - int64(len(plain)))
				if _, err := file.WriteAt(plain, at); err != nil {
					b.Fatal(err)
				}
				if err := unix.Fdatasync(int(file.Fd())); err != nil {
					b.Fatal(err)
				}
				written += time.Since(start)
			}
			n := float64(b.N * size)
			b.ReportMetric(n/stored.Seconds(), "msgs/s")
			b.ReportMetric(n/written.Seconds(), "file-msgs/s")
			b.ReportMetric(written.Seconds()/stored.Seconds(), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkRange reads pages of 100 at random places of a room of 100,000.
func BenchmarkRange(b *testing.B) {
	db := openBench(b)
	const total = 100_000
	for range total / 128 {
		ops := benchBatch(128)
		for i := range ops {
			ops[i].Append.Record.Room = 1
		}
		if _, err := db.Commit(ops); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		from := journal.Point{Seq: 200 + rand.Uint64N(total-500)}
		page, _, err := db.Range(1, journal.Query{Where: journal.Before, From: from, Limit: 100})
		if err != nil || len(page) != 100 {
			b.Fatal(len(page), err)
		}
	}
}

// BenchmarkOpen opens and closes a store of 100 MiB, of which every block is
// checked: with its tables in the page cache, and from the disk.
func BenchmarkOpen(b *testing.B) {
	db := openBench(b)
	const total = 400_000
	for range total / 128 {
		if _, err := db.Commit(benchBatch(128)); err != nil {
			b.Fatal(err)
		}
	}
	for _, warm := range []bool{true, false} {
		b.Run(fmt.Sprint("cached=", warm), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				db.Close()
				stored := int64(0)
				for _, path := range dbFiles(b, db.cfg.Dir, "*.sst") {
					stored += size(b, path)
					if !warm {
						uncache(b, path)
					}
				}
				b.SetBytes(stored)
				b.StartTimer()
				var err error
				if db, err = Open(db.cfg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	db.Close()
}

func uncache(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCodec is one record of 200 bytes.
func BenchmarkCodec(b *testing.B) {
	stored := storeRecord(benchBatch(1)[0].Append.Record, 1)
	plain, err := encode(nil, stored)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		var buf []byte
		for b.Loop() {
			buf, _ = encode(buf[:0], stored)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			var r storedRecord
			if err := decode(plain, &r); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func openBench(b *testing.B) *DB {
	dir := b.TempDir()
	db, err := Open(Config{Dir: dir, MasterKeyFile: filepath.Join(dir, "master.key")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	for i := range benchRooms {
		key := fmt.Sprint("#room", i)
		if _, err := db.Commit([]Op{{Open: &records.Open{Key: key, Name: key}}}); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

func preallocated(b *testing.B) *os.File {
	f, err := os.Create(filepath.Join(b.TempDir(), "file"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	for range fileBytes >> 20 {
		if _, err := f.Write(make([]byte, 1<<20)); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return f
}

func benchBatch(size int) []Op {
	const letters = "etaoin shrdlu"
	ops := make([]Op, size)
	for i := range ops {
		text := make([]byte, 200)
		for j := range text {
			text[j] = letters[rand.IntN(len(letters))]
		}
		ops[i].Append = &journal.Append{Record: journal.Record{
			Room: 1 + journal.Room(rand.IntN(benchRooms)), Kind: journal.Message, Target: "#room", Text: string(text),
			Author: journal.Author{ID: "ann", Nick: "ann", Username: "ann", Host: "example.org", Account: "ann"},
		}}
	}
	return ops
}
