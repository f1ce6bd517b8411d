package irc

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNamesFoldInASCIIOnly(t *testing.T) {
	for in, want := range map[string]string{"": "", "ann": "ann", "AnN[]~": "ann[]~", "ÄB": "Äb"} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q", in, got)
		}
	}
}

func TestMasksMatch(t *testing.T) {
	for _, c := range []struct {
		mask, text string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "abc", true}, {"?", "", false}, {"?", "é", true},
		{"a*c", "abbc", true}, {"a*c", "abcd", false}, {"A*C", "axc", true}, {"*!*@*.example", "ann!u@h.EXAMPLE", true},
		{"*!*@*.example", "ann!u@example", false}, {`\*`, "*", true}, {`\*`, "a", false}, {`a\?*`, "a?b", true},
		{"*a*b*", "xxaxxbxx", true}, {"*ab", "aab", true}, {"a?c*", "abc", true}, {`a\`, `a\`, true}, {"**", "x", true},
	} {
		if got := MatchMask(c.mask, c.text); got != c.want {
			t.Errorf("MatchMask(%q, %q) = %v", c.mask, c.text, got)
		}
	}
}

// ATTACKS 68: a matcher that tries every star again would not end before the
// universe does.
func TestManyStarsAreMatchedInBoundedTime(t *testing.T) {
	if MatchMask(strings.Repeat("*a", 200)+"b", strings.Repeat("a", 20_000)) {
		t.Error("matched")
	}
}

func TestISupportIsSplitIntoLinesOfThirteen(t *testing.T) {
	var tokens []Token
	for i := range 30 {
		tokens = append(tokens, Token{Name: fmt.Sprintf("TOKEN%d", i), Value: "1"})
	}
	lines := ISupport(tokens, 400)
	if len(lines) != 3 || len(lines[0]) != 13 || len(lines[2]) != 4 {
		t.Errorf("got %q", lines)
	}
	for _, line := range ISupport(tokens, 40) {
		if len(strings.Join(line, " ")) > 40 {
			t.Errorf("too long: %q", line)
		}
	}
	if ISupport(nil, 400) != nil {
		t.Error("no tokens make a line")
	}
}

func TestISupportReadsWhatItPrints(t *testing.T) {
	tokens := []Token{{Name: "UTF8ONLY"}, {Name: "NETWORK", Value: `a b=\c`}, {Name: "MODES", Gone: true}}
	params := append([]string{"ann"}, ISupport(tokens, 400)[0]...)
	if params[2] != `NETWORK=a\x20b\x3D\x5Cc` {
		t.Errorf("printed %q", params[2])
	}
	if got := ParseISupport(append(params, "are supported")); !reflect.DeepEqual(got, tokens) {
		t.Errorf("read %#v", got)
	}
	if got := unescapeToken(`a\xZZ\x2`); got != `a\xZZ\x2` {
		t.Errorf("bad escapes read %q", got)
	}
}

func TestModesAreTakenApart(t *testing.T) {
	types := ModeTypes{List: "beI", Always: "k", Set: "l", Flag: "imnst", Prefix: "ov"}
	for _, c := range []struct {
		words string
		want  ModeString
	}{
		{"", ModeString{}},
		{"+mn", ModeString{Changes: []ModeChange{{Letter: 'm', Add: true}, {Letter: 'n', Add: true}}}},
		{"b", ModeString{Changes: []ModeChange{{Letter: 'b', Add: true, Query: true}}}},
		{"+bk-l *!*@x key", ModeString{Changes: []ModeChange{{Letter: 'b', Add: true, Param: "*!*@x"}, {Letter: 'k', Add: true, Param: "key"}, {Letter: 'l'}}}},
		{"+o-v ann bob", ModeString{Changes: []ModeChange{{Letter: 'o', Add: true, Param: "ann"}, {Letter: 'v', Param: "bob"}}}},
		{"+ool ann", ModeString{Changes: []ModeChange{{Letter: 'o', Add: true, Param: "ann"}}, Missing: []byte("ol")}},
		{"+mZéZ-k", ModeString{Changes: []ModeChange{{Letter: 'm', Add: true}, {Letter: 'k'}}, Unknown: []string{"Z", "é"}}},
		{"+k-o", ModeString{Missing: []byte("ko")}},
	} {
		if got := ParseModes(strings.Fields(c.words), types); !reflect.DeepEqual(got, c.want) {
			t.Errorf("ParseModes(%q) = %+v", c.words, got)
		}
	}
}

func TestTimesAreReadStrictly(t *testing.T) {
	at := time.Date(2026, 7, 9, 8, 7, 6, 5_900_000, time.FixedZone("x", 3600))
	if got := FormatTime(at); got != "2026-07-09T07:07:06.005Z" {
		t.Errorf("printed %q", got)
	}
	for text, want := range map[string]string{
		"2011-10-19T16:40:51.620Z": "2011-10-19T16:40:51.620Z",
		"2012-06-30T23:59:60.419Z": "2012-07-01T00:00:00.419Z", // ircv3 server-time shows it
	} {
		if got, err := ParseTime(text); err != nil || FormatTime(got) != want || got.Location() != time.UTC {
			t.Errorf("ParseTime(%q) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "*", "2011-10-19T16:40:51Z", "2011-10-19T16:40:51,620Z", "2011-13-19T16:40:51.620Z",
		"2011-10-19 16:40:51.620Z", "2011-10-19T16:40:51.620z", "2011-02-30T16:40:51.620Z", "99999-10-19T16:40:51.62Z", "2011-10-19T16:60:51.620Z"} {
		if _, err := ParseTime(text); !errors.Is(err, ErrBadTime) {
			t.Errorf("ParseTime(%q): %v", text, err)
		}
	}
}

func TestTextIsSplitBetweenCharacters(t *testing.T) {
	for _, c := range []struct {
		text string
		room int
		want []string
	}{
		{"", 10, nil}, {"short", 10, []string{"short"}}, {"a\r\n\r\nb\nc", 10, []string{"a", "b", "c"}},
		{"hello wide world", 10, []string{"hello wide", "world"}}, {"aaaaaaaaaaaa", 5, []string{"aaaaa", "aaaaa", "aa"}},
		{"ééééé", 5, []string{"éé", "éé", "é"}}, {"\x80\x80\x80\x80\x80", 4, []string{"\x80\x80\x80\x80", "\x80"}},
		{"😀😀", 1, []string{"😀", "😀"}},
	} {
		if got := SplitText(c.text, c.room); !reflect.DeepEqual(got, c.want) {
			t.Errorf("SplitText(%q, %d) = %q", c.text, c.room, got)
		}
	}
	text := strings.Repeat("añb ", 400)
	room := MaxText("ann!u@h", "PRIVMSG", "#a")
	for _, piece := range SplitText(text, room) {
		m := Message{Source: "ann!u@h", Command: "PRIVMSG", Params: []string{"#a", piece}}
		if !utf8.ValidString(piece) || m.bodyLen() > MaxBody {
			t.Errorf("bad piece of %d bytes", len(piece))
		}
	}
}

// ATTACKS 26.
func TestOtherProtocolsAreRecognized(t *testing.T) {
	for line, want := range map[string]string{
		"GET / HTTP/1.1": "HTTP", "POST /x HTTP/1.0": "HTTP", "PRI * HTTP/2.0": "HTTP", "SSH-2.0-OpenSSH_9": "SSH",
		"EHLO example.org": "SMTP", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2": "PROXY", "\x16\x03\x01": "TLS", "NICK ann": "", "OPTIONS": "", "": "",
	} {
		if got, ok := ForeignProtocol(line); ok != (want != "") || ok && got != want {
			t.Errorf("ForeignProtocol(%q) = %q, %v", line, got, ok)
		}
	}
}

func TestRefusingNumericsAreKnown(t *testing.T) {
	for command, want := range map[string]bool{"001": false, "433": true, "904": true, "903": false, "734": true, "FAIL": false, "": false, "4x": false} {
		if IsError(command) != want {
			t.Errorf("IsError(%q) is not %v", command, want)
		}
	}
}
