package names

import (
	"errors"
	"strings"
	"testing"
)

func TestNickRules(t *testing.T) {
	for _, test := range []struct {
		name, nick, key string
		err             error
	}{
		{"plain", "Ann", "ann", nil},
		{"rfc specials", "[a]\\`_^{|}-9", "[a]\\`_^{|}-9", nil},
		{"special first", "_ann", "_ann", nil},
		{"other script", "Жанна", "жанна", nil},
		{"marks", "Zoe\u0308", "zoë", nil},
		{"special before accent", "_é", "_é", nil},
		{"han and kana", "山田タロウ", "山田タロウ", nil},
		{"arabic", "سارة", "سارة", nil},
		{"hebrew", "דנה", "דנה", nil},
		{"devanagari", "प्रिया", "प्रिया", nil},
		{"two alphabets, two words", "ann-анна", "ann-анна", nil},
		{"serv inside", "servant", "servant", nil},
		{"limit", strings.Repeat("a", 20), strings.Repeat("a", 20), nil},

		{"empty", "", "", ErrEmpty},
		{"too long in bytes", strings.Repeat("ж", 11), "", ErrTooLong},
		{"leading digit", "9ann", "", ErrForbidden},
		{"leading wide digit", "９ann", "", ErrForbidden},
		{"leading digit of another script", "٣ann", "", ErrForbidden},
		{"leading dash", "-ann", "", ErrForbidden},
		{"leading tilde", "~ann", "", ErrForbidden},
		{"leading mark", "\u0301ann", "", ErrForbidden},
		{"channel", "#ann", "", ErrForbidden},
		{"space", "a b", "", ErrForbidden},
		{"no-break space", "a\u00a0b", "", ErrForbidden},
		{"ideographic space", "a\u3000b", "", ErrForbidden},
		{"emoji", "ann😀", "", ErrForbidden},
		{"ligature kept apart", "o\ufb03ce", "office", nil},
		{"bold letters", "𝐚𝐧𝐧", "", ErrForbidden},
		{"invalid utf-8", "a\xff", "", ErrForbidden},
		{"replacement character", "a\ufffd", "", ErrForbidden},
		{"private use", "a\ue000", "", ErrForbidden},
		{"unassigned", "a\u0378", "", ErrForbidden},
		{"mixed directions", "سارةabc", "", ErrForbidden},
		{"service", "NickServ", "", ErrReserved},
		{"wide service", "ＮickServ", "", ErrReserved},
		{"server", "GreenRoom", "", ErrReserved},
		{"cyrillic a in latin", "аnn", "", ErrConfusable},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, rule := range []func(string, int) (string, error){Nick, Account} {
				key, err := rule(test.nick, 20)
				if key != test.key || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
					t.Fatalf("%q: got %q, %v; want %q, %v", test.nick, key, err, test.key, test.err)
				}
			}
		})
	}
}

func TestRoomRules(t *testing.T) {
	for _, test := range []struct {
		name, room, key string
		err             error
	}{
		{"plain", "#Green", "#green", nil},
		{"double", "##Go", "##go", nil},
		{"signs", "#C++&.net_(x)=~'$", "#c++&.net_(x)=~'$", nil},
		{"digits", "#2026", "#2026", nil},
		{"umlaut", "#ÜBUNG", "#übung", nil},
		{"emoji", "#party🎉", "#party🎉", nil},
		{"arabic", "#مجلس", "#مجلس", nil},
		{"two alphabets, two words", "#dev-команда", "#dev-команда", nil},
		{"compatibility", "#①", "#1", nil},

		{"empty", "", "", ErrEmpty},
		{"only the sign", "#", "", ErrEmpty},
		{"too long", "#" + strings.Repeat("x", 30), "", ErrTooLong},
		{"no sign", "green", "", ErrForbidden},
		{"wide sign", "＃green", "", ErrForbidden},
		{"space", "#a b", "", ErrForbidden},
		{"comma", "#a,b", "", ErrForbidden},
		{"colon", "#:a", "", ErrForbidden},
		{"bell", "#a\x07", "", ErrForbidden},
		{"delete", "#a\x7f", "", ErrForbidden},
		{"line", "#a\r\nQUIT", "", ErrForbidden},
		{"c1 control", "#a\u0085", "", ErrForbidden},
		{"line separator", "#a\u2028", "", ErrForbidden},
		{"wide comma", "#a，b", "", ErrForbidden},
		{"braille blank", "#a\u2800", "", ErrForbidden},
		{"hangul filler", "#a\u3164", "", ErrForbidden},
		{"invalid utf-8", "#\xc3", "", ErrForbidden},
		{"cyrillic e in latin", "#grееn", "", ErrConfusable},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, err := Room(test.room, 30)
			if key != test.key || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Fatalf("%q: got %q, %v; want %q, %v", test.room, key, err, test.key, test.err)
			}
		})
	}
}

// TestAttack28InvisibleCharactersRefused: a name looks as it is.
func TestAttack28InvisibleCharactersRefused(t *testing.T) {
	for _, r := range "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202d\u202e\u2060\u2061\u2066\u2067\u2069\u206f\u3164\ufe0f\ufeff\uffa0\ufff9\U000e0001\U000e0061\U000e0100" {
		for _, at := range []string{string(r) + "ann", "a" + string(r) + "nn", "ann" + string(r)} {
			if key, err := Nick(at, 40); err == nil {
				t.Errorf("nick %q is allowed, key %q", at, key)
			}
			if key, err := Room("#"+at, 40); err == nil {
				t.Errorf("room %q is allowed, key %q", "#"+at, key)
			}
		}
	}
}

// TestAttack28JoinersRefused also where PRECIS allows them: without its joiner
// the name would look the same to most.
func TestAttack28JoinersRefused(t *testing.T) {
	for _, name := range []string{"क्\u200dष", "क्\u200cष"} {
		if key, err := Nick(name, 64); err == nil {
			t.Errorf("nick %q is allowed, key %q", name, key)
		}
		if key, err := Room("#"+name, 64); err == nil {
			t.Errorf("room %q is allowed, key %q", name, key)
		}
	}
}

// TestAttack47TwinsShareOneKey: names that differ in case or width only, in
// any script, are one name.
func TestAttack47TwinsShareOneKey(t *testing.T) {
	for _, twins := range [][]string{
		{"ann", "ANN", "Ann", "ａｎｎ", "ＡＮＮ", "aｎN"},
		{"irmak", "Irmak", "\u0130rmak", "\u0131rmak", "i\u0307rmak"},
		{"strasse", "straße", "STRASSE", "STRA\u1e9eE", "Straße"},
		{"σίσυφοσ", "ΣΊΣΥΦΟΣ", "σίσυφος"},
		{"ange\u0301lique", "angélique", "ANGÉLIQUE", "ANGE\u0301LIQUE"},
		{"kelvin", "\u212aelvin"},
		{"\u00e5ke", "\u212bke", "A\u030ake"},
		{"カナ", "ｶﾅ"},
		{"дом", "ДОМ"},
	} {
		for _, name := range twins {
			for _, kind := range []struct {
				rule   func(string, int) (string, error)
				prefix string
			}{{Nick, ""}, {Account, ""}, {Room, "#"}} {
				want, err := kind.rule(kind.prefix+twins[0], 64)
				if err != nil {
					t.Fatalf("%q: %v", kind.prefix+twins[0], err)
				}
				key, err := kind.rule(kind.prefix+name, 64)
				if err != nil || key != want {
					t.Errorf("%q: key %q, %v; want %q", kind.prefix+name, key, err, want)
				}
				if got := Fold(kind.prefix + name); got != want {
					t.Errorf("%q: folded to %q, want %q", kind.prefix+name, got, want)
				}
			}
		}
	}
}

// TestAttack49ReservedNamesRefused: nobody speaks as the server or a service.
func TestAttack49ReservedNamesRefused(t *testing.T) {
	for _, name := range []string{"NickServ", "chanserv", "ＮＩＣＫＳＥＲＶ", "serv", "Server", "greenroom", "ＧｒｅｅｎＲｏｏｍ", "SYSTEM", "services"} {
		if _, err := Account(name, 64); !errors.Is(err, ErrReserved) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestAttack51SeparatorsRefused: a name cannot leave the prefix of its key,
// name a file or be a mask; nor can its key.
func TestAttack51SeparatorsRefused(t *testing.T) {
	for _, r := range "\x00/*?!@,:\x01\x1f" + "／＊？！＠，：" {
		if key, err := Room("#a"+string(r)+"b", 64); err == nil {
			t.Errorf("room with %q is allowed, key %q", r, key)
		}
	}
	for _, r := range "\x00/*?!@,:.#&+%$;=<>()'\"~ " + "／＊？！＠．～；" {
		if key, err := Nick("a"+string(r)+"b", 64); err == nil {
			t.Errorf("nick with %q is allowed, key %q", r, key)
		}
	}
	for _, path := range []string{"..", ".", "../x", "a/../b", "/etc", "\\\\host\\x"} {
		if key, err := Room("#"+path, 64); err == nil && strings.ContainsAny(key, "/\\") {
			t.Errorf("room %q is allowed", path)
		}
	}
}

// FuzzNames: a key is a valid name and its own key, and lookup finds it.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"ann", "Straße", "İI", "#Ǆ", "ﬃ", "ΐ", "#\u0345α", "ẛ̣", "ﷺ", "#ﾞ", "가", "#\u0130\u0307\u0307"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, rule := range []func(string, int) (string, error){Nick, Account, Room} {
			key, err := rule(s, 1<<16)
			if err != nil {
				continue
			}
			if again, err := rule(key, 1<<20); err != nil || again != key {
				t.Errorf("%q has key %q, which has key %q, %v", s, key, again, err)
			}
			if Fold(s) != key {
				t.Errorf("%q has key %q but folds to %q", s, key, Fold(s))
			}
			if strings.ContainsAny(key, "\x00 /*?!@,:\r\n\a") {
				t.Errorf("%q has key %q", s, key)
			}
		}
	})
}

func BenchmarkNick(b *testing.B) {
	for _, name := range []string{"Annabel", "Angélique"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Nick(name, 32); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
