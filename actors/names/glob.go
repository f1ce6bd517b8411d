package names

import "unicode/utf8"

// Glob tells whether pattern fits the whole of s: '*' stands for anything, '?'
// for one character. Case counts, so both are to be folded before.
//
// After a mismatch only the last '*' is tried again, so the time is at most
// the product of the lengths, however many stars there are.
func Glob(pattern, s string) bool {
	p, i := 0, 0
	star, again := -1, 0 // after the last '*'; where in s to try it next
	for i < len(s) {
		size := 1
		switch {
		case p < len(pattern) && pattern[p] == '*':
			p++
			star, again = p, i
			continue
		case p < len(pattern) && pattern[p] == '?':
			_, size = utf8.DecodeRuneInString(s[i:])
		case p == len(pattern) || pattern[p] != s[i]:
			if star < 0 {
				return false
			}
			_, size = utf8.DecodeRuneInString(s[again:])
			again += size
			p, i = star, again
			continue
		}
		p, i = p+1, i+size
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
