package account

import (
	"strings"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/match"
	"github.com/ccojocar/zxcvbn-go/matching"
)

const (
	minPassword = 8 // characters
	minScore    = 3 // of 0 to 4
	scored      = 100
	minDigits   = 24 // of a password without letters
	// Signs in place of letters are read as letters in a short password, or if
	// they are few: the time to try them all grows with length and number, to
	// seconds for a password that was made for it.
	short        = 24
	maxDisguises = 4
	disguises    = "4@8({[<369!1|70$5+%2/"
)

const advice = "use a longer one, or four uncommon words that have nothing to do with each other"

// Judge tells what is weak about a password, by the rule of the policy; nil if
// it is strong. about are words that are near at hand, such as the name. It may
// take a few milliseconds, and is for any goroutine.
func Judge(password Secret, about ...string) *Weak {
	if weak := tooShort(password); weak != nil {
		return weak
	}
	return tooEasy(password, about)
}

// tooShort is the part of the policy that needs no scoring.
func tooShort(password Secret) *Weak {
	switch n := len([]rune(password.reveal())); {
	case n == 0:
		return &Weak{"it is empty", advice}
	case n < minPassword:
		return &Weak{"it is shorter than 8 characters", advice}
	}
	return nil
}

// tooEasy scores the password; about are words that an attacker would try
// first. The beginning of a long password stands for the rest, to bound the
// time.
func tooEasy(password Secret, about []string) *Weak {
	text := password.reveal()
	if len(text) < minDigits && strings.Trim(text, "0123456789 +-./:_()") == "" {
		return &Weak{"it is only digits, like a date or a telephone number", advice}
	}
	if len(text) > scored {
		text = strings.ToValidUTF8(text[:scored], "")
	}
	strength := zxcvbn.PasswordStrength(text, append(about, "greenroom"), func(m match.Matcher) bool {
		return m.ID == matching.L33TMatcherName && len(text) > short && disguised(text) > maxDisguises
	})
	if strength.Score >= minScore {
		return nil
	}
	return &Weak{why(strength.MatchSequence), advice}
}

// disguised counts the different signs that may stand for a letter.
func disguised(text string) int {
	n := 0
	for _, sign := range disguises {
		if strings.ContainsRune(text, sign) {
			n++
		}
	}
	return n
}

// why names the pattern that covers most of the password, never what it is.
func why(patterns []match.Match) string {
	var longest match.Match
	for _, m := range patterns {
		if m.J-m.I > longest.J-longest.I {
			longest = m
		}
	}
	switch longest.Pattern {
	case "dictionary":
		if strings.HasPrefix(longest.DictionaryName, "user_inputs") {
			return "it is made of your name or the server's"
		}
		return "it is made of common words, names or passwords"
	case "spatial":
		return "it follows the rows of a keyboard"
	case "repeat":
		return "it repeats itself"
	case "sequence":
		return "it is a sequence like abc or 123"
	}
	return "it can be guessed in a short time"
}
