package names_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
		{"a*c", "abd", false},
		{"a?c", "ac", false},
		{"*a*b*", "xxaxxbxx", true},
		{"*a*b*", "xxbxxaxx", false},
		{"a**b", "ab", true},
		{"*.example", "x.example.org", false},
		{"*ab", "aab", true},
		{"*aab", "aaab", true},
		{"abc", "ab", false},
		{"ab", "abc", false},
		{"a*?", "a", false},
	} {
		if got := names.Glob(test.pattern, test.s); got != test.want {
			t.Errorf("Glob(%q, %q) = %v", test.pattern, test.s, got)
		}
	}
}

// TestAttack68GlobOfManyStars: it takes no time.
func TestAttack68GlobOfManyStars(t *testing.T) {
	begin := time.Now()
	if names.Glob(strings.Repeat("*a", 250)+"b", strings.Repeat("a", 10_000)) {
		t.Error("matched")
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("*a*", "bab")
	f.Add("?\u00e9*", "\u00e9\u00e9")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 12 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		if got, want := names.Glob(pattern, s), plainGlob([]rune(pattern), []rune(s)); got != want {
			t.Errorf("Glob(%q, %q) = %v", pattern, s, got)
		}
	})
}

// plainGlob says what Glob means.
func plainGlob(pattern, s []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(s) == 0
	case pattern[0] == '*':
		return plainGlob(pattern[1:], s) || len(s) > 0 && plainGlob(pattern, s[1:])
	case len(s) == 0:
		return false
	}
	return (pattern[0] == '?' || pattern[0] == s[0]) && plainGlob(pattern[1:], s[1:])
}
