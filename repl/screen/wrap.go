package screen

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

const (
	wideTerminal = 60
	hangWide     = 6 // the width of "15:04 "
	hangNarrow   = 2
)

// Wrap breaks text between words so that it fits cols columns, later rows indented, and ends every row with CR LF. A
// line that begins with a tab is indented like a later row.
// A word that does not fit a row of its own is broken, but for a link: the terminal breaks that, and it can be clicked.
func Wrap(text string, cols int) string {
	hang := hangNarrow
	if cols >= wideTerminal {
		hang = hangWide
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if rest, below := strings.CutPrefix(line, "\t"); below {
			line = strings.Repeat(" ", hang) + rest
		}
		wrapLine(&b, line, cols, hang)
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
		case !fits && w > cols-hang && cols > 2*hang && !strings.Contains(word, "://"):
			if col+width(spaces) >= cols {
				b.WriteString("\r\n" + strings.Repeat(" ", hang))
				col, spaces = hang, strings.ReplaceAll(spaces, " ", "")
			}
			b.WriteString(spaces)
			col = breakWord(b, word, col+width(spaces), cols, hang)
			start, spaces = hang, ""
			continue
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

// breakWord writes a word from column col on, over as many rows as it takes, and tells the column behind it.
func breakWord(b *strings.Builder, word string, col, cols, hang int) int {
	for len(word) > 0 {
		n := sgr(word)
		if n == 0 {
			g := graphemes.FromString(word)
			g.Next()
			n = len(g.Value())
			w := clusterWidth(g.Value())
			if col+w > cols {
				b.WriteString("\r\n" + strings.Repeat(" ", hang))
				col = hang
			}
			col += w
		}
		b.WriteString(word[:n])
		word = word[n:]
	}
	return col
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
		if last != "" && ((v == " ") != (last == " ") || clusterWidth(v) > 1 || clusterWidth(last) > 1) {
			out = append(out, line[start:i])
			start = i
		}
		last = v
		i += len(v)
	}
	return append(out, line[start:])
}
