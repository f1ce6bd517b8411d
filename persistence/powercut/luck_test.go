package powercut

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// pages is contents of one letter a page.
func pages(letters string) []byte {
	var p []byte
	for _, c := range letters {
		p = append(p, bytes.Repeat([]byte{byte(c)}, pageBytes)...)
	}
	return p
}

// TestASurvivorIsMadeOfWhatWasWritten changes a file of pages twice, and makes
// it longer: each sector of what is left is one that was there once, and with
// enough cuts every page is seen in each of its states, torn too.
func TestASurvivorIsMadeOfWhatWasWritten(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(2000) {
		f := &file{}
		f.write(0, pages("aa"))
		f.sync()
		f.write(0, pages("bb"))
		f.write(0, pages("c"))
		f.write(2*pageBytes, pages("d"))
		left := string((&luck{chance: rand.New(rand.NewPCG(seed, 0)), survival: 0.5}).contents(f))
		if len(left) != 2*pageBytes && len(left) != 3*pageBytes {
			t.Fatalf("seed %d: %d bytes", seed, len(left))
		}
		for i := 0; i < len(left); i += sectorBytes {
			sector := left[i : i+sectorBytes]
			page := i / pageBytes
			if strings.Trim(sector, sector[:1]) != "" || !strings.Contains([]string{"abc", "ab", "\x00d"}[page], sector[:1]) {
				t.Fatalf("seed %d: %q in page %d", seed, sector[:1], page)
			}
			seen[fmt.Sprint(page, sector[:1])] = true
			if i%pageBytes > 0 && sector[0] != left[i-1] {
				seen[fmt.Sprint("torn ", page)] = true
			}
		}
		seen[fmt.Sprint("size ", len(left)/pageBytes)] = true
	}
	if len(seen) != 3+2+2+3+2 {
		t.Errorf("seen: %v", seen)
	}
}

// TestOfATornWriteTheBeginningSurvives: the first units, and all before it.
func TestOfATornWriteTheBeginningSurvives(t *testing.T) {
	cuts := map[int]bool{}
	for seed := range uint64(500) {
		f := &file{}
		f.write(0, pages("abcd"))
		l := &luck{chance: rand.New(rand.NewPCG(seed, 0))}
		v, size := l.torn(f, versions{unit: pageBytes, after: make([]int, 4)}, []int64{0, 4 * pageBytes})
		n := 0
		for n < 4 && v.after[n] == 1 {
			n++
		}
		if strings.Contains(fmt.Sprint(v.after[n:]), "1") {
			t.Fatalf("seed %d: %v", seed, v.after)
		}
		if size > 0 {
			cuts[n] = true
		}
	}
	if len(cuts) < 4 {
		t.Error(cuts)
	}
}

// TestWithoutChanceNothingSurvivesThatWasNotSynced is the strict cut, of a
// shrunken, a grown and a rewritten file and of a directory.
func TestWithoutChanceNothingSurvivesThatWasNotSynced(t *testing.T) {
	d := New()
	f := d.newNode("f", 0)
	d.root.dir.change(entry{"f", f})
	f.file.write(0, []byte("synced"))
	d.sync(f)
	d.sync(d.root)
	f.file.resize(2)
	f.file.resize(9)
	f.file.write(1, []byte("xyz"))
	d.root.dir.change(entry{name: "f"}, entry{"g", f})
	if got := fmt.Sprintf("%q", d.Files()); got != `map["g":"sxyz\x00\x00\x00\x00\x00"]` {
		t.Error(got)
	}
	d.Restart(nil)
	if got := fmt.Sprint(d.Files()); got != "map[f:synced]" {
		t.Error(got)
	}
}

// TestARenameSurvivesAsAWhole: never both names, never neither.
func TestARenameSurvivesAsAWhole(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(100) {
		d := New()
		d.root.dir.change(entry{"f", d.newNode("f", 0)})
		d.sync(d.root)
		d.root.dir.change(entry{name: "f"}, entry{"g", d.root.dir.now["f"]})
		d.Restart(rand.New(rand.NewPCG(seed, 0)))
		seen[fmt.Sprint(d.Files())] = true
	}
	if len(seen) != 2 || !seen["map[f:]"] || !seen["map[g:]"] {
		t.Error(seen)
	}
}
