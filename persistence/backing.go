package persistence

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// walBacking gives the write-ahead log its space on the disk and its place in
// the directory. Badger makes it as a hole and writes through a map of it:
// where the disk is full, that write ends the process. And it syncs the file,
// but not the directory that it is found by.
type walBacking struct {
	dir    string
	size   int64
	next   uint64 // number of the first log that has not been backed
	synced uint64 // number of the last log whose name was synced
}

// start begins with the newest log, which alone is written to. It is written
// up to the size of the memtable and one batch.
func (w *walBacking) start(dir string, memTable int64) error {
	files, err := walFiles(dir)
	if err != nil || len(files) == 0 {
		return err
	}
	*w = walBacking{dir: dir, size: memTable + memTable/4, next: files[len(files)-1]}
	return w.extend()
}

// extend backs the logs that are new. The error is journal.ErrDiskLow when a
// log has its name but not its space.
func (w *walBacking) extend() error {
	for {
		f, err := os.OpenFile(walPath(w.dir, w.next), os.O_RDWR, 0)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = w.back(f)
		}
		if err != nil {
			return err
		}
		w.next++
	}
}

func (w *walBacking) back(f *os.File) error {
	defer f.Close()
	if w.synced != w.next {
		if err := syncDir(w.dir); err != nil {
			return err
		}
		w.synced = w.next
	}
	err := unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, w.size)
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) {
		return fmt.Errorf("%w: the write-ahead log gets no space: %v", journal.ErrDiskLow, err)
	}
	return nil
}
