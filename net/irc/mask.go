package irc

import "unicode/utf8"

// MatchMask tells whether a mask such as "*!*@host" fits the whole text: '*'
// stands for anything, '?' for one character, a backslash takes the next
// character literally. Case is folded like names. Only the last '*' is ever
// tried again, so the time is at most the product of the two lengths, however
// many stars there are.
func MatchMask(mask, text string) bool {
	m, t := 0, 0
	star, again := -1, 0 // after the last '*'; where in the text to try it next
	for t < len(text) {
		if m < len(mask) && mask[m] == '*' {
			m++
			star, again = m, t
			continue
		}
		if size, width := matchOne(mask[m:], text[t:]); size > 0 {
			m, t = m+size, t+width
			continue
		}
		if star < 0 {
			return false
		}
		again++
		m, t = star, again
	}
	for m < len(mask) && mask[m] == '*' {
		m++
	}
	return m == len(mask)
}

// matchOne matches one element of the mask that is not '*'. It returns the
// length of the element and of what it matched, or zeros.
func matchOne(mask, text string) (size, width int) {
	switch {
	case mask == "":
		return 0, 0
	case mask[0] == '?':
		_, width = utf8.DecodeRuneInString(text)
		return 1, width
	case mask[0] == '\\' && len(mask) > 1:
		size, mask = 1, mask[1:]
	}
	if lower(mask[0]) != lower(text[0]) {
		return 0, 0
	}
	return size + 1, 1
}
