package persistence

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
)

// killed makes a filled data directory whose server was killed, with tables
// and write-ahead logs in it.
func killed(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "data")
	child(t, "fill and die", dir)
	remove(t, filepath.Join(dir, spareName)) // it is made again, and long to copy
	listed, err := readManifest(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range dbFiles(t, dir, "*.sst") {
		id, _ := table.ParseFileID(f)
		if _, ok := listed.tables()[id]; !ok {
			remove(t, f) // of a compaction that the kill cut short
		}
	}
	for _, pattern := range []string{"*.sst", "*.mem"} {
		if len(dbFiles(t, dir, pattern)) == 0 {
			t.Fatalf("the killed server left no %s", pattern)
		}
	}
	return dir
}

// TestAttack82DamageIsToldAndNeverAShorterHistory damages what a killed
// server has left, in each way that Badger is known to pass over in silence.
func TestAttack82DamageIsToldAndNeverAShorterHistory(t *testing.T) {
	source := killed(t)
	t.Parallel()
	log := func(d string) string { f := dbFiles(t, d, "*.mem"); return f[len(f)-1] }
	tables := func(d string) []string { return dbFiles(t, d, "*.sst") }
	manifest := func(d string) string { return filepath.Join(d, databaseName, "MANIFEST") }
	big := func(d string, do func(string)) { // a small one is index from end to end
		for _, f := range tables(d) {
			if size(t, f) > 64<<10 {
				do(f)
			}
		}
	}
	tests := []struct {
		name   string
		damage func(dir string)
		intact bool // nothing is lost, and nothing is refused
	}{
		{"none", func(string) {}, true},
		{"a bit of the log", func(d string) { flipBit(t, log(d), written(t, log(d))/2) }, false},
		{"a bit of the log's first entry", func(d string) { flipBit(t, log(d), 60) }, false},
		{"the log is truncated", func(d string) { truncate(t, log(d), written(t, log(d))-1000) }, false},
		{"the log is truncated to 10 bytes", func(d string) { truncate(t, log(d), 10) }, false},
		{"the log is empty", func(d string) { truncate(t, log(d), 0) }, false},
		{"the log is deleted", func(d string) { remove(t, log(d)) }, false},
		{"the MANIFEST has a bit flipped", func(d string) { flipBit(t, manifest(d), size(t, manifest(d))/2) }, false},
		{"the MANIFEST is truncated by 5", func(d string) { truncate(t, manifest(d), size(t, manifest(d))-5) }, false},
		{"the MANIFEST is truncated to a half", func(d string) { truncate(t, manifest(d), size(t, manifest(d))/2) }, false},
		{"the MANIFEST is truncated to its header", func(d string) { truncate(t, manifest(d), 8) }, false},
		{"the MANIFEST is empty", func(d string) { truncate(t, manifest(d), 0) }, false},
		{"the MANIFEST is deleted", func(d string) { remove(t, manifest(d)) }, false},
		{"a table is deleted", func(d string) { remove(t, tables(d)[0]) }, false},
		{"all big tables are deleted", func(d string) { big(d, func(f string) { remove(t, f) }) }, false},
		{"a table is truncated", func(d string) { truncate(t, tables(d)[0], size(t, tables(d)[0])-100) }, false},
		{"a table is empty", func(d string) { truncate(t, tables(d)[0], 0) }, false},
		{"a bit of each table's first block", func(d string) { big(d, func(f string) { flipBit(t, f, 100) }) }, false},
		{"a bit in the middle of each table", func(d string) { big(d, func(f string) { flipBit(t, f, size(t, f)/2) }) }, false},
		{"a bit of a record in each table", func(d string) { big(d, func(f string) { flipInRecord(t, f) }) }, false},
		{"a bit of a table's index", func(d string) { flipBit(t, tables(d)[0], size(t, tables(d)[0])-40) }, false},
		{"the commit file is deleted", func(d string) { remove(t, filepath.Join(d, commitName)) }, false},
		{"the commit file is zeroed", func(d string) {
			truncate(t, filepath.Join(d, commitName), 0)
			truncate(t, filepath.Join(d, commitName), commitSize)
		}, false},
		{"the format file is deleted", func(d string) { remove(t, filepath.Join(d, formatName)) }, false},
		{"the database is deleted", func(d string) {
			if err := os.RemoveAll(filepath.Join(d, databaseName)); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"a power cut tore the last entry of the MANIFEST", func(d string) { extend(t, manifest(d), size(t, manifest(d)), "\x00\x00\x00\x20torn") }, true},
		{"a power cut left zeros after the MANIFEST", func(d string) { extend(t, manifest(d), size(t, manifest(d)), string(make([]byte, 4096))) }, true},
		{"a power cut tore a commit that nobody was told of", func(d string) { extend(t, log(d), written(t, log(d))+8, "torn torn torn torn") }, true},
		{"a power cut left a log without contents", func(d string) { extend(t, filepath.Join(d, databaseName, "00099.mem"), 0, "") }, true},
		{"a power cut left a value log without contents", func(d string) { extend(t, filepath.Join(d, databaseName, "000099.vlog"), 0, "") }, true},
		{"a power cut tore the last entry of the MANIFEST inside", func(d string) {
			extend(t, manifest(d), size(t, manifest(d)), "\x00\x00\x00\x08torntorntorn")
		}, true},
		{"a power cut left the length of an entry that is not there", func(d string) {
			extend(t, manifest(d), size(t, manifest(d)), "\x7f\x00\x00\x08torntorntorn")
		}, true},
		{"a power cut left a table in the MANIFEST, and not its name", func(d string) { list(t, manifest(d), 99) }, true},
		{"the MANIFEST lists two tables that are not there", func(d string) { list(t, manifest(d), 98); list(t, manifest(d), 99) }, false},
		{"a power cut left a table that the MANIFEST does not know", func(d string) {
			extend(t, filepath.Join(d, databaseName, "000099.sst"), 0, "torn")
		}, true},
		{"DISCARD is deleted", func(d string) { remove(t, filepath.Join(d, databaseName, "DISCARD")) }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			copyDir(t, source, dir)
			test.damage(dir)
			before := contents(t, dir)
			err := openAndRead(t, dir)
			if err != nil {
				mustBe(t, dir, before)
			}
			if test.intact && err != nil {
				t.Error(err)
			}
			if !test.intact && !told(err) {
				t.Errorf("the damage was passed over: %v", err)
			}
		})
	}
}

// TestAttack82EveryFlippedBitOfATableIsTold flips a bit of every byte of a
// table, one after the other.
func TestAttack82EveryFlippedBitOfATableIsTold(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	fillNames(t, db)
	fillLines(t, db, 1, 2)
	db.Close()
	tables := dbFiles(t, cfg.Dir, "*.sst")
	path := tables[len(tables)-1]
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) < 2*blockSize {
		t.Fatalf("a table of %d bytes has one block only", len(text))
	}
	for at, b := range text {
		if _, err := f.WriteAt([]byte{b ^ 1<<(at%8)}, int64(at)); err != nil {
			t.Fatal(err)
		}
		if _, err := inspectTable(path, options.None, every); !told(err) {
			t.Errorf("bit %d of byte %d of %d: %v", at%8, at, len(text), err)
		}
		if _, err := f.WriteAt([]byte{b}, int64(at)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := inspectTable(path, options.None, every); err != nil {
		t.Error(err)
	}
}

// TestAttack82AnyFlippedBitIsToldOrHarmless flips bits at random places.
func TestAttack82AnyFlippedBitIsToldOrHarmless(t *testing.T) {
	source := killed(t)
	t.Parallel()
	for round := range 24 {
		dir := filepath.Join(t.TempDir(), "data")
		copyDir(t, source, dir)
		files := slices.Concat(dbFiles(t, dir, "*.sst"), dbFiles(t, dir, "*.mem"), dbFiles(t, dir, "MANIFEST"),
			[]string{filepath.Join(dir, commitName), filepath.Join(dir, keyringName)})
		file := files[round%len(files)]
		at := rand.Int64N(max(written(t, file), 1))
		flipBit(t, file, at)
		err := openAndRead(t, dir)
		if err != nil && !told(err) && !(file == files[len(files)-1] && errors.Is(err, ErrMasterKey)) {
			t.Errorf("a bit of byte %d of %s: %v", at, filepath.Base(file), err)
		}
	}
}

// openAndRead opens a copy of a filled store and reads all of it. When it
// opens, all must be there: a compaction that runs at once would spread what
// is damaged.
func openAndRead(t *testing.T, dir string) error {
	db, err := Open(testConfig(dir))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := readFilled(db); err != nil {
		t.Errorf("a damaged store was opened: %v", err)
	}
	return nil
}
