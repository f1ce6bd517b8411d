package irc

import "strings"

// ModeTypes says which mode letters take a parameter: CHANMODES=A,B,C,D and the
// letters of PREFIX.
type ModeTypes struct {
	List   string // A: an entry of a list; without a parameter the list is asked for
	Always string // B: a parameter to set and to clear
	Set    string // C: a parameter to set only
	Flag   string // D: never a parameter
	Prefix string // roles: always a parameter, a nick
}

// ModeChange is one letter of a mode string.
type ModeChange struct {
	Letter byte
	Add    bool
	Param  string
	Query  bool // a list was asked for; Add says nothing
}

// ModeString is a mode string taken apart. Unknown and Missing name each letter
// once: those that are no mode, and those whose parameter is not there.
type ModeString struct {
	Changes []ModeChange
	Unknown []string // characters; not all of them are single bytes
	Missing []byte
}

// ParseModes reads "+bk-l mask key": the letters, then their parameters.
func ParseModes(words []string, types ModeTypes) ModeString {
	var s ModeString
	if len(words) == 0 {
		return s
	}
	add, params := true, words[1:]
	for _, r := range words[0] {
		if r == '+' || r == '-' {
			add = r == '+'
			continue
		}
		kind := types.of(r)
		change := ModeChange{Letter: byte(r), Add: add}
		wants := kind == modeList || kind == modeAlways || kind == modeSet && add
		switch {
		case kind == modeUnknown:
			s.unknown(string(r))
			continue
		case wants && len(params) > 0:
			change.Param, params = params[0], params[1:]
		case wants && kind == modeList:
			change.Query = true
		case wants && kind == modeAlways && !add && !strings.ContainsRune(types.Prefix, r):
			// "-k": there is but one to take away.
		case wants:
			s.missing(byte(r))
			continue
		}
		s.Changes = append(s.Changes, change)
	}
	return s
}

type modeKind int

const (
	modeUnknown modeKind = iota
	modeList
	modeAlways
	modeSet
	modeFlag
)

func (t ModeTypes) of(r rune) modeKind {
	switch {
	case r >= 0x80:
		return modeUnknown
	case strings.ContainsRune(t.List, r):
		return modeList
	case strings.ContainsRune(t.Always, r), strings.ContainsRune(t.Prefix, r):
		return modeAlways
	case strings.ContainsRune(t.Set, r):
		return modeSet
	case strings.ContainsRune(t.Flag, r):
		return modeFlag
	}
	return modeUnknown
}

func (s *ModeString) unknown(letter string) {
	for _, known := range s.Unknown {
		if known == letter {
			return
		}
	}
	s.Unknown = append(s.Unknown, letter)
}

func (s *ModeString) missing(letter byte) {
	for _, known := range s.Missing {
		if known == letter {
			return
		}
	}
	s.Missing = append(s.Missing, letter)
}
