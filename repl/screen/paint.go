package screen

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/mattn/go-runewidth"
)

const (
	syncBegin = "\x1b[?2026h" // synchronized output: a terminal that knows it shows the update as a whole
	syncEnd   = "\x1b[?2026l"
	dim       = "\x1b[2m"
	plain     = "\x1b[m"
	// Not from column one: at the upper left corner tmux would keep what is erased as history.
	eraseBelow = "\r\x1b[K\x1b[C\x1b[J\r"
	hintGap    = 3 // columns that stay free before the hint, for what is typed next
)

// area is what stands below the messages: notes, dim and a row each, then the line being edited.
type area struct {
	notes  []string
	prompt string // drawn before text; may hold SGR sequences
	text   string
	caret  int    // bytes of text before the caret
	hint   string // dim, at the right edge of a line that leaves it room
}

// drawn is what the last update left below the messages, so that the next one can find its beginning again.
type drawn struct {
	notes []string
	text  string // prompt and text, without SGR
	caret int    // bytes of it before the cursor
	cols  int
	full  bool // text filled its last row, and the cursor went to one more
}

// height is how many rows lie above the cursor, on a terminal that is cols wide by now.
func (d drawn) height(cols int) int {
	up := 0
	for _, n := range d.notes {
		up += max(1, (width(n)+cols-1)/cols)
	}
	starts, row, _ := place(d.text, d.caret, cols)
	if cols != d.cols && d.caret == len(d.text) { // the terminal has laid it out anew, and breaks full rows its own way
		if isFull(starts, d.text) {
			row--
		}
		if d.full {
			row++
		}
	}
	return up + row
}

// paint gives the bytes of one update: the old area goes, above is printed for good, the new area comes.
func paint(old drawn, above string, a area, cols, rows int) ([]byte, drawn) {
	var b bytes.Buffer
	b.WriteString(syncBegin)
	if up := old.height(cols); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteString(eraseBelow)
	b.WriteString(above)
	now := drawn{notes: fitNotes(a.notes, cols, rows), cols: cols}
	for _, n := range now.notes {
		b.WriteString(dim + n + plain + "\r\n")
	}
	now.text, now.caret, now.full = paintLine(&b, a, cols, max(1, rows-1-len(now.notes)))
	b.WriteString(syncEnd)
	return b.Bytes(), now
}

// paintLine draws prompt and text in at most limit rows, those around the caret, and puts the cursor there.
func paintLine(b *bytes.Buffer, a area, cols, limit int) (text string, caret int, full bool) {
	bare := stripSGR(a.prompt)
	text, caret = bare+a.text, len(bare)+a.caret
	starts, row, _ := place(text, caret, cols)
	styled := a.prompt + a.text
	if len(starts) > limit {
		first := max(0, min(row-limit/2, len(starts)-limit))
		last := len(text)
		if first+limit < len(starts) {
			last = starts[first+limit]
		}
		if first > 0 {
			styled = text[starts[first]:last]
		} else {
			styled = styled[:len(styled)-(len(text)-last)]
		}
		text, caret = text[starts[first]:last], caret-starts[first]
	}
	b.WriteString(styled)
	if gap := cols - 1 - width(text) - width(a.hint); a.hint != "" && len(starts) == 1 && gap > hintGap {
		space := strings.Repeat(" ", gap)
		b.WriteString(space + dim + a.hint + plain)
		text += space + a.hint
	}
	starts, row, col := place(text, caret, cols)
	end := len(starts) - 1
	full = isFull(starts, text)
	if full {
		b.WriteString("\r\n")
	}
	if end > row {
		fmt.Fprintf(b, "\x1b[%dA", end-row)
	}
	b.WriteString("\r")
	if col > 0 {
		fmt.Fprintf(b, "\x1b[%dC", col)
	}
	return text, caret, full
}

// isFull: the last row that place has added is the empty one for the cursor.
func isFull(starts []int, text string) bool {
	return len(starts) > 1 && starts[len(starts)-1] == len(text)
}

// fitNotes keeps the newest notes, a row each, and leaves most of a small terminal to the messages.
func fitNotes(notes []string, cols, rows int) []string {
	limit := noteRows(rows)
	if len(notes) > limit {
		notes = notes[len(notes)-limit:]
	}
	fit := make([]string, 0, len(notes))
	for _, n := range notes {
		fit = append(fit, truncate(n, cols-1))
	}
	return fit
}

func noteRows(rows int) int { return max(0, min(mostShown, rows/3)) }

// place lays text out on a terminal cols wide: the byte offset at which each row starts, and where the caret is.
// A full last row is followed by an empty one, for the cursor.
func place(text string, caret, cols int) (starts []int, row, col int) {
	starts = []int{0}
	c, off := 0, 0
	for g := graphemes.FromString(text); g.Next(); {
		w := clusterWidth(g.Value())
		if c+w > cols && c > 0 {
			starts = append(starts, off)
			c = 0
		}
		if off <= caret {
			row, col = len(starts)-1, c
		}
		c += w
		off += len(g.Value())
	}
	if c >= cols {
		starts = append(starts, off)
		c = 0
	}
	if caret >= off {
		row, col = len(starts)-1, c
	}
	return starts, row, col
}

func width(s string) int {
	w := 0
	for g := graphemes.FromString(stripSGR(s)); g.Next(); {
		w += clusterWidth(g.Value())
	}
	return w
}

// clusterWidth is how many columns a character takes that may be of several runes. Where terminals differ it is the
// more: U+FE0F asks for an emoji, which is wide.
func clusterWidth(cluster string) int {
	if strings.HasSuffix(cluster, "\ufe0f") || strings.Contains(cluster, "\ufe0f\u20e3") {
		return 2
	}
	return runewidth.StringWidth(cluster)
}

func truncate(s string, cols int) string {
	cols = max(1, cols)
	if width(s) <= cols {
		return s
	}
	w, n := 1, 0 // with the ellipsis
	for g := graphemes.FromString(s); g.Next(); n += len(g.Value()) {
		if w += clusterWidth(g.Value()); w > cols {
			break
		}
	}
	return s[:n] + "…"
}

// stripSGR removes colour sequences, the only ones that a prompt or a message may hold.
func stripSGR(s string) string {
	if !strings.Contains(s, "\x1b[") {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		n := sgr(s)
		if n == 0 {
			i := strings.IndexByte(s[1:], 0x1b) + 1
			if i == 0 {
				i = len(s)
			}
			b.WriteString(s[:i])
			n = i
		}
		s = s[n:]
	}
	return b.String()
}

// sgr is the length of the colour sequence at the beginning of s, or 0.
func sgr(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	for i := 2; i < len(s); i++ {
		if s[i] == 'm' {
			return i + 1
		}
		if (s[i] < '0' || s[i] > '9') && s[i] != ';' {
			return 0
		}
	}
	return 0
}

// harmless replaces what would move the cursor if it were drawn; liner lets some of it be typed.
func harmless(row []rune) []rune {
	out := make([]rune, len(row))
	for i, r := range row {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			r = '?'
		}
		out[i] = r
	}
	return out
}
