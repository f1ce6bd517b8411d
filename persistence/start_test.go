package persistence

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// stored makes a data directory with something in it and returns its config.
func stored(t *testing.T) Config {
	cfg := testConfig(filepath.Join(t.TempDir(), "data"))
	cfg.MasterKeyFile = filepath.Join(t.TempDir(), "keys", "master.key")
	db := openTest(t, cfg)
	mustCommit(t, db, opAccount("ann"), opRoom("#a"), opSay(1, "hello", ""))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// mustRefuse opens, expects a refusal that holds each word, and that no file
// was touched.
func mustRefuse(t *testing.T, cfg Config, want error, words ...string) {
	t.Helper()
	mustNotChange(t, cfg.Dir, func() {
		db, err := Open(cfg)
		if err == nil {
			db.Close()
		}
		if !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q does not say %q", err, word)
			}
		}
	})
}

func TestAttack84WrongMasterKeyIsRefused(t *testing.T) {
	cfg := stored(t)
	other := []byte(hex.EncodeToString(bytes.Repeat([]byte{7}, masterKeyBytes)) + "\n")
	if err := os.WriteFile(cfg.MasterKeyFile, other, 0o600); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, cfg, ErrMasterKey, "give the right key")
}

func TestAttack84LostMasterKeyIsRefusedAndNoneIsMade(t *testing.T) {
	cfg := stored(t)
	key, err := os.ReadFile(cfg.MasterKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cfg.MasterKeyFile); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, cfg, ErrMasterKey, "put the file back", cfg.MasterKeyFile)
	if _, err := os.Stat(cfg.MasterKeyFile); !errors.Is(err, os.ErrNotExist) {
		t.Fatal("a new master key was made over data sealed with another")
	}
	cfg.MasterKey = key // from the environment
	openTest(t, cfg)
}

func TestAttack84UnusableMasterKeyIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"readable by others": func(path string) error { return os.Chmod(path, 0o644) },
		"cut short":          func(path string) error { return os.Truncate(path, 20) },
		"empty":              func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := stored(t)
			if err := spoil(cfg.MasterKeyFile); err != nil {
				t.Fatal(err)
			}
			mustRefuse(t, cfg, ErrMasterKey, cfg.MasterKeyFile)
		})
	}
}

func TestAttack84LostKeyringIsRefusedAndNoneIsMade(t *testing.T) {
	cfg := stored(t)
	remove(t, filepath.Join(cfg.Dir, keyringName))
	mustRefuse(t, cfg, journal.ErrIntegrity, "keyring", "backup")
}

func TestAMasterKeyThatWasThereBeforeIsUsed(t *testing.T) {
	cfg := testConfig(t.TempDir())
	key := []byte(hex.EncodeToString(bytes.Repeat([]byte{7}, masterKeyBytes)))
	if err := os.WriteFile(cfg.MasterKeyFile, key, 0o600); err != nil {
		t.Fatal(err)
	}
	openTest(t, cfg).Close()
	if now, err := os.ReadFile(cfg.MasterKeyFile); err != nil || !bytes.Equal(now, key) {
		t.Error("the master key was replaced")
	}
	cfg.MasterKeyFile, cfg.MasterKey = "", key
	openTest(t, cfg)
}

// TestANewerDataKeyWritesAndAllRead is what rotation will rest on.
func TestANewerDataKeyWritesAndAllRead(t *testing.T) {
	cfg := stored(t)
	path := filepath.Join(cfg.Dir, keyringName)
	ring, err := loadKeyring(cfg, false)
	if err != nil {
		t.Fatal(err)
	}
	master, err := readMasterKey(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ring.Data = append(ring.Data, dataKey{ID: 2, Key: randomKey()})
	if err := writeKeyring(path, ring, master); err != nil {
		t.Fatal(err)
	}
	db := openTest(t, cfg)
	mustCommit(t, db, opSay(1, "again", ""))
	page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: 5})
	if err != nil || len(page) != 2 {
		t.Fatal(page, err)
	}
	for seq, want := range map[uint64]byte{1: 1, 2: 2} {
		if got := rawGet(t, db, keyOfRecord(1, seq))[1]; got != want {
			t.Errorf("record %d is sealed with key %d, want %d", seq, got, want)
		}
	}
}

func TestAttack88NewerFormatIsRefused(t *testing.T) {
	cfg := stored(t)
	text := fmt.Sprintf("%s%d\n", formatPrefix, formatVersion+1)
	if err := os.WriteFile(filepath.Join(cfg.Dir, formatName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRefuse(t, cfg, ErrNewer, "start the newer version")
}

func TestAttack88NewerValueIsRefused(t *testing.T) {
	db := openTest(t, testConfig(t.TempDir()))
	mustCommit(t, db, opRoom("#a"), opSay(1, "hello", ""))
	plain, err := encode(nil, storedRecord{Text: "from tomorrow"})
	if err != nil {
		t.Fatal(err)
	}
	plain[0] = codecVersion + 1
	rawSet(t, db, keyOfRecord(1, 1), db.sealer.seal(keyOfRecord(1, 1), plain))
	if page, _, err := db.Range(1, journal.Query{Where: journal.Latest, Limit: 1}); !errors.Is(err, ErrNewer) {
		t.Fatal(page, err)
	}
}

func TestAttack87SecondProcessIsRefused(t *testing.T) {
	cfg := testConfig(t.TempDir())
	db := openTest(t, cfg)
	mustCommit(t, db, opRoom("#a"))
	want := fmt.Sprintf("opened: %v: process %d serves %s; stop it first", ErrLocked, os.Getpid(), cfg.Dir)
	if out := child(t, "open", cfg.Dir); !strings.Contains(out, want) {
		t.Errorf("got %s, want %s", out, want)
	}
	mustCommit(t, db, opSay(1, "still here", ""))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if out := child(t, "open", cfg.Dir); !strings.Contains(out, "opened: <nil>") {
		t.Error(out)
	}
}

// TestAnInterruptedFirstStartIsBegunAgain stops the making of a directory
// after each of its steps.
func TestAnInterruptedFirstStartIsBegunAgain(t *testing.T) {
	for _, last := range []string{"nothing", keyringName, databaseNew, commitName, formatName} {
		t.Run(last, func(t *testing.T) {
			cfg := testConfig(filepath.Join(t.TempDir(), "data"))
			cfg.MasterKeyFile = filepath.Join(t.TempDir(), "master.key")
			openTest(t, cfg).Close()
			in := func(name string) string { return filepath.Join(cfg.Dir, name) }
			if err := os.Rename(in(databaseName), in(databaseNew)); err != nil {
				t.Fatal(err)
			}
			steps := []string{keyringName, databaseNew, commitName, formatName}
			for i := len(steps) - 1; i >= 0 && steps[i] != last; i-- {
				if err := os.RemoveAll(in(steps[i])); err != nil {
					t.Fatal(err)
				}
			}
			db := openTest(t, cfg)
			mustCommit(t, db, opRoom("#a"))
			db.Close()
			db = openTest(t, cfg)
			if _, err := db.RoomByName("#a"); err != nil {
				t.Error(err)
			}
		})
	}
}
