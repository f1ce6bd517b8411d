package persistence

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
)

// inspect looks at the files of the database before Badger does. Badger
// repairs what it finds damaged by leaving it out, deletes the rest, and ends
// the process over a truncated table; afterwards it is too late. What must
// hold:
//
//   - the MANIFEST is there and every entry of it is whole;
//   - every table that it lists is there, with its footer, its index and
//     every block whole. A compaction, and the first may run at once, leaves
//     out everything behind a damaged block of a table, and deletes the table:
//     one rotten record would take names and rooms with it;
//   - tables and logs together reach the last acknowledged commit without a
//     hole.
//
// The last entry of the MANIFEST is left out when it is not whole, or when
// these rules hold without it alone: that is what a power cut leaves before
// the entry was synced. The tables and logs that it would have replaced are
// still there, as Badger removes them afterwards. Returned is the manifest
// with which the rules hold.
func inspect(dir string, acknowledged mark) (manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return m, err
	}
	if err = inspectListed(dir, m, acknowledged); err != nil {
		if less, ok := m.withoutLast(); ok && inspectListed(dir, less, acknowledged) == nil {
			return less, nil
		}
	}
	return m, err
}

func inspectListed(dir string, m manifest, acknowledged mark) error {
	tables := m.tables()
	var reached uint64
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		version, err := inspectTable(table.NewFilename(id, dir), tables[id], every)
		if err != nil {
			return err
		}
		reached = max(reached, version)
	}
	reached, err := checkWALs(dir, reached)
	if err != nil {
		return err
	}
	if reached < acknowledged.Version {
		return damaged("the database in %s ends at commit version %d, but %d was acknowledged", dir, reached, acknowledged.Version)
	}
	return nil
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
