package screen

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// vt is a terminal, as far as the sequences go that Screen emits: text with deferred wrapping, CR, LF, BEL, cursor up
// and forward, erase below, clear, SGR, and the marks for synchronized output and bracketed paste.
type vt struct {
	t          testing.TB
	cols, rows int
	lines      []*vtLine // scrollback and screen
	top        int       // index in lines of the first row on the screen
	row, col   int       // row is an index in lines
	bells      int
	title      string
	sync       bool
	tabs       bool // are taken for spaces, not for a fault
	held       string
}

type vtLine struct {
	cells   []string // a wide character is followed by an empty cell
	wrapped bool     // the next line continues this one
}

func newVT(t testing.TB, cols, rows int) *vt {
	return &vt{t: t, cols: cols, rows: rows, lines: []*vtLine{{}}}
}

func (v *vt) Size() (int, int) { return v.cols, v.rows }

func (v *vt) Write(p []byte) (int, error) {
	s := v.held + string(p)
	v.held = ""
	for len(s) > 0 {
		n := v.step(s)
		if n == 0 {
			v.held = s
			break
		}
		s = s[n:]
	}
	return len(p), nil
}

func (v *vt) step(s string) int {
	switch s[0] {
	case '\r':
		v.col = 0
	case '\n':
		v.down()
	case '\a':
		v.bells++
	case '\t':
		if !v.tabs {
			v.t.Error("a tab reached the terminal")
		}
		v.put(' ')
	case 0x1b:
		return v.escape(s)
	default:
		if s[0] < ' ' {
			v.t.Errorf("control character %q reached the terminal", s[0])
			return 1
		}
		if !utf8.FullRuneInString(s) {
			return 0
		}
		r, n := utf8.DecodeRuneInString(s)
		v.put(r)
		return n
	}
	return 1
}

func (v *vt) escape(s string) int {
	if rest, ok := strings.CutPrefix(s, titleBegin); ok {
		title, _, ok := strings.Cut(rest, titleEnd)
		if !ok {
			return 0
		}
		v.title = title
		return len(titleBegin + title + titleEnd)
	}
	end := strings.IndexFunc(s[1:], func(r rune) bool { return r >= '@' && r <= '~' && r != '[' })
	if end < 0 {
		return 0
	}
	seq := s[:end+2]
	n := 1
	fmt.Sscanf(seq, "\x1b[%d", &n)
	switch kind := seq[len(seq)-1]; {
	case seq == syncBegin || seq == syncEnd:
		v.sync = seq == syncBegin
	case seq == titlePush || seq == titlePop:
	case seq == focusOn || seq == focusOff:
	case seq == pasteOn || seq == pasteOff || kind == 'm':
	case seq == "\x1b[H":
		v.row, v.col = v.top, 0
	case seq == "\x1b[2J":
		v.lines = v.lines[:v.top]
		v.reach(v.row)
	case kind == 'A':
		v.row, v.col = max(v.top, v.row-n), min(v.col, v.cols-1)
	case kind == 'C':
		v.col = min(v.cols-1, v.col+n)
	case seq == "\x1b[K":
		v.eraseLine()
	case seq == "\x1b[J":
		if v.row == v.top && v.col == 0 {
			v.t.Error("tmux keeps what is erased as history")
		}
		v.lines = v.lines[:v.row+1]
		v.eraseLine()
		v.lines[v.row].wrapped = false
	default:
		v.t.Errorf("sequence %q reached the terminal", seq)
	}
	return len(seq)
}

func (v *vt) eraseLine() {
	v.lines[v.row].cells = v.lines[v.row].cells[:min(v.col, len(v.lines[v.row].cells))]
}

func (v *vt) reach(row int) {
	for len(v.lines) <= row {
		v.lines = append(v.lines, &vtLine{})
	}
	v.top = max(v.top, len(v.lines)-v.rows)
}

func (v *vt) down() {
	v.row++
	v.reach(v.row)
}

func (v *vt) put(r rune) {
	w := runewidth.RuneWidth(r)
	line := v.lines[v.row]
	if w == 0 {
		if at := min(v.col, len(line.cells)) - 1; at >= 0 {
			line.cells[at] += string(r)
		}
		return
	}
	if v.col+w > v.cols {
		line.wrapped = true
		v.down()
		v.col, line = 0, v.lines[v.row]
	}
	for len(line.cells) < v.col+w {
		line.cells = append(line.cells, " ")
	}
	line.cells[v.col] = string(r)
	if w == 2 {
		line.cells[v.col+1] = ""
	}
	v.col += w
}

// resize reflows, as tmux and most terminals do: the cursor stays on its character.
func (v *vt) resize(cols, rows int) {
	var lines []*vtLine
	row, col := 0, 0
	for i := 0; i < len(v.lines); i++ {
		first := i
		cells := append([]string(nil), v.lines[i].cells...)
		for v.lines[i].wrapped && i+1 < len(v.lines) {
			i++
			cells = append(cells, v.lines[i].cells...)
		}
		start := len(lines)
		at := -1
		if v.row >= first && v.row <= i {
			at = v.col
			for k := first; k < v.row; k++ {
				at += len(v.lines[k].cells)
			}
		}
		for {
			n := min(cols, len(cells))
			if n < len(cells) && cells[n] == "" {
				n--
			}
			lines = append(lines, &vtLine{cells: cells[:n:n], wrapped: n < len(cells)})
			if cells = cells[n:]; len(cells) == 0 {
				break
			}
		}
		for k := start; at >= 0; k++ {
			row, col = k, at
			if k == len(lines)-1 || at < len(lines[k].cells) {
				break
			}
			at -= len(lines[k].cells)
		}
	}
	v.lines, v.cols, v.rows, v.row, v.col = lines, cols, rows, row, min(col, cols-1)
	v.top = max(0, len(lines)-rows)
}

// text is everything, scrollback too; the cursor is shown as a block in front of the character it stands on.
func (v *vt) text() string {
	var b strings.Builder
	for i, l := range v.lines {
		var row strings.Builder
		for c, cell := range l.cells {
			if i == v.row && c == v.col {
				row.WriteString("█")
			}
			row.WriteString(cell)
		}
		if i == v.row && v.col >= len(l.cells) {
			row.WriteString(strings.Repeat(" ", v.col-len(l.cells)) + "█")
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}

// logical is everything with the rows that the terminal broke put together again, without the cursor.
func (v *vt) logical() string {
	var b strings.Builder
	for _, l := range v.lines {
		row := strings.Join(l.cells, "")
		if !l.wrapped {
			row = strings.TrimRight(row, " ") + "\n"
		}
		b.WriteString(row)
	}
	return b.String()
}
