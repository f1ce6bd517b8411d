package notes_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/notes"
)

func note(key, value string) notes.Change {
	return notes.Change{Note: notes.Note{Key: key, Value: value}}
}

func gone(key string) notes.Change { return notes.Change{Note: notes.Note{Key: key}, Gone: true} }

func TestASetNeverChanges(t *testing.T) {
	var none *notes.Set
	one := none.With(note("b", "1"), note("a", ""), note("b", "2"))
	two := one.With(gone("a"), note("c", "3"))
	if got := one.All(); !slices.Equal(got, []notes.Note{{Key: "a"}, {Key: "b", Value: "2"}}) {
		t.Errorf("one: %v", got)
	}
	if got := two.All(); !slices.Equal(got, []notes.Note{{Key: "b", Value: "2"}, {Key: "c", Value: "3"}}) {
		t.Errorf("two: %v", got)
	}
	if got := two.Since(one); !slices.Equal(got, []notes.Change{gone("a"), note("c", "3")}) {
		t.Errorf("since: %v", got)
	}
	if got := two.With(two.Cleared()...); len(got.All()) != 0 {
		t.Errorf("cleared: %v", got.All())
	}
	if value, ok := one.Get("a"); value != "" || !ok {
		t.Error("an empty value is none")
	}
	if _, ok := none.Get("a"); ok {
		t.Error("there is something of nothing")
	}
}

func TestKeysAndValues(t *testing.T) {
	for key, want := range map[string]bool{
		"display-name": true, "im.xmpp": true, "a/b_c-0": true, strings.Repeat("k", 64): true,
		"": false, "Url": false, "$url$": false, "a b": false, "ü": false, "*": false, strings.Repeat("k", 65): false,
	} {
		if notes.ValidKey(key) != want {
			t.Errorf("key %q: %v", key, !want)
		}
	}
	if !notes.ValidValue(strings.Repeat("v", 9), 9) || notes.ValidValue(strings.Repeat("v", 10), 9) || notes.ValidValue("\xff", 9) {
		t.Error("values")
	}
}
