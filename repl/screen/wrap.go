package screen

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/mattn/go-runewidth"
)

const (
	wideTerminal = 60
	hangWide     = 6 // the width of "15:04 "
	hangNarrow   = 2
)

// Wrap breaks text between words so that it fits cols columns, later rows indented, and ends every row with CR LF.
// A word that does not fit a row of its own is left whole: the terminal breaks it, and a link in it can be clicked.
func Wrap(text string, cols int) string {
	hang := hangNarrow
	if cols >= wideTerminal {
		hang = hangWide
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		wrapLine(&b, strings.TrimRight(line, "\r\n"), cols, hang)
	}
	return b.String()
}

func wrapLine(b *strings.Builder, line string, cols, hang int) {
	col, start := 0, 0 // the column, and the one at which this row began
	spaces := ""       // seen and not yet printed, with the colours among them
	for _, word := range words(line) {
		w := width(word)
		if strings.TrimLeft(stripSGR(word), " ") == "" {
			spaces += word
			continue
		}
		switch fits := col+width(spaces)+w <= cols; {
		case fits:
			b.WriteString(spaces)
			col += width(spaces)
		case col == start:
			b.WriteString(strings.ReplaceAll(spaces, " ", ""))
		default:
			col = hang
			if col+w > cols && w <= cols {
				col = 0
			}
			b.WriteString(strings.ReplaceAll(spaces, " ", "") + "\r\n" + strings.Repeat(" ", col))
			start = col
		}
		spaces = ""
		b.WriteString(word)
		if col += w; col > cols {
			col = (col-1)%cols + 1
			start = 0
		}
	}
	b.WriteString(strings.ReplaceAll(spaces, " ", "") + "\r\n")
}

// words cuts line between words and the spaces between them, and between wide characters, which need no spaces.
func words(line string) []string {
	var out []string
	start, last := 0, ""
	for i := 0; i < len(line); {
		if n := sgr(line[i:]); n > 0 {
			i += n
			continue
		}
		g := graphemes.FromString(line[i:])
		g.Next()
		v := g.Value()
		if last != "" && ((v == " ") != (last == " ") || runewidth.StringWidth(v) > 1 || runewidth.StringWidth(last) > 1) {
			out = append(out, line[start:i])
			start = i
		}
		last = v
		i += len(v)
	}
	return append(out, line[start:])
}
