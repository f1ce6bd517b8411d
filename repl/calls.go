package repl

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// call is a place in a text, in bytes, where a word stands that calls for the user.
type call struct{ start, end int }

// calls finds the words in a text, as words and whatever the case of ASCII letters. None overlaps another.
func calls(text string, words []string) []call {
	folded := irc.Fold(text)
	var found []call
	for _, word := range words {
		word = irc.Fold(strings.TrimSpace(word))
		for from := 0; word != ""; {
			i := strings.Index(folded[from:], word)
			if i < 0 {
				break
			}
			c := call{from + i, from + i + len(word)}
			from = c.end
			before, _ := utf8.DecodeLastRuneInString(folded[:c.start])
			after, _ := utf8.DecodeRuneInString(folded[c.end:])
			if !ofWord(before) && !ofWord(after) {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b call) int { return a.start - b.start })
	end := 0
	return slices.DeleteFunc(found, func(c call) bool {
		if c.start < end {
			return true
		}
		end = c.end
		return false
	})
}

// ofWord tells whether a rune is part of a word or a nick.
func ofWord(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(`-_[]\^{}|`+"`", r))
}

// words are what calls for the user: the nick, and what chat.toml says.
func (c *chat) words() []string {
	if c.me == "" {
		return c.look.Highlight
	}
	return append([]string{c.me}, c.look.Highlight...)
}

// calls tells whether a text calls for the user.
func (c *chat) calls(text string) bool { return len(calls(text, c.words())) > 0 }
