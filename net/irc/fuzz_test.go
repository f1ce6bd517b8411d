package irc

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/ergochat/irc-go/ircmsg"
)

var seeds = []string{
	"", " ", ":", "@", "@ ", "@a", ": :", "PING", "ping :x", ":s PING x :y z", "@a=b;+c/d=\\s\\ :s X 1 2 :",
	"@a;a=1;;=;b\\ X", "X  a  b  ", "\ufeffX", "X \x00", "X a\rb", "X é :\xff", "@a=\xff X", "X :a\r\n",
	"X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", " @a=b X", "@a  :s  X  y", "@a=b=c;d X :  ",
}

// FuzzParse: no bytes make it panic; what it accepts prints as one line that
// reads the same; and ircmsg, written by others, reads it the same too.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		m, err := Parse(line, FromClient)
		if err != nil {
			return
		}
		printed := string(Append(nil, m))
		again, err := Parse(printed, Limits{Body: 1 << 20, TagData: 1 << 20, Tags: 64, Params: MaxParams})
		if err != nil || !sameMessage(m, again) {
			t.Fatalf("%q reads %#v, prints %q, reads %#v, %v", line, m, printed, again, err)
		}
		agree(t, line, m)
	})
}

// sameMessage compares but for an empty source, which is not printed.
func sameMessage(a, b Message) bool {
	return a.Source == b.Source && a.Command == b.Command &&
		reflect.DeepEqual(a.Params, b.Params) && reflect.DeepEqual(a.Tags, b.Tags)
}

func agree(t *testing.T, line string, m Message) {
	theirs, err := ircmsg.ParseLineStrict(line, true, 0)
	if err != nil {
		t.Fatalf("%q: we accept it, ircmsg says %v", line, err)
	}
	if theirs.Source != m.Source || theirs.Command != m.Command || !equalParams(theirs.Params, m.Params) {
		t.Fatalf("%q: we read %#v, ircmsg %#v", line, m, theirs)
	}
	for _, tag := range m.Tags {
		// ircmsg leaves out tags whose key it does not like; the
		// specification calls keys opaque.
		if has, value := theirs.GetTag(tag.Key); has && value != tag.Value {
			t.Fatalf("%q: tag %q is %q here, %q there", line, tag.Key, tag.Value, value)
		}
	}
	for key := range theirs.AllTags() {
		if _, ok := m.Tags.Get(key); !ok {
			t.Fatalf("%q: tag %q is missing", line, key)
		}
	}
}

func equalParams(a, b []string) bool {
	return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b))
}

// FuzzAppend: whatever the message holds, the encoding is one line with the
// same number of parameters (ATTACKS 15).
func FuzzAppend(f *testing.F) {
	f.Add("+a", "v\r\n", "s", "PRIVMSG", "#a", "b\nQUIT")
	f.Add("", "", "", "X", "", "")
	f.Add("k;x", "\\", ":", "TOPIC", ":a", ":b")
	f.Fuzz(func(t *testing.T, key, value, source, command, middle, last string) {
		m := Message{Tags: Tags{{key, value}}, Source: source, Command: command, Params: []string{middle, last}}
		line := Append(nil, m)
		if !bytes.HasSuffix(line, []byte("\r\n")) || bytes.ContainsAny(line[:len(line)-2], "\r\n\x00") {
			t.Fatalf("%#v prints %q", m, line)
		}
		if _, plain := upperCommand(command); !plain || command == "" {
			return
		}
		got, err := Parse(string(line), Limits{Body: 1 << 20, TagData: 1 << 20, Tags: 4, Params: 4})
		if err != nil || len(got.Params) != 2 {
			t.Fatalf("%#v prints %q, reads %#v, %v", m, line, got, err)
		}
		if got.Tag(key) != strings.ReplaceAll(value, "\x00", " ") && !strings.ContainsAny(key, "; =\r\n\x00") && key != "" {
			t.Fatalf("tag %q=%q reads %q", key, value, got.Tag(key))
		}
	})
}

func FuzzMatchMask(f *testing.F) {
	f.Add("*!*@*.example", "ann!a@b.example")
	f.Add(`\*?`, "*x")
	f.Fuzz(func(t *testing.T, mask, text string) {
		MatchMask(mask, text)
		if !MatchMask("*", text) || !MatchMask("**", text) {
			t.Fatalf("a star does not match %q", text)
		}
	})
}
