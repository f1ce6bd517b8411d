package repl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecalledLinesSurviveADamagedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	text := "one\n" + strings.Repeat("x", longestLine+1) + "\ntwo \xff\x1b[2J\n\n\nthree\nno end"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := (&recall{file: file}).load()
	if err != nil || fmt.Sprintf("%q", got) != `["one" "two [2J" "three" "no end"]` {
		t.Errorf("%q, %v", got, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

func TestTheHistoryFileIsBounded(t *testing.T) {
	r := recall{file: filepath.Join(t.TempDir(), "deep", "history")}
	if got, err := r.load(); err != nil || got != nil {
		t.Errorf("without a file: %q, %v", got, err)
	}
	for i := range 5000 {
		if _, err := r.keep(fmt.Sprint("line ", i)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.load()
	if err != nil || len(got) != mostRecalled || got[0] != "line 4000" || got[999] != "line 4999" {
		t.Errorf("%d lines, %v", len(got), err)
	}
	text, err := os.ReadFile(r.file)
	if err != nil || strings.Count(string(text), "\n") != mostRecalled {
		t.Errorf("%d lines are in the file, %v", strings.Count(string(text), "\n"), err)
	}
}
