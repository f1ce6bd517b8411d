package persistence

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// commitFile remembers the last acknowledged commit outside of the database:
// Badger opens without a word after it has lost the end of its log, and this
// is how we see it. Two slots are written in turn, so that a torn write leaves
// the one before.
type commitFile struct {
	f    *os.File
	sync func(*os.File) error // replaced by tests
}

// mark is what a slot holds.
type mark struct {
	G       uint64 // number of the commit
	Version uint64 // Badger's version of its entries
}

const (
	slotBytes  = 4096 // a slot is never torn by a write of the other
	markBytes  = 24
	slotCount  = 2
	commitSize = slotCount * slotBytes
)

var (
	markMagic = [4]byte{'G', 'R', 'c', '1'}
	crcTable  = crc32.MakeTable(crc32.Castagnoli)
)

func fdatasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// makeCommitFile makes the file whole, so that later writes need no space.
func makeCommitFile(dir string, m mark) error {
	buf := make([]byte, commitSize)
	putMark(buf[m.G%slotCount*slotBytes:], m)
	return writeAtomically(filepath.Join(dir, commitName), buf)
}

func openCommitFile(dir string) (*commitFile, mark, error) {
	f, err := os.OpenFile(filepath.Join(dir, commitName), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, mark{}, damaged("the file %s is missing, so it cannot be told whether the database is complete",
			filepath.Join(dir, commitName))
	}
	if err != nil {
		return nil, mark{}, err
	}
	var last mark
	for slot := range int64(slotCount) {
		var buf [markBytes]byte
		if _, err := f.ReadAt(buf[:], slot*slotBytes); err != nil {
			continue
		}
		if m, ok := getMark(buf[:]); ok && m.G > last.G {
			last = m
		}
	}
	if last.G == 0 {
		f.Close()
		return nil, mark{}, damaged("the file %s is unreadable, so it cannot be told whether the database is complete",
			filepath.Join(dir, commitName))
	}
	return &commitFile{f: f, sync: fdatasync}, last, nil
}

func (c *commitFile) write(m mark) error {
	var buf [markBytes]byte
	putMark(buf[:], m)
	if _, err := c.f.WriteAt(buf[:], int64(m.G%slotCount)*slotBytes); err != nil {
		return err
	}
	return c.sync(c.f)
}

func (c *commitFile) close() error { return c.f.Close() }

func putMark(buf []byte, m mark) {
	copy(buf, markMagic[:])
	binary.BigEndian.PutUint64(buf[4:], m.G)
	binary.BigEndian.PutUint64(buf[12:], m.Version)
	binary.BigEndian.PutUint32(buf[20:], crc32.Checksum(buf[:20], crcTable))
}

func getMark(buf []byte) (mark, bool) {
	if [4]byte(buf[:4]) != markMagic || binary.BigEndian.Uint32(buf[20:]) != crc32.Checksum(buf[:20], crcTable) {
		return mark{}, false
	}
	return mark{binary.BigEndian.Uint64(buf[4:]), binary.BigEndian.Uint64(buf[12:])}, true
}
