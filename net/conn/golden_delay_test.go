package conn_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestTheScriptsHoldWhateverTheDelayOfTheDisk plays every script again with a disk
// that takes up to 20 ms for each commit, now this and now that (DESIGN.md section
// 5: an answer comes when the command is complete, and commands take effect in
// order). Nothing differs but the time, by less than a step of the script.
func TestTheScriptsHoldWhateverTheDelayOfTheDisk(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := toTheStep(string(text))
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s/seed=%d", strings.TrimSuffix(filepath.Base(file), ".txt"), seed), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(seed, 0))
				delay := func() time.Duration { return time.Duration(rng.IntN(20_000)) * time.Microsecond }
				compare(t, want, toTheStep(play(t, string(text), delay)))
			})
		}
	}
}

var fraction = regexp.MustCompile(`(\dT\d\d:\d\d:\d\d\.\d)\d\dZ`)

// toTheStep forgets of each time what is less than a step.
func toTheStep(text string) string { return fraction.ReplaceAllString(text, "${1}00Z") }
