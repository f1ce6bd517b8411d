package persistence

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/persistence/powercut"
)

// TestAttack80AMissingSyncIsCaught leaves syncs out, one after the other, and
// expects that something acknowledged is lost then: what the cuts are worth.
func TestAttack80AMissingSyncIsCaught(t *testing.T) {
	powercut.NeedsMount(t)
	t.Parallel()                             // much of it is waiting for children
	const start, load = 2 * opsOfStart, 2500 // a start, and some commits behind it
	tests := []struct {
		name string
		way  string
		deaf string // pattern of names
		cut  int
		want string
	}{
		{"of the log, which the commit file tells", wayCareless, "", start, "was acknowledged"},
		{"of the log and the commit file", wayHeedless, "", start, "are lost"},
		{"of the log, as if by the disk", wayBatches, "*.mem", start, "was acknowledged"},
		{"of what is renamed into place", wayBatches, ".new-*", start, ""},
		{"of the directory of all", wayBatches, "/", start, "are lost"},
		{"of the data directory", wayBatches, "data", start, "are lost"},
		{"of the directory of the master key", wayBatches, "keys", start, "master key"},
		{"of the database's directory", wayBatches, "db", load, ""},
		{"of the tables", wayBatches, "*.sst", load, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPowered(t)
			p.disk.Deaf(func(name string) bool {
				deaf, err := filepath.Match(test.deaf, name)
				return deaf && err == nil
			})
			p.live(life{way: test.way, cut: test.cut})
			if p.acknowledged == 0 {
				t.Fatal("nothing was acknowledged")
			}
			p.play(life{way: wayLook})
			if !slices.ContainsFunc(p.broken, func(s string) bool { return strings.Contains(s, test.want) }) {
				t.Errorf("not caught: %q", p.broken)
			}
			t.Log(p.broken[len(p.broken)-1])
		})
	}
}

// TestATablesNameIsSyncedBeforeTheManifestListsIt: Badger calls what we have
// put in the place of its sync of the MANIFEST, and that wants the directory.
func TestATablesNameIsSyncedBeforeTheManifestListsIt(t *testing.T) {
	ours := syncManifest
	defer func() { syncManifest = ours }()
	var synced []string
	syncManifest = func(f *os.File) error {
		synced = append(synced, f.Name())
		return ours(f)
	}
	cfg := testConfig(t.TempDir())
	openTest(t, cfg).Close()
	if len(synced) == 0 || filepath.Base(synced[0]) != "MANIFEST" {
		t.Errorf("synced: %q", synced)
	}
	dir := filepath.Join(t.TempDir(), "dir")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "MANIFEST"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := ours(f); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := ours(f); err == nil {
		t.Error("the directory was not synced")
	}
}

// TestASpareFileThatAPowerCutLeftEmptyIsMadeAgain: its name may be all that
// survived.
func TestASpareFileThatAPowerCutLeftEmptyIsMadeAgain(t *testing.T) {
	cfg := testConfig(t.TempDir())
	openTest(t, cfg).Close()
	spare := filepath.Join(cfg.Dir, spareName)
	want := size(t, spare)
	truncate(t, spare, 0)
	openTest(t, cfg)
	if got := size(t, spare); got != want {
		t.Errorf("%d bytes, and not %d", got, want)
	}
}
