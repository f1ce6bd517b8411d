package names

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Fold returns the key that s has or would have, whether or not it is a valid
// name: for looking something up.
func Fold(s string) string {
	if ascii(s) {
		return strings.ToLower(s)
	}
	// A fold can make room for another; RFC 8266 2.1 stops after four.
	for range 4 {
		next := fold(s)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// The dotted and the dotless i of Turkish are upper and lower case of letters
// that everybody else reads as i.
var turkish = strings.NewReplacer("i\u0307", "i", "\u0131", "i")

func fold(s string) string {
	s = cases.Fold().String(width.Fold.String(s))
	// A room may have signs that have a plainer equivalent; of a nick they are
	// refused, so that it is shown as it is meant.
	if strings.HasPrefix(s, "#") {
		s = norm.NFKC.String(s)
	}
	return turkish.Replace(norm.NFC.String(s))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
