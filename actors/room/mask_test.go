package room

import (
	"strings"
	"testing"
)

func TestFullMask(t *testing.T) {
	for typed, want := range map[string]string{
		"a:Bob": "a:Bob", "a:b*": "a:b*", "a:": "", "m:": "", "m:eve": "m:eve!*@*", "m:a:bob": "m:a:bob", "m:a:": "", "m:m:eve": "", "z:eve": "",
		"eve": "eve!*@*", "eve!e": "eve!e@*", "e@h": "*!e@h", "eve!e@h": "eve!e@h", "@h": "*!*@h", "!e": "*!e@*",
		"": "", "a b": "", "a,b": "", ":a": "", "a\nb": "", strings.Repeat("a", 189): "",
	} {
		if got := fullMask('b', typed); got != want {
			t.Errorf("fullMask(b, %q) = %q, want %q", typed, got, want)
		}
	}
}

// TestNobodyIsInvitedToKeepQuiet: the muting kind is of bans and exceptions.
func TestNobodyIsInvitedToKeepQuiet(t *testing.T) {
	if got := fullMask('I', "m:eve"); got != "" {
		t.Errorf("+I takes m:eve as %q", got)
	}
}
