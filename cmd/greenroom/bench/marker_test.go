package bench

import (
	"testing"
)

func TestMarkersAreFoundWhateverStandsAroundThem(t *testing.T) {
	tag := tag("abc")
	text := tag.text(42, 64)
	putNumber(text, 1234567)
	if len(text) != 64 {
		t.Fatalf("a text of 64 bytes is %d long", len(text))
	}
	for _, c := range []struct {
		name, line string
		ok         bool
	}{
		{"a plain line", ":b!~b@host PRIVMSG #r :" + string(text), true},
		{"with tags", "@time=2026-01-01T00:00:00Z;msgid=$abc :b!b@h PRIVMSG #r :" + string(text), true},
		{"a dollar in the host", ":b!b@$cloak$ PRIVMSG #r :" + string(text), true},
		{"of another run", ":b!b@h PRIVMSG #r :$abd" + string(text[4:]), false},
		{"cut off", ":b!b@h PRIVMSG #r :" + string(text[:markerLen-1]), false},
		{"no digits", ":b!b@h PRIVMSG #r :$abc0004x001234567 x", false},
		{"nothing", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, ok := tag.find([]byte(c.line))
			if ok != c.ok || ok && m != (marked{42, 1234567, 64}) {
				t.Errorf("found %v, %+v", ok, m)
			}
		})
	}
}

func TestNicksAreShortEnoughForEveryServer(t *testing.T) {
	if nick := newTag().nick(mostMembers - 1); len(nick) > 9 {
		t.Errorf("%s is longer than nine bytes", nick)
	}
}

func TestTheSmallestTextIsAMarker(t *testing.T) {
	tag := newTag()
	if m, ok := tag.find(tag.text(mostSenders, markerLen)); !ok || m.sender != mostSenders || m.size != markerLen {
		t.Errorf("%v %+v", ok, m)
	}
}
