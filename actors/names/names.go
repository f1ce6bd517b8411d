// Package names decides which nicks, accounts and rooms may be called what,
// and gives each name its key: names with one key are one name. It is pure.
//
// Outwardly the case mapping is ascii; the keys go further and fold case,
// width and the Turkish i of every script (PRECIS, RFC 8264), so that twins of
// a name cannot exist beside it. A key is a valid name and its own key.
package names

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/bidi"
)

// Why a name is refused.
var (
	ErrEmpty      = errors.New("the name is empty")
	ErrTooLong    = errors.New("the name is too long")
	ErrForbidden  = errors.New("the name has a character that is not allowed there")
	ErrReserved   = errors.New("the name is reserved")
	ErrConfusable = errors.New("the name mixes letters of alphabets that look alike")
)

var (
	identifier = precis.NewIdentifier()
	freeform   = precis.NewFreeform()
)

// Nick returns the key of a nick of at most limit bytes.
func Nick(s string, limit int) (key string, err error) {
	if err := size(s, limit); err != nil {
		return "", err
	}
	key = Fold(s)
	if !startsNick(key) || !each(key, inNick) || !plain(s, key, identifier) {
		return "", ErrForbidden
	}
	if confusable(key) {
		return "", ErrConfusable
	}
	if reserved(key) {
		return "", ErrReserved
	}
	return key, nil
}

// Account returns the key of an account name of at most limit bytes. What may
// be an account may be a nick, as its owner appears under it.
func Account(s string, limit int) (key string, err error) { return Nick(s, limit) }

// Room returns the key of a room name of at most limit bytes, '#' included.
func Room(s string, limit int) (key string, err error) {
	if s == "#" {
		return "", ErrEmpty
	}
	if err := size(s, limit); err != nil {
		return "", err
	}
	key = Fold(s)
	if s[0] != '#' || !each(key, inRoom) || !plain(s, key, freeform) {
		return "", ErrForbidden
	}
	if confusable(key) {
		return "", ErrConfusable
	}
	return key, nil
}

func size(s string, limit int) error {
	switch {
	case s == "":
		return ErrEmpty
	case len(s) > limit:
		return ErrTooLong
	}
	return nil
}

// plain tells whether s is free of what cannot be seen, and its key of what
// PRECIS keeps out of the class, and whether it reads in one direction.
func plain(s, key string, class *precis.Profile) bool {
	if !utf8.ValidString(s) || !each(s, visible) {
		return false
	}
	if ascii(key) {
		return true
	}
	stable, err := class.String(key)
	if err != nil || stable != key || Fold(key) != key {
		return false
	}
	return bidirule.DirectionString(key) != bidi.RightToLeft || bidirule.ValidString(strings.TrimPrefix(key, "#"))
}

func each(s string, allowed func(rune) bool) bool {
	for _, r := range s {
		if !allowed(r) {
			return false
		}
	}
	return true
}

// visible refuses what leaves no trace on a screen or moves what stands
// beside it: controls, spaces, zero-width, bidi and other format characters.
func visible(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != brailleBlank &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.Is(unicode.Variation_Selector, r)
}

// RFC 2812 2.3.1: special. '~' is not among them: it begins the ID of a guest.
const special = "[]\\`_^{|}"

// startsNick: RFC 2812 2.3.1, a letter or special; no mark without a letter.
func startsNick(key string) bool {
	first, _ := utf8.DecodeRuneInString(key)
	if first < utf8.RuneSelf {
		return isLetter(first) || strings.ContainsRune(special, first)
	}
	return unicode.IsLetter(first)
}

// inNick allows letters and digits of all scripts and the few signs of
// RFC 2812; so no separator of masks, paths, keys or lists.
func inNick(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(r) || '0' <= r && r <= '9' || r == '-' || strings.ContainsRune(special, r)
	}
	return r != utf8.RuneError
}

// inRoom refuses what ends a parameter or a list (RFC 2812 1.3), what masks
// match by, and what separates the parts of a path.
func inRoom(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r != 0x7f && !strings.ContainsRune(",:*?!@/\\", r)
	}
	return r != utf8.RuneError
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

// reserved names would be taken for the server's own voice, or for the
// services that other networks have and that ask for passwords.
func reserved(key string) bool {
	switch key {
	case "greenroom", "server", "system", "services":
		return true
	}
	return strings.HasSuffix(key, "serv")
}

// confusable tells whether one word has letters of two of the alphabets whose
// letters look alike.
func confusable(key string) bool {
	if ascii(key) {
		return false
	}
	var word *unicode.RangeTable
	for _, r := range key {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			word = nil
			continue
		}
		for _, script := range alike {
			if unicode.Is(script, r) {
				if word != nil && word != script {
					return true
				}
				word = script
			}
		}
	}
	return false
}

var alike = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Lisu, unicode.Coptic}
