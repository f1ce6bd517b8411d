package persistence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

const (
	smallDisk    = "size=64m"
	smallReserve = 12 << 20 // what Badger needs to finish what it has begun
)

func diskConfig(disk string) Config {
	cfg := testConfig(filepath.Join(disk, "data"))
	cfg.ReserveBytes = smallReserve
	return cfg
}

// mountSmallDisk mounts a tmpfs for the time of the test.
func mountSmallDisk(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "" {
			t.Skip("mounts a small file system and fills it: needs root")
		}
		t.Fatal("CI must run this as root: it mounts a small file system and fills it")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, smallDisk); err != nil {
		t.Fatalf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func ballast(disk string) string { return filepath.Join(disk, "ballast") }

// fillUp fills the disk until only leave bytes are free.
func fillUp(t testing.TB, disk string, leave uint64) {
	t.Helper()
	f, err := os.OpenFile(ballast(disk), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for {
		free, err := freeSpace(disk)
		if err != nil {
			t.Fatal(err)
		}
		if free <= leave {
			return
		}
		_, err = f.Write(make([]byte, min(1<<20, free-leave)))
		if errors.Is(err, unix.ENOSPC) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAttack78OnAFullDiskNothingIsAcknowledgedAndNothingLost writes until the
// store refuses, then takes the rest of the disk too.
func TestAttack78OnAFullDiskNothingIsAcknowledgedAndNothingLost(t *testing.T) {
	disk := mountSmallDisk(t)
	db := openTest(t, diskConfig(disk))
	fill(t, db)
	fillUp(t, disk, smallReserve+4<<20)
	stored := commitUntilRefused(t, db)
	fillUp(t, disk, 0)
	for range 3 {
		if _, err := db.Commit([]Op{opSay(1, "x", "")}); !errors.Is(err, journal.ErrDiskLow) {
			t.Fatal(err)
		}
		for _, err := range []error{db.Health(), db.Resume()} {
			if !errors.Is(err, journal.ErrDiskLow) || !strings.Contains(err.Error(), "make room") {
				t.Fatal(err)
			}
		}
	}
	if room, err := db.Room(1); err != nil || room.LastSeq != filledPerRoom+stored {
		t.Fatalf("%d stored, but the room ends at %d: %v", stored, room.LastSeq-filledPerRoom, err)
	}
	if err := os.Remove(ballast(disk)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Resume(), db.Health()); err != nil {
		t.Fatal(err)
	}
	if o := mustCommit(t, db, opSay(1, "again", ""))[0]; o.Record.Seq != filledPerRoom+stored+1 {
		t.Errorf("%+v", o)
	}
	if found := verified(t, db); len(found) != 0 {
		t.Error(found)
	}
}

func commitUntilRefused(t *testing.T, db *DB) (stored uint64) {
	for {
		_, err := db.Commit([]Op{opSay(1, strings.Repeat("x", 20<<10), "")})
		if errors.Is(err, journal.ErrDiskLow) && stored > 0 {
			return stored
		}
		if err != nil || stored > 10_000 {
			t.Fatal(stored, err)
		}
		stored++
	}
}

// TestAttack78AFullDiskIsToldBeforeOpen: opening would write.
func TestAttack78AFullDiskIsToldBeforeOpen(t *testing.T) {
	disk := mountSmallDisk(t)
	cfg := diskConfig(disk)
	openTest(t, cfg).Close()
	fillUp(t, disk, 0)
	mustRefuse(t, cfg, journal.ErrDiskLow, "make room")
	if err := os.Remove(ballast(disk)); err != nil {
		t.Fatal(err)
	}
	openTest(t, cfg)
}

// TestAttack78ADiskThatFillsAtOnceIsSurvived lets somebody else take all space
// between two commits, and then also what the spare file gave back.
func TestAttack78ADiskThatFillsAtOnceIsSurvived(t *testing.T) {
	disk := mountSmallDisk(t)
	db := openTest(t, diskConfig(disk))
	mustCommit(t, db, opRoom("#a"), opSay(1, "1", ""))
	fillUp(t, disk, 0)
	refused := func() {
		if _, err := db.Commit([]Op{opSay(1, "x", "")}); !errors.Is(err, journal.ErrDiskLow) {
			t.Fatal(err)
		}
		if room, err := db.Room(1); err != nil || room.LastSeq != 1 {
			t.Fatal(room, err)
		}
	}
	refused()
	fillUp(t, disk, 0)
	refused()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(ballast(disk)); err != nil {
		t.Fatal(err)
	}
	db = openTest(t, diskConfig(disk))
	if o := mustCommit(t, db, opSay(1, "2", ""))[0]; o.Record.Seq != 2 {
		t.Errorf("%+v", o)
	}
}

// TestAttack78ADiskThatFillsBehindTheCheckIsSurvived lets the check see space
// that is not there any more: what is committed then goes into space that the
// log was given before.
func TestAttack78ADiskThatFillsBehindTheCheckIsSurvived(t *testing.T) {
	disk := mountSmallDisk(t)
	out := child(t, "fill the disk", disk)
	if !strings.Contains(out, "closed: <nil>") {
		t.Fatal(out)
	}
	if err := os.Remove(ballast(disk)); err != nil {
		t.Fatal(err)
	}
	db := openTest(t, diskConfig(disk))
	page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: journal.MaxPage})
	if err != nil || len(page) != unchecked {
		t.Error(len(page), err)
	}
}

const unchecked = 500 // records committed onto the full disk

// fillTheDisk is the child of the test above. It writes too little for a
// compaction, which no check of ours can stop once it runs.
func fillTheDisk(t *testing.T, disk string) {
	cfg := diskConfig(disk)
	full := false
	cfg.Free = func(dir string) (uint64, error) {
		if full {
			return 1 << 40, nil
		}
		return freeSpace(dir)
	}
	db, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	mustCommit(t, db, opRoom("#a"))
	fillUp(t, disk, 0)
	full = true
	for seq := range uint64(unchecked) {
		mustCommit(t, db, opSay(1, filledLine(1, seq), ""))
	}
	full = false
	fmt.Println("closed:", db.Close())
}
