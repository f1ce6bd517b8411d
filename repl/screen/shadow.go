package screen

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// innerColumns is the width of liner's own terminal, so that it never scrolls its line.
const innerColumns = 8192

// shadow is what liner believes to be on its terminal: one row of runes and a caret. liner redraws its row in
// several writes, so the shadow keeps the last complete one beside the one in work, and only that is shown.
type shadow struct {
	line  []rune // the last complete row ...
	caret int    // ... and the rune before which its caret stands

	row       []rune // the row in work
	at        int
	redrawing bool // liner went to column one and has not yet put its caret back
	erased    bool // of a redraw, only the caret is still to come
	held      []byte
	bells     int
}

// feed replays liner's output. It knows the sequences that liner has: text, CR, LF, BEL, CHA, CUF and EL.
func (s *shadow) feed(p []byte) {
	p = append(s.held, p...)
	s.held = nil
	for len(p) > 0 {
		n := s.step(p)
		if n == 0 {
			s.held = bytes.Clone(p)
			break
		}
		p = p[n:]
		if !s.redrawing {
			s.line, s.caret = append(s.line[:0], s.row...), s.at
		}
	}
}

// step replays one character or sequence and tells its length; 0: the rest of it has not come yet.
func (s *shadow) step(p []byte) int {
	switch c := p[0]; {
	case c == '\r':
		s.home()
	case c == '\n':
		s.row, s.at, s.redrawing, s.erased = s.row[:0], 0, false, false
	case c == '\a':
		s.bells++
	case c == 0x1b:
		return s.sequence(p)
	case c < ' ' || c == 0x7f:
	case !utf8.FullRune(p):
		return 0
	default:
		r, n := utf8.DecodeRune(p)
		s.put(r)
		return n
	}
	return 1
}

// home begins a redraw, or is the first half of "go to column n" where the terminal lacks CHA.
func (s *shadow) home() {
	s.at = 0
	s.redrawing = true
}

func (s *shadow) put(r rune) {
	if s.at < len(s.row) {
		s.row[s.at] = r
	} else {
		s.row = append(s.row, r)
	}
	s.at++
}

func (s *shadow) sequence(p []byte) int {
	if len(p) < 2 {
		return 0
	}
	if p[1] != '[' {
		return 2
	}
	end := bytes.IndexFunc(p[2:], func(r rune) bool { return r >= '@' && r <= '~' })
	if end < 0 {
		return 0
	}
	n, err := strconv.Atoi(strings.Trim(string(p[2:2+end]), "?;"))
	if err != nil {
		n = 1
	}
	switch p[2+end] {
	case 'G':
		if n <= 1 && !s.erased {
			s.home()
		} else {
			s.moveTo(n - 1)
		}
	case 'C':
		s.moveTo(columns(s.row[:s.at]) + n)
	case 'K':
		s.row = s.row[:s.at]
		s.erased = true
	}
	return 2 + end + 1
}

// moveTo puts the caret where liner counts column col, behind the marks that combine with the rune before it.
func (s *shadow) moveTo(col int) {
	s.redrawing, s.erased = false, false
	col = min(col, innerColumns)
	width := 0
	for i, r := range s.row {
		w := linerWidth(r)
		if width >= col && w > 0 {
			s.at = i
			return
		}
		width += w
	}
	for ; width < col; width++ {
		s.row = append(s.row, ' ')
	}
	s.at = len(s.row)
}

func columns(row []rune) int {
	n := 0
	for _, r := range row {
		n += linerWidth(r)
	}
	return n
}

// linerWidth counts as liner does, which differs from what terminals do with clusters of several runes.
func linerWidth(r rune) int {
	if r < 127 {
		return 1
	}
	return runewidth.RuneWidth(r)
}
