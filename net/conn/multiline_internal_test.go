package conn

import (
	"reflect"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// TestAMessageIsTakenApartAsItWasPutTogether, line by line.
func TestAMessageIsTakenApartAsItWasPutTogether(t *testing.T) {
	for _, lines := range [][]sentLine{
		{{"hello", false}, {"", false}, {"how is ", false}, {"everyone?", true}},
		{{"", false}, {"", false}, {"x", false}},
		{{"x", false}, {"", false}},
		{{"a", false}, {"b", true}, {"c", true}, {"", false}, {"d", false}, {"e", true}},
		{{"ü", false}, {"ü", true}},
		{{"", false}, {"x", true}},
	} {
		r := journal.Record{Kind: journal.Message}
		for i, l := range lines {
			switch {
			case l.concat:
				r.Cuts = append(r.Cuts, uint16(len(r.Text)))
			case i > 0:
				r.Text += "\n"
			}
			r.Text += l.text
		}
		if got := linesOf(r); !reflect.DeepEqual(got, lines) || !isMultiline(r) {
			t.Errorf("%q cut at %v: %v, want %v", r.Text, r.Cuts, got, lines)
		}
	}
	if isMultiline(journal.Record{Kind: journal.Message, Text: strings.Repeat("x", 400)}) {
		t.Error("a line is several")
	}
}
