package names_test

import (
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/names"
)

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything", true},
		{"a*c", "abbbc", true},
		{"a*c", "abbb", false},
		{"*!*@host", "ann!u@host", true},
		{"*!*@host", "ann!u@hosts", false},
		{"a?c", "a\u00e9c", true},
		{"?", "", false},
		{"?*", "\u00e9", true},
		{"*b*b", "abab", true},
		{"*a", "\u00e9\u00e9a", true},
		{"Ann", "ann", false},
		{"**", "x", true},
	} {
		if got := names.Glob(test.pattern, test.s); got != test.want {
			t.Errorf("Glob(%q, %q) = %v", test.pattern, test.s, got)
		}
	}
}

func TestGlobOfManyStarsEndsSoon(t *testing.T) {
	begin := time.Now()
	names.Glob(strings.Repeat("*a", 250)+"b", strings.Repeat("a", 500))
	if took := time.Since(begin); took > time.Second {
		t.Errorf("took %v", took)
	}
}
