package persistence

import (
	"errors"
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
//   - the MANIFEST is there and every entry of it is whole. An incomplete last
//     entry alone is what a power cut leaves: harmless exactly when the rules
//     below hold without it;
//   - every table that it lists is there, with its footer, its index and
//     every block whole. A compaction, and the first may run at once, leaves
//     out everything behind a damaged block of a table, and deletes the table:
//     one rotten record would take names and rooms with it;
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
		version, err := inspectTable(table.NewFilename(id, dir), manifest.Tables[id].Compression, every)
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
