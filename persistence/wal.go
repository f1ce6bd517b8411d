package persistence

import (
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Badger's write-ahead logs, read with our own eyes before it opens: at a
// damaged entry it drops the rest of the file without a word and cuts it off.
//
// A file is a header and entries; an entry is meta, user meta, three uvarints
// (length of key and value, expiry), key, value and a CRC. The last of a
// transaction is marked and holds the transaction's version as text; each
// commit has the version after the one before, also across files.
const (
	walSuffix      = ".mem"
	walHeaderBytes = 20
	walEndOfTxn    = 1 << 7
)

// walFiles lists the numbers of the logs in order.
func walFiles(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), walSuffix); ok {
			if no, err := strconv.ParseUint(name, 10, 32); err == nil {
				out = append(out, no)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

func walPath(dir string, no uint64) string {
	name := strconv.FormatUint(no, 10)
	return filepath.Join(dir, strings.Repeat("0", max(0, 5-len(name)))+name+walSuffix)
}

// checkWALs walks over the logs and returns the last version that a replay
// will reach, given that the tables reach from.
func checkWALs(dir string, from uint64) (last uint64, err error) {
	files, err := walFiles(dir)
	if err != nil {
		return 0, err
	}
	last = from
	for _, no := range files {
		versions, err := readWAL(walPath(dir, no))
		if err != nil {
			return 0, err
		}
		for _, v := range versions {
			if v > last+1 {
				return 0, damaged("commits %d to %d are missing before %s", last+1, v-1, walPath(dir, no))
			}
			last = max(last, v)
		}
	}
	return last, nil
}

// removeEmptyLogs removes logs without contents, which a power cut leaves and
// Badger does not open, those of the memtables and of values. Call it only
// after inspect: then nothing was in them.
func removeEmptyLogs(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); ext != walSuffix && ext != ".vlog" {
			continue
		}
		info, err := e.Info()
		if err == nil && info.Size() == 0 {
			err = os.Remove(filepath.Join(dir, e.Name()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readWAL returns the versions of the transactions that are whole, up to the
// first damage, as a replay does.
func readWAL(path string) (versions []uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < walHeaderBytes {
		return nil, err
	}
	// Mapped, since most of it is a hole.
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	defer unix.Munmap(data)
	rest := data[walHeaderBytes:]
	for {
		meta, value, size := walEntry(rest)
		if size == 0 {
			return versions, nil
		}
		if meta&walEndOfTxn != 0 {
			v, err := strconv.ParseUint(string(value), 10, 64)
			if err != nil {
				return versions, nil
			}
			versions = append(versions, v)
		}
		rest = rest[size:]
	}
}

// walEntry reads the entry at the beginning of b; size is 0 when there is
// none or it is damaged.
func walEntry(b []byte) (meta byte, value []byte, size int) {
	if len(b) < 2 {
		return 0, nil, 0
	}
	at := 2
	var lengths [3]uint64
	for i := range lengths {
		v, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return 0, nil, 0
		}
		lengths[i], at = v, at+n
	}
	key, val := lengths[0], lengths[1]
	if key == 0 || key > 1<<16 || val > uint64(len(b)) || uint64(at)+key+val+crc32.Size > uint64(len(b)) {
		return 0, nil, 0
	}
	end := at + int(key+val)
	if crc32.Checksum(b[:end], crcTable) != binary.BigEndian.Uint32(b[end:]) {
		return 0, nil, 0
	}
	return b[0], b[at+int(key) : end], end + crc32.Size
}
