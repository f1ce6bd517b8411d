package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/argon2"

	"github.com/greenroom-chat/greenroom/actors/records"
)

func TestPolicyTellsTheReason(t *testing.T) {
	for _, test := range []struct{ name, password, want string }{
		{"empty", "", "empty"},
		{"short", "k9$Lqz4", "shorter than 8"},
		{"short in characters", "ж9яЫqzф", "shorter than 8"},
		{"common", "password1", "common words, names or passwords"},
		{"disguised", "P@$$w0rd123!", "common words, names or passwords"},
		{"name", "annabelle-annabelle", "your name or the server's"},
		{"server", "greenroom2026", "your name or the server's"},
		{"rows", "zxcvbnm,./", "keyboard"},
		{"repeat", "aaaaaaaaaaaaaaaaaaaa", "repeats itself"},
		{"sequence", "abcdefghijklmnop", "sequence"},
		{"date", "1982-05-13", "only digits"},
		{"number", "0043 660 1234567", "only digits"},
		{"weak beginning", strings.Repeat("a", 200) + "Zq8#vLw2!xTe", "repeats itself"},
		{"good", "Zq8#vLw2!xTe", "ok"},
		{"words", "correct horse battery staple", "ok"},
		{"long", strings.Repeat("lorem ipsum dolor sit amet, ", 22)[:592], "ok"},
		{"other script", "неизвестный зелёный бегемот", "ok"},
		{"many signs", strings.Repeat("4@8({[</369!1|70$5+2", 5), "ok"},
	} {
		t.Run(test.name, func(t *testing.T) {
			weak := tooShort(Secret(test.password))
			if weak == nil {
				weak = tooEasy(Secret(test.password), []string{"Annabelle", "annabelle"})
			}
			switch {
			case weak == nil && test.want != "ok":
				t.Fatal("accepted")
			case weak == nil:
			case !strings.Contains(weak.Error(), test.want) || weak.Advice == "":
				t.Fatalf("got %q, want %q", weak, test.want)
			case test.password != "" && strings.Contains(weak.Error(), test.password):
				t.Fatalf("quotes the password: %q", weak)
			}
		})
	}
}

// TestScoringIsBounded: no password makes the scoring take seconds.
func TestScoringIsBounded(t *testing.T) {
	for _, part := range []string{"!1|7", "4@8({[</369!1|70$5+2", "p4ssw0rd1!", "a", "1234567890", "qwerty", "ж"} {
		password := Secret(strings.Repeat(part, MaxPassword/len(part)))
		began := time.Now()
		tooEasy(password, []string{"ann"})
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q repeated: %v", part, took)
		}
	}
}

func TestHashIsReadBackAndNothingElse(t *testing.T) {
	h := hasher{cost: testCost, derive: argon2.IDKey}
	hash := h.hash("tulip")
	if !strings.HasPrefix(string(hash), "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("got %q", string(hash))
	}
	if again := h.hash("tulip"); again == hash {
		t.Error("two hashes of one password are equal")
	}
	for password, want := range map[Secret]bool{"tulip": true, "tulip ": false, "Tulip": false, "": false} {
		if ok, outdated, err := h.verify(hash, password); ok != want || outdated || err != nil {
			t.Errorf("%q: %v, %v, %v", string(password), ok, outdated, err)
		}
	}
	const salt, key = "c2FsdHNhbHRzYWx0c2FsdA", "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"
	good := "$argon2id$v=19$m=65536,t=3,p=1$" + salt + "$" + key
	if p, err := parsePHC(records.Hash(good)); err != nil || p.cost != strongCost {
		t.Fatalf("%v, %v", p.cost, err)
	}
	for name, bad := range map[string]string{
		"empty":            "",
		"plain text":       "hunter2",
		"bcrypt":           "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":          strings.Replace(good, "argon2id", "argon2i", 1),
		"old version":      strings.Replace(good, "v=19", "v=16", 1),
		"no version":       strings.Replace(good, "v=19$", "", 1),
		"no memory":        strings.Replace(good, "m=65536", "m=0", 1),
		"all memory":       strings.Replace(good, "m=65536", "m=4294967295", 1),
		"overflow":         strings.Replace(good, "m=65536", "m=4294967296", 1),
		"negative":         strings.Replace(good, "t=3", "t=-3", 1),
		"no time":          strings.Replace(good, "t=3", "t=0", 1),
		"for ever":         strings.Replace(good, "t=3", "t=4000000", 1),
		"no thread":        strings.Replace(good, "p=1", "p=0", 1),
		"many threads":     strings.Replace(good, "p=1", "p=255", 1),
		"too little":       strings.Replace(good, "m=65536,t=3,p=1", "m=64,t=3,p=9", 1),
		"leading zero":     strings.Replace(good, "t=3", "t=03", 1),
		"trailing":         good + "$",
		"trailing text":    strings.Replace(good, "p=1", "p=1,x=2", 1),
		"padding":          good + "=",
		"newline":          good + "\n",
		"short salt":       strings.Replace(good, salt, "c2FsdA", 1),
		"short key":        strings.Replace(good, key, "a2V5", 1),
		"not base64":       strings.Replace(good, salt, "!!!!!!!!!!!!!!!!!!!!!!", 1),
		"stray bits":       good[:len(good)-1] + "F",
		"parameters first": strings.Replace(good, "v=19$m=65536,t=3,p=1", "m=65536,t=3,p=1$v=19", 1),
	} {
		if p, err := parsePHC(records.Hash(bad)); !errors.Is(err, errBadHash) {
			t.Errorf("%s: %q is read as %v, %v", name, bad, p.cost, err)
		}
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U")
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := parsePHC(records.Hash(s)); err == nil && (p.String() != s || !p.inBounds()) {
			t.Errorf("%q is read as %q", s, p)
		}
	})
}

// TestAttack45SecretsAreNeverPrinted, in a message or alone, with any verb, as
// JSON or in a log.
func TestAttack45SecretsAreNeverPrinted(t *testing.T) {
	const secret = "hunter2-hunter2"
	account := records.Account{Name: "ann", Password: secret}
	for _, m := range []any{
		Secret(secret),
		Login{Name: "ann", Password: secret},
		&Login{Name: "ann", Password: secret},
		Register{Name: "ann", Password: secret},
		[]Secret{secret},
		map[string]Secret{"ann": secret},
		struct{ Inner struct{ Password Secret } }{struct{ Password Secret }{secret}},
		account,
		records.Create{Account: account},
		&Weak{"it is empty", advice},
	} {
		js, _ := json.Marshal(m)
		printed := string(js)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s"} {
			printed += fmt.Sprintf(verb, m)
		}
		var log strings.Builder
		logger := zerolog.New(&log)
		logger.Info().Any("m", m).Interface("i", m).Str("s", fmt.Sprint(m)).Msg("")
		printed += log.String()
		for _, leak := range []string{secret, secret[:7], fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), "[104 117"} {
			if strings.Contains(printed, leak) {
				t.Errorf("%T leaks %q", m, leak)
			}
		}
	}
	if Secret(secret).reveal() != secret {
		t.Error("reveal does not")
	}
}

func TestThrottleMakesOnlyWhoFailsWait(t *testing.T) {
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	th := newThrottle(true, func() time.Time { return clock })
	for i, want := range []time.Duration{0, 0, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		th.failed("ann", "10.0.0.1")
		if got := th.wait("ann", "10.0.0.1"); got != want {
			t.Errorf("after %d failures: wait %v, want %v", i+1, got, want)
		}
	}
	for range 20 {
		th.failed("ann", "10.0.0.1")
	}
	if got := th.wait("ann", "10.0.0.1"); got != longestWait {
		t.Errorf("after many failures: wait %v, want %v", got, longestWait)
	}
	if got := th.wait("ann", "10.0.0.2"); got != 0 {
		t.Errorf("the owner, elsewhere, waits %v", got)
	}
	if got := th.wait("bob", "10.0.0.1"); got != 0 {
		t.Errorf("a neighbour of the attacker waits %v", got)
	}
	for i := range 40 {
		th.failed(fmt.Sprint("user", i), "10.0.0.1")
	}
	if got := th.wait("bob", "10.0.0.1"); got == 0 {
		t.Error("who tries many accounts need not wait")
	}
	th.succeeded("ann", "10.0.0.1")
	clock = clock.Add(longestWait)
	if got := th.wait("ann", "10.0.0.1"); got != 0 {
		t.Errorf("afterwards: wait %v", got)
	}
	clock = clock.Add(time.Hour)
	th.failed("ann", "10.0.0.1")
	if got := th.wait("bob", "10.0.0.1"); got != 0 {
		t.Errorf("an hour later: wait %v", got)
	}
	for i := range 3 * maxRecords {
		th.failed("ann", fmt.Sprint(i))
		th.failed("ann", "10.0.0.9")
	}
	if n := len(th.young) + len(th.old); n > 2*maxRecords {
		t.Errorf("%d records", n)
	}
	if got := th.wait("ann", "10.0.0.9"); got != longestWait {
		t.Errorf("who fails all the time waits %v among many", got)
	}
}

// BenchmarkHash is one login: what a core and 64 MiB are needed for.
func BenchmarkHash(b *testing.B) {
	h := hasher{cost: strongCost, derive: argon2.IDKey}
	b.ReportAllocs()
	for b.Loop() {
		h.hash("correct horse battery staple")
	}
}

func BenchmarkScore(b *testing.B) {
	for name, password := range map[string]Secret{
		"typical": "correct horse battery staple",
		"worst":   Secret(strings.Repeat("!1|7", 25)),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				tooEasy(password, []string{"ann"})
			}
		})
	}
}
