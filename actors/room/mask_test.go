package room

import (
	"strings"
	"testing"
)

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
