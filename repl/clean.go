package repl

import (
	"fmt"
	"strings"
	"unicode"
)

const (
	mostMarks  = 8   // combining marks on one character
	longestTag = 200 // runes of a name that a server may make us show
)

// clean makes remote text fit to be shown: no control characters, no formatting codes of IRC, and what would reorder
// or hide text is made visible. The result is one line (ATTACKS 27, 28).
func clean(text string) string {
	if plainASCII(text) {
		return text
	}
	var b strings.Builder
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	marks, last := 0, rune(0)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		if n := formatting(runes[i:]); n > 0 {
			i += n - 1
			continue
		}
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > mostMarks {
			continue
		}
		switch {
		case r == '\t' || r == '\n' || unicode.In(r, unicode.Zl, unicode.Zp):
			b.WriteByte(' ')
		case unicode.IsControl(r):
		case hides(r) && !joins(r, last):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// cleanName is clean for nicks and rooms.
func cleanName(name string) string {
	r := []rune(clean(name))
	return string(r[:min(len(r), longestTag)])
}

func plainASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// hides tells whether r shows nothing itself but alters or hides what is around it.
func hides(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800: // fillers: letters that are blank
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Noncharacter_Code_Point)
}

// joins tells whether r is a joiner where writing needs one: in an emoji, or in a script that has them.
func joins(r, before rune) bool {
	if r != 0x200C && r != 0x200D {
		return false
	}
	return before >= 0x0600 && unicode.In(before, unicode.L, unicode.M, unicode.So, unicode.Sk)
}

// formatting is the length of a code of modern.ircdocs.horse/formatting at the beginning of r, its colours included.
func formatting(r []rune) int {
	switch r[0] {
	case 0x02, 0x0F, 0x11, 0x16, 0x1D, 0x1E, 0x1F:
		return 1
	case 0x03:
		return colours(r, 2, '9', '9')
	case 0x04:
		return colours(r, 6, 'f', 'F')
	}
	return 0
}

// colours is the length of a colour code whose colours have at most digits digits.
func colours(r []rune, digits int, lower, upper rune) int {
	isDigit := func(i int) bool {
		return i < len(r) && (r[i] >= '0' && r[i] <= '9' || r[i] >= 'a' && r[i] <= lower || r[i] >= 'A' && r[i] <= upper)
	}
	run := func(from int) int {
		n := 0
		for n < digits && isDigit(from+n) {
			n++
		}
		return n
	}
	n := 1 + run(1)
	if n > 1 && n < len(r) && r[n] == ',' && isDigit(n+1) {
		n += 1 + run(n+1)
	}
	return n
}
