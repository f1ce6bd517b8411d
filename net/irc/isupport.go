package irc

import (
	"fmt"
	"strconv"
	"strings"
)

// maxTokens is how many tokens one 005 may carry: 15 parameters less the nick
// and the text at the end.
const maxTokens = 13

// Token is one feature of RPL_ISUPPORT. Value is empty for a bare name.
type Token struct {
	Name, Value string
	Gone        bool // "-NAME": no longer offered
}

// String prints the token as 005 carries it.
func (t Token) String() string {
	switch {
	case t.Gone:
		return "-" + t.Name
	case t.Value == "":
		return t.Name
	}
	return t.Name + "=" + escapeToken(t.Value)
}

// ISupport groups tokens into the parameters of as many 005 as it takes, so
// that none has more than 13 tokens or room bytes of them.
func ISupport(tokens []Token, room int) [][]string {
	var lines [][]string
	var line []string
	size := 0
	for _, t := range tokens {
		word := t.String()
		if len(line) == maxTokens || len(line) > 0 && size+1+len(word) > room {
			lines = append(lines, line)
			line, size = nil, 0
		}
		line = append(line, word)
		size += 1 + len(word)
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// ParseISupport reads the tokens of one 005, all its parameters given: the
// first is the nick, the last the text.
func ParseISupport(params []string) []Token {
	if len(params) < 2 {
		return nil
	}
	tokens := make([]Token, 0, len(params)-2)
	for _, word := range params[1 : len(params)-1] {
		name, gone := strings.CutPrefix(word, "-")
		name, value, _ := strings.Cut(name, "=")
		if name != "" {
			tokens = append(tokens, Token{Name: name, Value: unescapeToken(value), Gone: gone})
		}
	}
	return tokens
}

// escapeToken writes what a value may not hold as \xHH.
func escapeToken(value string) string {
	if !strings.ContainsAny(value, " =\\\r\n\x00") {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case ' ', '=', '\\', '\r', '\n', 0:
			fmt.Fprintf(&b, `\x%02X`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func unescapeToken(value string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(value, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		code, err := strconv.ParseUint(after[:min(2, len(after))], 16, 8)
		if err != nil || len(after) < 2 {
			b.WriteString(`\x`)
			value = after
			continue
		}
		b.WriteByte(byte(code))
		value = after[2:]
	}
}
