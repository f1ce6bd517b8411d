package powercut

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	scriptEnv = "POWERCUT_TEST_SCRIPT"
	dirEnv    = "POWERCUT_TEST_DIR"
)

// script is what a process does on a disk before its power is cut.
type script struct {
	name string
	do   func(p process)
	want map[string]string // what is left of it
}

var scripts = []script{
	{"nothing is synced", func(p process) { p.write("f", "text") }, nil},
	{"a file is synced, its name not", func(p process) { p.write("f", "text").Sync() }, nil},
	{"a name is synced, the file not", func(p process) { p.write("f", "text"); p.syncDir(".") }, map[string]string{"f": ""}},
	{"a file and its name are synced", func(p process) { p.write("f", "text").Sync(); p.syncDir(".") }, map[string]string{"f": "text"}},
	{"a file is closed, and its name synced", func(p process) { p.write("f", "text").Close(); p.syncDir(".") }, map[string]string{"f": ""}},
	{"data are synced, which tells of the size too", func(p process) {
		unix.Fdatasync(int(p.write("f", "text").Fd()))
		p.syncDir(".")
	}, map[string]string{"f": "text"}},
	{"a file that was opened for synced writes", func(p process) {
		p.open("f", os.O_CREATE|os.O_RDWR|syscall.O_DSYNC).WriteString("text")
		p.syncDir(".")
	}, map[string]string{"f": "text"}},
	{"a file is cut short and not synced", func(p process) { p.kept("f", "text").Truncate(2) }, map[string]string{"f": "text"}},
	{"a file is cut short and synced", func(p process) {
		f := p.kept("f", "text")
		f.Truncate(2)
		f.Sync()
	}, map[string]string{"f": "te"}},
	{"a file is opened to be emptied", func(p process) {
		p.kept("f", "text")
		p.open("f", os.O_TRUNC|os.O_RDWR)
	}, map[string]string{"f": "text"}},
	{"a rename is not synced", func(p process) { p.kept("f", "text"); p.rename("f", "g") }, map[string]string{"f": "text"}},
	{"a rename is synced", func(p process) { p.kept("f", "text"); p.rename("f", "g"); p.syncDir(".") }, map[string]string{"g": "text"}},
	{"a file that is replaced, without a sync of the name", func(p process) {
		p.kept("f", "old")
		p.write("new", "new").Sync()
		p.rename("new", "f")
	}, map[string]string{"f": "old"}},
	{"a removal is not synced", func(p process) { p.kept("f", "text"); p.remove("f") }, map[string]string{"f": "text"}},
	{"a removal is synced", func(p process) { p.kept("f", "text"); p.remove("f"); p.syncDir(".") }, nil},
	{"a directory is synced, its own name not", func(p process) {
		p.mkdir("d")
		p.write("d/f", "text").Sync()
		p.syncDir("d")
	}, nil},
	{"a directory's name is synced, what is in it not", func(p process) {
		p.mkdir("d")
		p.write("d/f", "text").Sync()
		p.syncDir(".")
	}, map[string]string{"d/": ""}},
	{"a file moves to another directory, of which one is synced", func(p process) {
		p.kept("f", "text")
		p.mkdir("d")
		p.syncDir(".")
		p.rename("f", "d/f")
		p.syncDir("d")
	}, map[string]string{"f": "text", "d/": "", "d/f": "text"}},
	{"space is asked for", func(p process) {
		f := p.kept("f", "text")
		unix.Fallocate(int(f.Fd()), 0, 0, 6)
		unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, 1<<20)
		f.Sync()
	}, map[string]string{"f": "text\x00\x00"}},
	{"a mapped page is changed and not synced", func(p process) { copy(p.mapped("f", "text"), "TE") }, map[string]string{"f": "text"}},
	{"a mapped page is changed and synced", func(p process) {
		m := p.mapped("f", "text")
		copy(m, "TE")
		unix.Msync(m, unix.MS_SYNC)
		copy(m, "lost")
	}, map[string]string{"f": "TExt"}},
	{"a mapped page is changed and the file synced", func(p process) {
		copy(p.mapped("f", "text"), "TE")
		p.open("f", os.O_RDWR).Sync()
	}, map[string]string{"f": "TExt"}},
	{"a mapped page is changed and unmapped", func(p process) {
		m := p.mapped("f", "text")
		copy(m, "TE")
		unix.Munmap(m)
	}, map[string]string{"f": "text"}},
}

// TestWhatIsSyncedSurvivesAndNothingElse runs each script in a process of its
// own, cuts the power, and looks at the disk from another mount.
func TestWhatIsSyncedSurvivesAndNothingElse(t *testing.T) {
	for _, s := range scripts {
		if os.Getenv(scriptEnv) == s.name {
			s.do(process(os.Getenv(dirEnv)))
			fmt.Println("done")
			select {}
		}
	}
	if os.Getenv(scriptEnv) == "look" {
		look(os.Getenv(dirEnv))
	}
	NeedsMount(t)
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			d, at := New(), t.TempDir()
			if out := run(t, d, at, s.name); out != "done\n" {
				t.Fatal(out)
			}
			d.Restart(nil)
			want := s.want
			if want == nil {
				want = map[string]string{}
			}
			if got := d.Files(); !reflect.DeepEqual(got, want) {
				t.Errorf("%q is left, and not %q", got, want)
			}
			if got, want := run(t, d, at, "look"), fmt.Sprintf("%q\n", want); got != want {
				t.Errorf("a new mount shows %s, and not %s", got, want)
			}
		})
	}
}

// run runs a script on a mount until it has said a line, cuts, and unmounts.
func run(t *testing.T, d *Disk, at, script string) string {
	t.Helper()
	if err := d.Mount(at); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestWhatIsSyncedSurvivesAndNothingElse$")
	cmd.Env = append(os.Environ(), scriptEnv+"="+script, dirEnv+"="+at)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	d.Cut()
	cmd.Process.Kill()
	cmd.Wait()
	if err := errors.Join(err, d.Unmount()); err != nil {
		t.Error(err)
	}
	return line
}

// look prints what is in a directory, and waits.
func look(dir string) {
	files := map[string]string{}
	filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		must(err)
		name, err := filepath.Rel(dir, path)
		must(err)
		switch {
		case name == ".":
		case e.IsDir():
			files[name+"/"] = ""
		default:
			text, err := os.ReadFile(path)
			must(err)
			files[name] = string(text)
		}
		return nil
	})
	fmt.Printf("%q\n", files)
	select {}
}

// TestAfterTheCutEverythingFails also what the process had opened before.
func TestAfterTheCutEverythingFails(t *testing.T) {
	NeedsMount(t)
	d, at := New(), t.TempDir()
	if err := d.Mount(at); err != nil {
		t.Fatal(err)
	}
	p := process(at)
	f := p.write("f", "text")
	var told atomic.Int32 // the kernel carries the word, which the race detector does not see
	d.OnCut(func() { told.Add(1) })
	d.CutAfter(3)
	if err := f.Sync(); err != nil {
		t.Error(err)
	}
	p.syncDir(".")
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	_, wrote := f.Write([]byte("more"))
	for _, err := range []error{wrote, os.Mkdir(p.path("d"), 0o700), os.Rename(p.path("f"), p.path("g")), os.Remove(p.path("f"))} {
		if !errors.Is(err, syscall.EIO) {
			t.Error(err)
		}
	}
	if told.Load() != 1 {
		t.Errorf("told %d times", told.Load())
	}
	f.Close()
	if err := d.Unmount(); err != nil {
		t.Error(err)
	}
	d.Restart(nil)
	if got := fmt.Sprint(d.Files()); got != "map[f:text]" {
		t.Error(got)
	}
}

// TestTheNthSyncOfANameCuts when it is done.
func TestTheNthSyncOfANameCuts(t *testing.T) {
	NeedsMount(t)
	d, at := New(), t.TempDir()
	if err := d.Mount(at); err != nil {
		t.Fatal(err)
	}
	p := process(at)
	d.CutAfterSync("f", 2)
	f := p.kept("f", "text")
	p.kept("g", "text")
	f.WriteString(" and more")
	must(f.Sync())
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	p.closeAll()
	must(d.Unmount())
	d.Restart(nil)
	if got := fmt.Sprint(d.Files()); got != "map[f:text and more g:text]" {
		t.Error(got)
	}
}

// TestADeafDiskLosesWhatWasSynced is how a sync that is left out is played.
func TestADeafDiskLosesWhatWasSynced(t *testing.T) {
	NeedsMount(t)
	d, at := New(), t.TempDir()
	d.Deaf(func(name string) bool { return name == "f" || name == "d" })
	if err := d.Mount(at); err != nil {
		t.Fatal(err)
	}
	p := process(at)
	p.mkdir("d")
	for _, name := range []string{"f", "g", "d/g"} {
		p.write(name, name).Sync()
	}
	p.syncDir("d")
	p.syncDir(".")
	d.Cut()
	if err := d.Unmount(); err == nil {
		t.Error("unmounted with open files")
	}
	p.closeAll()
	if err := d.Unmount(); err != nil {
		t.Error(err)
	}
	d.Restart(nil)
	if got := fmt.Sprint(d.Files()); got != "map[d/: f: g:g]" {
		t.Error(got)
	}
}
