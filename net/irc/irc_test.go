package irc

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestParseReadsWhatTheSpecificationsShow(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       Message
	}{
		{"command alone", "quit", Message{Command: "QUIT"}},
		{"trailing", "PRIVMSG #a :hello  there ", New("PRIVMSG", "#a", "hello  there ")},
		{"empty trailing", "TOPIC #a :", New("TOPIC", "#a", "")},
		{"colon inside", "MODE #a +b a:b", New("MODE", "#a", "+b", "a:b")},
		{"many spaces", "  JOIN   #a   key  ", New("JOIN", "#a", "key")},
		{"line ending", "PING x\r\n", New("PING", "x")},
		{"source", ":dan!d@localhost PRIVMSG me :Hey!", Message{Source: "dan!d@localhost", Command: "PRIVMSG", Params: []string{"me", "Hey!"}}},
		{"numeric", ":irc.example.com 001 ann :Welcome", Message{Source: "irc.example.com", Command: "001", Params: []string{"ann", "Welcome"}}},
		{"tags", "@id=123AB;rose :dan NOTICE x :y", Message{Tags: Tags{{"id", "123AB"}, {"rose", ""}}, Source: "dan", Command: "NOTICE", Params: []string{"x", "y"}}},
		{"escapes", `@+a=raw+:=,escaped\:\s\\ TAGMSG #a`, Message{Tags: Tags{{"+a", `raw+:=,escaped; \`}}, Command: "TAGMSG", Params: []string{"#a"}}},
		{"bad escapes", `@a=test\;b=\b\ PING x`, Message{Tags: Tags{{"a", "test"}, {"b", "b"}}, Command: "PING", Params: []string{"x"}}},
		{"last duplicate wins", "@a=1;b=2;a=3 PING x", Message{Tags: Tags{{"b", "2"}, {"a", "3"}}, Command: "PING", Params: []string{"x"}}},
		{"empty keys", "@;=x;;a= PING x", Message{Tags: Tags{{"a", ""}}, Command: "PING", Params: []string{"x"}}},
		{"tags then spaces", "@a   PING x", Message{Tags: Tags{{"a", ""}}, Command: "PING", Params: []string{"x"}}},
		{"fifteen parameters", "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16", New("X", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15 16")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.line, FromClient)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("Parse(%q) = %#v, %v; want %#v", c.line, got, err, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tags := func(n int) string { return "@" + strings.Repeat("a", n) + " PING x" }
	manyTags := "@x"
	for i := range 1000 {
		manyTags += ";" + strconv.FormatInt(int64(i), 36)
	}
	for _, c := range []struct {
		name, line string
		want       error
		command    string
	}{
		{"nothing", "", ErrEmpty, ""},
		{"only spaces (21)", "   ", ErrEmpty, ""},
		{"only tags (21)", "@a=b", ErrEmpty, ""},
		{"only tags and a space", "@a=b ", ErrEmpty, ""},
		{"only a source", ":dan", ErrEmpty, ""},
		{"BOM (17)", "\ufeffNICK ann", ErrBOM, ""},
		{"bare CR (14)", "PRIVMSG #a :b\rQUIT", ErrBadByte, "PRIVMSG"},
		{"LF (14)", "PRIVMSG #a :b\nQUIT", ErrBadByte, "PRIVMSG"},
		{"NUL (14)", "PRIVMSG #a :b\x00", ErrBadByte, "PRIVMSG"},
		{"body at the limit (18)", "PING :" + strings.Repeat("x", 504), nil, "PING"},
		{"body over 512 (18)", "PING :" + strings.Repeat("x", 505), ErrTooLong, "PING"},
		{"tags at the limit (18)", tags(4094), nil, "PING"},
		{"tags too long (18)", tags(4095), ErrTagsTooLong, "PING"},
		{"a thousand tags (19)", manyTags + " PING x", ErrTooManyTags, "PING"},
		{"not UTF-8 (16)", "PRIVMSG #a :\xff", ErrInvalidUTF8, "PRIVMSG"},
		{"overlong UTF-8 (16)", "PRIVMSG #a :\xc0\xaf", ErrInvalidUTF8, "PRIVMSG"},
		{"surrogate (16)", "PRIVMSG #a :\xed\xa0\x80", ErrInvalidUTF8, "PRIVMSG"},
		{"tag not UTF-8 (16)", "@+a=\xff TAGMSG #a", ErrInvalidUTF8, "TAGMSG"},
		{"sixteen parameters (21)", "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", ErrTooManyParams, "X"},
		{"malformed command", "PRIV-MSG x", ErrBadCommand, "PRIV-MSG"},
		{"command not ASCII", "é x", ErrBadCommand, "é"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Parse(c.line, FromClient)
			if !errors.Is(err, c.want) || m.Command != c.command {
				t.Errorf("Parse = %q, %v; want %q, %v", m.Command, err, c.command, c.want)
			}
		})
	}
}

func TestTooLongMessagesAreCompleteSoThatRegisterMayUseThem(t *testing.T) {
	password := strings.Repeat("p", 592)
	m, err := Parse("@label=7 REGISTER * * "+password, FromClient)
	if !errors.Is(err, ErrTooLong) || m.Param(2) != password || m.Tag(TagLabel) != "7" {
		t.Errorf("got %d bytes of password, label %q, %v", len(m.Param(2)), m.Tag(TagLabel), err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	for _, m := range []Message{New("PASS", "hunter2"), New("AUTHENTICATE", "hunter2"), New("REGISTER", "*", "*", "hunter2"), New("OPER", "ann", "hunter2")} {
		if strings.Contains(m.String(), "hunter2") {
			t.Errorf("%s prints its password", m.Command)
		}
	}
}

// ATTACKS 15: nothing that goes in comes out as a second line or parameter.
func TestAppendMakesExactlyOneLine(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Message
		want string
	}{
		{"plain", New("JOIN", "#a"), "JOIN #a\r\n"},
		{"text", New("PRIVMSG", "#a", "x"), "PRIVMSG #a :x\r\n"},
		{"topic smuggles", New("TOPIC", "#a", "x\r\nQUIT"), "TOPIC #a :x  QUIT\r\n"},
		{"NUL", New("TOPIC", "#a", "x\x00y"), "TOPIC #a :x y\r\n"},
		{"middle smuggles", New("MODE", "#a\r\nQUIT", "+o"), "MODE #a__QUIT +o\r\n"},
		{"middle empty", New("401", "", "x", ""), "401 * x :\r\n"},
		{"middle colon", New("401", ":a", "b"), "401 _a b\r\n"},
		{"middle space", New("401", "a b", "c d"), "401 a_b :c d\r\n"},
		{"source smuggles", Message{Source: "a\r\nb c", Command: "PING"}, ":a__b_c PING\r\n"},
		{"tag smuggles", Message{Tags: Tags{{"+x", "a\r\n;b \\"}}, Command: "PING"}, `@+x=a\r\n\:b\s\\ PING` + "\r\n"},
		{"tag key smuggles", Message{Tags: Tags{{"x y;z=1\n", "v"}}, Command: "PING"}, "@x_y_z_1_=v PING\r\n"},
		{"no tags", Message{Tags: Tags{{"", "v"}}, Command: "PING"}, "PING\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := string(Append(nil, c.m)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestCheckFindsWhatAppendWouldAlter(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Message
		want error
	}{
		{"good", New("PRIVMSG", "#a", "b c"), nil},
		{"second line", New("PRIVMSG", "#a", "b\nc"), ErrBadParam},
		{"middle", New("PRIVMSG", "a b", "c"), ErrBadParam},
		{"empty command", New("", "a"), ErrBadCommand},
		{"longest", New("PRIVMSG", "#a", strings.Repeat("x", 512-len("PRIVMSG #a :\r\n"))), nil},
		{"too long", New("PRIVMSG", "#a", strings.Repeat("x", 513-len("PRIVMSG #a :\r\n"))), ErrTooLong},
		{"tags", Message{Tags: Tags{{"+a", strings.Repeat(";", 2050)}}, Command: "PING"}, ErrTagsTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.m.Check(FromClient); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestLengthsAreThoseOfTheEncoding(t *testing.T) {
	for _, m := range []Message{
		New("PRIVMSG", "#a", "b c"), New("JOIN", "#a"), New("TOPIC", "#a", ""), New("QUIT"),
		{Tags: Tags{{"a", "b c"}, {"", "x"}, {"d", ""}}, Source: "s", Command: "X", Params: []string{"1"}},
	} {
		tags := AppendTags(nil, m.Tags)
		if len(tags) > 0 && len(tags)-2 != TagDataLen(m.Tags) || len(AppendBody(nil, m)) != m.bodyLen() {
			t.Errorf("%v: %d and %d, encoded %q", m, TagDataLen(m.Tags), m.bodyLen(), Append(nil, m))
		}
	}
}

func TestSourceIsSplit(t *testing.T) {
	for source, want := range map[string][3]string{
		"ann!a@b": {"ann", "a", "b"}, "irc.example.com": {"irc.example.com", "", ""},
		"ann@b": {"ann", "", "b"}, "ann!a": {"ann", "a", ""}, "": {},
	} {
		nick, user, host := SplitSource(source)
		if got := [3]string{nick, user, host}; got != want {
			t.Errorf("SplitSource(%q) = %q", source, got)
		}
	}
}

func TestClientOnlyTagsArePicked(t *testing.T) {
	all := Tags{{"+a", "1"}, {"+b", "2"}}
	mixed := Tags{{"time", "x"}, {"+a", "1"}, {"label", "y"}, {"+b", "2"}}
	if !reflect.DeepEqual(mixed.ClientOnly(), all) || !reflect.DeepEqual(all.ClientOnly(), all) || mixed[:1].ClientOnly() != nil {
		t.Error("picked the wrong ones")
	}
}

const hotLine = "@+greenroom/id=0123456789abcdef;label=42 PRIVMSG #room :hello there, how is it going today?"

func TestParsingAMessageAllocatesTwice(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _, _ = Parse(hotLine, FromClient) }); n > 2 {
		t.Errorf("%v allocations, want one for the tags and one for the parameters", n)
	}
}

func TestEncodingAMessageAllocatesNothing(t *testing.T) {
	m, _ := Parse(hotLine, FromClient)
	buf := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { buf = Append(buf[:0], m) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(hotLine, FromClient); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	b.ReportAllocs()
	m, err := Parse(hotLine, FromClient)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 1024)
	for b.Loop() {
		buf = Append(buf[:0], m)
	}
}
