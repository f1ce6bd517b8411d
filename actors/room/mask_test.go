package room

import (
	"strings"
	"testing"
	"time"
)

func TestGlob(t *testing.T) {
	for _, test := range []struct {
		mask, s string
		want    bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"a*", "abc", true}, {"*c", "abc", true},
		{"a*c", "abc", true}, {"a*c", "abd", false}, {"a?c", "abc", true}, {"a?c", "ac", false}, {"?", "", false},
		{"*a*b*", "xxaxxbxx", true}, {"*a*b*", "xxbxxaxx", false}, {"a**b", "ab", true}, {"*.example", "x.example.org", false},
		{"*ab", "aab", true}, {"*aab", "aaab", true}, {"abc", "ab", false}, {"ab", "abc", false}, {"a*?", "a", false},
	} {
		if got := glob(test.mask, test.s); got != test.want {
			t.Errorf("glob(%q, %q) = %v", test.mask, test.s, got)
		}
	}
}

// TestAttack68GlobOfManyStars: it takes no time.
func TestAttack68GlobOfManyStars(t *testing.T) {
	mask, s := strings.Repeat("*a", 90)+"b", strings.Repeat("a", 10000)
	start := time.Now()
	if glob(mask, s) {
		t.Error("matched")
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("*a*", "bab")
	f.Fuzz(func(t *testing.T, mask, s string) {
		if len(mask) > 12 || len(s) > 12 {
			return
		}
		if got, want := glob(mask, s), plainGlob(mask, s); got != want {
			t.Errorf("glob(%q, %q) = %v", mask, s, got)
		}
	})
}

// plainGlob says what glob means.
func plainGlob(mask, s string) bool {
	switch {
	case mask == "":
		return s == ""
	case mask[0] == '*':
		return plainGlob(mask[1:], s) || s != "" && plainGlob(mask, s[1:])
	case s == "":
		return false
	}
	return (mask[0] == '?' || mask[0] == s[0]) && plainGlob(mask[1:], s[1:])
}

func TestFullMask(t *testing.T) {
	for typed, want := range map[string]string{
		"eve": "eve!*@*", "eve!e": "eve!e@*", "e@h": "*!e@h", "eve!e@h": "eve!e@h", "@h": "*!*@h", "!e": "*!e@*",
		"": "", "a b": "", "a,b": "", ":a": "", "a\nb": "", strings.Repeat("a", 189): "",
	} {
		if got := fullMask(typed); got != want {
			t.Errorf("fullMask(%q) = %q, want %q", typed, got, want)
		}
	}
}
