package journal

import (
	"math"
	"testing"
)

func TestAnIDIsReadBackAndNothingElseIs(t *testing.T) {
	for _, id := range []ID{{1, 1}, {0, 0}, {7, 127}, {7, 128}, {math.MaxUint64, math.MaxUint64}} {
		got, err := ParseID(id.String())
		if err != nil || got != id {
			t.Errorf("%v prints as %s, read as %v, %v", id, id, got, err)
		}
		if len(id.String()) > 32 {
			t.Errorf("%s is longer than promised", id)
		}
	}
	for _, text := range []string{"", "0", "!", "040", "040G", "0410 ", "04100", "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"} {
		if id, err := ParseID(text); err == nil {
			t.Errorf("%q was read as %v", text, id)
		}
	}
}

// FuzzParseID: whatever is read prints as what was read, so that a message has
// one name only.
func FuzzParseID(f *testing.F) {
	f.Add("0410")
	f.Add("040g")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ParseID(text); err == nil && id.String() != text {
			t.Errorf("%q was read as %v, which prints as %q", text, id, id)
		}
	})
}
