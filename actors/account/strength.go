package account

import (
	"strings"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/ccojocar/zxcvbn-go/match"
)

const (
	minPassword = 8 // characters
	minScore    = 3 // of 0 to 4: 10^8 guesses or more
	scored      = 100
)

const advice = "use a longer one, or four uncommon words that have nothing to do with each other"

// tooShort is the part of the policy that needs no scoring.
func tooShort(password Secret) *Weak {
	switch n := len([]rune(password.Reveal())); {
	case n == 0:
		return &Weak{"it is empty", advice}
	case n < minPassword:
		return &Weak{"it is shorter than 8 characters", advice}
	}
	return nil
}

// tooEasy scores the password; about are words that an attacker would try
// first. It takes milliseconds, and more for a long password: so its beginning
// stands for the rest.
func tooEasy(password Secret, about []string) *Weak {
	text := password.Reveal()
	if len(text) > scored {
		text = strings.ToValidUTF8(text[:scored], "")
	}
	strength := zxcvbn.PasswordStrength(text, append(about, "greenroom"))
	if strength.Score >= minScore {
		return nil
	}
	return &Weak{why(strength.MatchSequence), advice}
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
	case "date":
		return "it is a date"
	}
	return "it can be guessed in a short time"
}
