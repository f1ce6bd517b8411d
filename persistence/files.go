package persistence

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Names in the data directory. Badger has a directory of its own in it.
const (
	lockName     = "lock"
	formatName   = "format"
	keyringName  = "keyring"
	commitName   = "commit"
	databaseName = "db"
	databaseNew  = "db.new"
	manifestCopy = "manifest.last-good"
	spareName    = "spare"
)

// formatVersion counts up when an older greenroom could no longer read, or
// would spoil, what this one writes.
const formatVersion = 2

const formatPrefix = "greenroom data, format "

// checkFormat tells whether dir was initialised, and refuses one that was
// written by a newer version.
func checkFormat(dir string) (initialised bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, formatName))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	number, ok := strings.CutPrefix(strings.TrimSpace(string(text)), formatPrefix)
	version, convErr := strconv.Atoi(number)
	if !ok || convErr != nil || version < 1 {
		return false, damaged("%s says no format", filepath.Join(dir, formatName))
	}
	if version > formatVersion {
		return false, fmt.Errorf("%w (format %d, this one reads up to %d); nothing was changed: "+
			"start the newer version", ErrNewer, version, formatVersion)
	}
	return true, nil
}

func writeFormat(dir string) error {
	return writeAtomically(filepath.Join(dir, formatName), fmt.Appendf(nil, "%s%d\n", formatPrefix, formatVersion))
}

// writeAtomically replaces a file so that after a crash it holds either the
// old or the new contents.
func writeAtomically(path string, contents []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed, which is right
	_, err = f.Write(contents)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	return err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// syncNames makes the name of a file or directory last, and those of the
// directories above it: any of them may have been made by a first start.
func syncNames(path string) error {
	path, err := filepath.Abs(path)
	for err == nil && path != filepath.Dir(path) {
		path = filepath.Dir(path)
		err = syncDir(path)
		if errors.Is(err, os.ErrPermission) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EROFS) {
			err = nil // we have not made anything there, or nothing can be done
		}
	}
	return err
}

// lockDir takes the directory for this process. The lock ends with the
// process, however it ends.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 20))
		f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", dir, err)
		}
		return nil, fmt.Errorf("%w: process %s serves %s; stop it first, or choose another directory",
			ErrLocked, strings.TrimSpace(string(holder)), dir)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt(strconv.AppendInt(nil, int64(os.Getpid()), 10), 0) // only for the sentence above
	}
	return f, nil
}
