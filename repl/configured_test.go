package repl

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/repl/settings"
)

const somePin = "SHA256:QFVezUvZV4DgRiSskPTd64/A0+WKP1a5mFHme36AEFY"

// writes puts settings where a chat looks for them.
func writes(t *testing.T, text string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	if err := os.MkdirAll(configDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(configDir(), "chat.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSettingsHoldWhereTheCommandLineSaysNothing(t *testing.T) {
	writes(t, `
user = "ann"
highlight = ["deploy"]
[[server]]
name = "work"
address = "chat.example.org"
rooms = ["#ops"]
pin = "`+somePin+`"
[[server]]
name = "home"
address = "127.0.0.1:6667"
user = "annie"
plaintext = true
`)
	type said struct {
		addr, user, pin string
		rooms           []string
		plain           bool
	}
	for _, c := range []struct {
		o    Options
		want said
	}{
		{Options{}, said{"chat.example.org:6697", "ann", somePin, []string{"#ops"}, false}},
		{Options{Addr: "home"}, said{"127.0.0.1:6667", "annie", "", nil, true}},
		{Options{Addr: "work", User: "bob", Rooms: []string{"#tea", "coffee"}}, said{"chat.example.org:6697", "bob", somePin, []string{"#tea", "#coffee"}, false}},
		{Options{Addr: "elsewhere"}, said{"elsewhere:6697", "ann", "", nil, false}},
	} {
		o, err := c.o.configured(true)
		if got := (said{o.Addr, o.User, o.Pin, o.Rooms, o.Plaintext}); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v becomes %+v, %v", c.o, got, err)
		}
		if look := o.look(true); look.Highlight[0] != "deploy" {
			t.Errorf("the look is %+v", look)
		}
	}
	if o, _ := (Options{}).configured(false); o.Rooms != nil {
		t.Errorf("what is sent from a pipe goes to %q, which the command line does not name", o.Rooms)
	}
}

func TestWhatTheCommandLineLacksEndsWithTwo(t *testing.T) {
	writes(t, "")
	for want, run := range map[string]func(Options) int{
		"greenroom: standard input is not a terminal: give one --room for its lines\n": func(o Options) int { return Chat(t.Context(), o) },
		"! No account name: give --user.\n":                                            func(o Options) int { return Send(t.Context(), o, "#ops", []string{"hi"}) },
	} {
		var errs bytes.Buffer
		if code := run(Options{In: strings.NewReader(""), Out: &errs, Err: &errs}); code != exitUsage || errs.String() != want {
			t.Errorf("code %d: %q, want %q", code, errs.String(), want)
		}
	}
}

func TestAKeyThatDoesNotExistEndsEveryCommandWithTwo(t *testing.T) {
	writes(t, "colors = 1\n")
	for name, command := range map[string]func(Options) int{
		"chat":     func(o Options) int { return Chat(t.Context(), o) },
		"send":     func(o Options) int { return Send(t.Context(), o, "#ops", []string{"hi"}) },
		"register": func(o Options) int { return Register(t.Context(), o) },
	} {
		var out, told bytes.Buffer
		code := command(Options{In: strings.NewReader(""), Out: &out, Err: &told})
		if want := "chat.toml:1: There is no key colors: it is written colours.\n"; code != 2 || !strings.HasSuffix(told.String(), want) || out.Len() > 0 {
			t.Errorf("%s: %d, %q, %q", name, code, &told, &out)
		}
	}
}

func TestAPinIsTheOnlyKeyThatIsTaken(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	addr := tlsServer(t)
	meet := func(o Options) (*person, error) {
		p := newPerson("yes", "yes")
		return p, newSession(o.withDefaults(), p).meet(t.Context(), true)
	}
	var wrong *wrongPin
	p, err := meet(Options{Addr: addr, Pin: somePin, InsecureNewKey: true})
	if !errors.As(err, &wrong) || len(p.asked) > 0 {
		t.Fatalf("another key than the pinned one: %v, asked %q", err, p.asked)
	}
	if text := reason(err, addr); !strings.Contains(text, "IS NOT THE ONE") || !strings.Contains(text, somePin) || !strings.Contains(text, wrong.fingerprint) {
		t.Error(text)
	}
	if !settings.Fingerprint(wrong.fingerprint) {
		t.Errorf("%s cannot be pinned", wrong.fingerprint)
	}
	p, err = meet(Options{Addr: addr, Pin: wrong.fingerprint})
	if err != nil || len(p.asked) > 0 {
		t.Errorf("the pinned key: %v, asked %q", err, p.asked)
	}
	if p, err = meet(Options{Addr: addr}); err != nil || len(p.asked) > 0 {
		t.Errorf("afterwards, without the pin: %v, asked %q", err, p.asked)
	}
	var told bytes.Buffer
	for _, rooms := range [][]string{nil, {"#a", "#b"}} {
		if code := Chat(t.Context(), Options{Rooms: rooms, In: strings.NewReader(""), Err: &told}); code != 2 {
			t.Errorf("a pipe for the rooms %q: %d, %q", rooms, code, &told)
		}
	}
	if code := Chat(t.Context(), Options{Pin: "nonsense", In: strings.NewReader(""), Err: &told}); code != 2 {
		t.Errorf("a pin that is none: %d, %q", code, &told)
	}
}
