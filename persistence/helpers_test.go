package persistence

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// What a filled store holds.
const (
	filledRooms    = 8
	filledPerRoom  = 600
	filledAccounts = 20
	filledText     = "the secret of room %d line %d "
)

func testConfig(dir string) Config {
	return Config{
		Dir: dir, MasterKeyFile: filepath.Join(dir, "master.key"),
		ReserveBytes: 8 << 20, memTable: 1 << 20,
	}
}

func openTest(t testing.TB, cfg Config) *DB {
	t.Helper()
	db, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// mustCommit commits and fails the test on any refusal.
func mustCommit(t testing.TB, s Store, ops ...Op) []Outcome {
	t.Helper()
	out, err := s.Commit(ops)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range out {
		if o.Err != nil {
			t.Fatalf("operation %d: %v", i, o.Err)
		}
	}
	return out
}

func opSay(room journal.Room, text, clientID string) Op {
	return Op{Append: &journal.Append{ClientID: clientID, Record: journal.Record{
		Room: room, Kind: journal.Message, Text: text, Author: journal.Author{ID: "dorothea", Nick: "Dorothea"},
	}}}
}

func opRoom(key string) Op { return Op{Open: &records.Open{Key: key, Name: key}} }

func opAccount(key string) Op {
	return Op{Create: &records.Create{Account: records.Account{Key: key, Name: key, Password: "$argon2id$hush"}}}
}

func opMember(room journal.Room, account string) Op {
	return Op{Append: &journal.Append{Silent: true, Record: journal.Record{Room: room},
		Members: []journal.Member{{Account: account, Joined: true}}}}
}

func filledName(i int) string { return fmt.Sprint("dorothea", i) }

func filledRoom(i int) string { return fmt.Sprint("#orchard", i) }

func filledLine(room journal.Room, seq uint64) string {
	return fmt.Sprintf(filledText, room, seq) + strings.Repeat("lorem ipsum ", 15)
}

// fill writes enough for several tables and logs.
func fill(t testing.TB, s Store) {
	t.Helper()
	fillNames(t, s)
	fillLines(t, s, 1, filledPerRoom)
}

func fillNames(t testing.TB, s Store) {
	t.Helper()
	for i := range filledAccounts {
		mustCommit(t, s, opAccount(filledName(i)))
	}
	for i := range filledRooms {
		mustCommit(t, s, opRoom(filledRoom(i)), opMember(journal.Room(i+1), filledName(0)))
	}
}

func fillLines(t testing.TB, s Store, first, last uint64) {
	t.Helper()
	for seq := first; seq <= last; seq++ {
		var ops []Op
		for room := journal.Room(1); room <= filledRooms; room++ {
			ops = append(ops, opSay(room, filledLine(room, seq), fmt.Sprint("client-id-", room, "-", seq)))
		}
		mustCommit(t, s, ops...)
	}
}

// readFilled reads back everything that fill wrote. An error that is not one
// of the store's own says that something is missing in silence.
func readFilled(s Store) error {
	for i := range filledAccounts {
		if a, err := s.Account(filledName(i)); err != nil || a.Name != filledName(i) {
			return fmt.Errorf("account %d: %w", i, err)
		}
	}
	list, err := s.Memberships(filledName(0))
	if err != nil || len(list) != filledRooms {
		return fmt.Errorf("%d memberships: %w", len(list), err)
	}
	for i := range filledRooms {
		room, err := s.RoomByName(filledRoom(i))
		if err != nil || room.LastSeq != filledPerRoom {
			return fmt.Errorf("room %d ends at %d: %w", i, room.LastSeq, err)
		}
		page, _, err := s.Range(room.No, journal.Query{Where: journal.Latest, Limit: journal.MaxPage})
		if err != nil || len(page) != filledPerRoom {
			return fmt.Errorf("a page of %d: %w", len(page), err)
		}
		for j, r := range page {
			if r.Seq != uint64(j+1) || r.Text != filledLine(room.No, r.Seq) {
				return fmt.Errorf("record %+v is not what was written", r.ID())
			}
		}
	}
	page, err := s.Names("", 1000)
	if err == nil && len(page.Accounts) == filledAccounts {
		page, err = s.Names(page.Next, 1000)
	}
	if err != nil || len(page.Rooms) != filledRooms {
		return fmt.Errorf("%d names of accounts and %d of rooms: %w", len(page.Accounts), len(page.Rooms), err)
	}
	return nil
}

// told tells whether the store itself says that it is damaged.
func told(err error) bool {
	return errors.Is(err, journal.ErrIntegrity) || errors.Is(err, journal.ErrGap)
}

const childEnv = "GREENROOM_TEST_CHILD"

// TestChild is no test: it is what a test's child process does.
func TestChild(t *testing.T) {
	dir := os.Getenv(childEnv + "_DIR")
	switch os.Getenv(childEnv) {
	case "fill and die":
		db := openTest(t, testConfig(dir))
		fillNames(t, db)
		fillLines(t, db, 1, filledPerRoom/2)
		db.Close() // so that this half is in tables
		db = openTest(t, testConfig(dir))
		fillLines(t, db, filledPerRoom/2+1, filledPerRoom)
		self, _ := os.FindProcess(os.Getpid())
		self.Kill()
		time.Sleep(time.Minute)
	case "fill the disk":
		fillTheDisk(t, dir)
	case "open":
		db, err := Open(testConfig(dir))
		fmt.Println("opened:", err)
		if err == nil {
			db.Close()
		}
	}
}

// child runs this test binary as another process and returns what it printed.
func child(t testing.TB, what, dir string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+what, childEnv+"_DIR="+dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if what != "fill and die" && err != nil || strings.Contains(out.String(), "--- FAIL") {
		t.Fatalf("%s: %v\n%s", what, err, &out)
	}
	return out.String()
}

// copyDir copies a data directory. It starts no process, whose fork would hold
// the locks of other tests' stores.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(to, "master.key"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// contents is every file under dir, by its path.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != lockName {
			var text []byte
			text, err = os.ReadFile(path)
			files[strings.TrimPrefix(path, dir)] = string(text)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // compacted meanwhile
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// mustNotChange fails the test when do changes a file under dir.
func mustNotChange(t testing.TB, dir string, do func()) {
	t.Helper()
	before := contents(t, dir)
	do()
	mustBe(t, dir, before)
}

// mustBe fails the test when the files under dir are not those of before.
func mustBe(t testing.TB, dir string, before map[string]string) {
	t.Helper()
	after := contents(t, dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s was changed or removed", name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s was made", name)
		}
	}
}
