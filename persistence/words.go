package persistence

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/names"
)

// A stem is what the index knows of a word: a hash of all of a short one, else
// of its first letters. So that a word is found by its beginning, one of seven
// letters or more has two.
const (
	shortStem = 4
	longStem  = 7
	stemBits  = 24
)

// eachWord takes a text apart into runs of letters and digits, in lower case. In
// scripts that are written without spaces each character is one.
func eachWord(text string, do func(word string)) {
	start := -1
	end := func(at int) {
		if start >= 0 {
			do(strings.ToLower(text[start:at]))
		}
		start = -1
	}
	for i, r := range text {
		switch {
		case isAlone(r):
			end(i)
			do(string(r))
		case inWord(r):
			if start < 0 {
				start = i
			}
		default:
			end(i)
		}
	}
	end(len(text))
}

// inWord tells letters and digits quickly where most are.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// isAlone tells the characters of scripts that put no spaces between words.
func isAlone(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// beginning is the first n characters of a word, or all of it.
func beginning(word string, n int) string {
	for i := range word {
		if n == 0 {
			return word[:i]
		}
		n--
	}
	return word
}

// meets tells whether a word is what was looked for.
func meets(word, wanted string) bool {
	if utf8.RuneCountInString(wanted) < shortStem {
		return word == wanted
	}
	return strings.HasPrefix(word, wanted)
}

// hashStem is FNV-1a. It need not be a secret, as it only ever lies in sealed
// values; the seed keeps people from choosing words that look alike.
func (x indexer) hashStem(kind byte, text string) uint32 {
	const prime = 1099511628211
	sum := (x.seed ^ uint64(kind)) * prime
	for i := range len(text) {
		sum = (sum ^ uint64(text[i])) * prime
	}
	return uint32(sum^sum>>stemBits^sum>>(2*stemBits)) & (1<<stemBits - 1)
}

// Kinds of stems.
const (
	wordStem   = 'w'
	authorStem = 'a'
)

// indexer makes stems.
type indexer struct{ seed uint64 }

// stemsOf appends what the index is to know of a record.
func (x indexer) stemsOf(stems []uint32, r storedRecord) []uint32 {
	if !journal.Kind(r.Kind).Said() || r.Redacted > 0 {
		return stems
	}
	stems = append(stems, x.hashStem(authorStem, names.Fold(r.Nick)))
	if r.Account != "" {
		stems = append(stems, x.hashStem(authorStem, names.Fold(r.Account)))
	}
	eachWord(r.Text, func(word string) {
		stems = append(stems, x.hashStem(wordStem, beginning(word, shortStem)))
		if len(word) >= longStem && utf8.RuneCountInString(word) >= longStem {
			stems = append(stems, x.hashStem(wordStem, beginning(word, longStem)))
		}
	})
	return stems
}

// stemOf is the one stem by which a wanted word is looked for.
func (x indexer) stemOf(wanted string) uint32 {
	if utf8.RuneCountInString(wanted) >= longStem {
		return x.hashStem(wordStem, beginning(wanted, longStem))
	}
	return x.hashStem(wordStem, beginning(wanted, shortStem))
}

// sorted puts stems in order, each once.
func sorted(stems []uint32) []uint32 {
	slices.Sort(stems)
	return slices.Compact(stems)
}
