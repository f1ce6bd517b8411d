package screen

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWrapBreaksBetweenWords(t *testing.T) {
	for _, c := range []struct {
		name string
		cols int
		in   string
		want string
	}{
		{"fits", 20, "one two", "one two\r\n"},
		{"exactly", 7, "one two", "one two\r\n"},
		{"hangs", 10, "one two three", "one two\r\n  three\r\n"},
		{"wide terminal", 60, strings.Repeat("word ", 13), strings.Repeat("word ", 11) + "word\r\n      word\r\n"},
		{"long word", 10, "see http://example.org/abc now", "see\r\n  http://example.org/abc now\r\n"},
		{"wide characters", 10, "世界世界世界世界", "世界世界世\r\n  界世界\r\n"},
		{"colours", 10, "\x1b[31mone\x1b[m \x1b[32mtwo\x1b[m three", "\x1b[31mone\x1b[m \x1b[32mtwo\x1b[m\r\n  three\r\n"},
		{"lines", 10, "a\nb", "a\r\nb\r\n"},
		{"below", 10, "a\n\t│  b\n\tc", "a\r\n  │  b\r\n  c\r\n"},
		{"spaces at the edge", 10, "aaaaaaaaa   b", "aaaaaaaaa\r\n  b\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Wrap(c.in, c.cols); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func FuzzWrapLosesNothingButSpaces(f *testing.F) {
	f.Add("one two three", 10)
	f.Add("世界 \x1b[31m世界", 7)
	f.Add("👨‍👩‍👧 🇸🇪 ❤️ e\u0301", 5)
	f.Fuzz(func(t *testing.T, text string, cols int) {
		if cols < 5 || cols > 500 || strings.ContainsAny(text, "\r\n") || !utf8.ValidString(text) {
			t.Skip()
		}
		got := Wrap(text, cols)
		bare := strings.NewReplacer(" ", "", "\r\n", "", "\t", "")
		if bare.Replace(got) != bare.Replace(text) {
			t.Errorf("%q became %q", text, got)
		}
		for row := range strings.SplitSeq(got, "\r\n") {
			longest := 0
			for _, word := range words(row) {
				longest = max(longest, width(word))
			}
			if w := width(row); w > cols && longest <= cols {
				t.Errorf("%q is %d columns wide, not %d", row, w, cols)
			}
		}
	})
}

func TestAWordLongerThanALineKeepsTheIndent(t *testing.T) {
	got := Wrap("12:00 bob  abcdefghijklmnopqrstuvwxyz end", 20)
	if want := "12:00 bob  abcdefghi\r\n  jklmnopqrstuvwxyz\r\n  end\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	link := "https://example.org/a/long/link"
	if got := Wrap("12:00 bob  "+link, 20); !strings.Contains(got, link) {
		t.Errorf("a link is broken: %q", got)
	}
}
