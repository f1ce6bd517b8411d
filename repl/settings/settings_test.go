package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const whole = `
user      = "ann"
colour    = "auto"
highlight = ["deploy", "on call"]

[colours]
nicks   = [26, 28]
self    = "bold"
mention = "bold bright red"
quiet   = "dim 244"
alert   = "red"

[[server]]
name    = "work"
address = "chat.example.org:6697"
user    = "ann.example"
rooms   = ["#ops", "#lobby"]
pin     = "SHA256:QFVezUvZV4DgRiSskPTd64/A0+WKP1a5mFHme36AEFY"

[[server]]
address   = "127.0.0.1:6667"
plaintext = true
`

func TestEveryKeyIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chat.toml")
	if s, err := Load(file); err != nil || !reflect.DeepEqual(s, Settings{}) {
		t.Errorf("without a file: %+v, %v", s, err)
	}
	os.WriteFile(file, []byte(whole), 0o600)
	s, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	want := Look{
		Colour: true, Nicks: []int{26, 28}, Highlight: []string{"deploy", "on call"},
		Self: "1", Mention: "1;91", Quiet: "2;38;5;244", Alert: "31",
	}
	if got := s.Look(true, false); !reflect.DeepEqual(got, want) {
		t.Errorf("the look is %+v", got)
	}
	for word, address := range map[string]string{"": "chat.example.org:6697", "work": "chat.example.org:6697", "127.0.0.1:6667": "127.0.0.1:6667"} {
		if server, ok := s.Find(word); !ok || server.Address != address {
			t.Errorf("%q means %+v", word, server)
		}
	}
	if server, ok := s.Find("elsewhere:1"); ok || server.User != "ann" {
		t.Errorf("a server that is not there: %+v", server)
	}
}

func TestNoColorHoldsUnlessTheFileSaysOtherwise(t *testing.T) {
	for _, c := range []struct {
		setting           string
		capable, unwanted bool
		want              bool
	}{
		{"", true, false, true}, {"", true, true, false}, {"", false, false, false}, {"auto", true, true, false},
		{"always", true, true, true}, {"always", false, false, false}, {"never", true, false, false},
	} {
		if got := (Settings{Colour: c.setting}).Look(c.capable, c.unwanted).Colour; got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestEveryFaultIsToldAtOnceInASentenceWithItsLine(t *testing.T) {
	_, err := parse("chat.toml", `colors = 1
highlight = ["x", " "]
colour = "sometimes"
[colours]
nicks = [300]
self = "loud"
[[server]]
name = "a"
pin = "MD5:1"
[[server]]
name = "a"
address = "x:1"
rooms = ["ops"]
port = 1
`)
	if err == nil {
		t.Fatal("accepted")
	}
	want := []string{
		"chat.toml:1: There is no key colors: it is written colours.",
		"chat.toml:14: There is no key server.port; the README lists them all.",
		"chat.toml:3: The value of colour is",
		"chat.toml:2: The list highlight has",
		"chat.toml:5: The colours of nicks",
		`chat.toml:6: In self "loud" is neither`,
		"chat.toml:7: A server needs an address",
		"chat.toml:9: A pin is a fingerprint",
		"chat.toml:13: A room begins with #",
		`chat.toml:11: There are two servers of the name "a".`,
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Errorf("%d faults:\n%v", len(lines), err)
	}
	for i := range min(len(lines), len(want)) {
		if !strings.HasPrefix(lines[i], want[i]) {
			t.Errorf("fault %d is %q, want %q", i, lines[i], want[i])
		}
	}
}

func TestWhatIsNoTOMLIsToldWithItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"user = ann\n":          "chat.toml:1: ",
		"user = 3\n":            "chat.toml:1: The value of user is a number, but must be a text.",
		"typing = \"yes\"\n":    "chat.toml:1: The value of typing is a text, but must be true or false.",
		"\nhighlight = \"x\"\n": "chat.toml:2: The value of highlight is a text, but must be a list.",
	} {
		if _, err := parse("chat.toml", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestLookGivesNothingThatASettingCouldChangeLater(t *testing.T) {
	s := Settings{Highlight: []string{"a"}}
	l := s.Look(true, false)
	s.Highlight[0] = "b"
	if l.Highlight[0] != "a" {
		t.Error("the look shares the list")
	}
}
