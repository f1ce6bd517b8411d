package conn

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// noScript are refusals of which no script can bring the cause about; other tests do.
var noScript = map[string]string{
	"TOO_MANY_ROOMS":    "TestEveryReasonHasWords",
	"ACCOUNT_SUSPENDED": "TestAccountsAreRefusedAsTheirSpecificationsSay",
	"ROOM_CLOSED":       "TestWhoComesToARoomThatIsClosedForNowIsToldSo",
	"RECONNECT":         "TestEveryReasonHasWords",
	"NO_SUCH_MESSAGE":   "TestEveryReasonHasWords",
}

// TestEveryCommandCapabilityAndRefusalHasAScript: in testdata each command is sent, each
// capability requested by somebody and not by somebody else, and each numeric or code
// that refuses is answered.
func TestEveryCommandCapabilityAndRefusalHasAScript(t *testing.T) {
	scripts := readAll(t, "testdata/*.txt")
	source := readAll(t, "[a-z]*.go")
	has := func(what, pattern string) {
		if !regexp.MustCompile("(?m)" + pattern).MatchString(scripts) {
			t.Errorf("no script has %s", what)
		}
	}
	for name := range helpTexts {
		if commandOf(name).run == nil {
			t.Errorf("%s is explained and is no command", name)
		}
		has(name, `^\S+> (@\S+ )?`+name+`\b`)
	}
	cfg := Defaults()
	for _, o := range cfg.offers() {
		has(o.name, `^(! (guest|member|again) .*|\S+> CAP REQ .*)[ :]`+regexp.QuoteMeta(o.name)+`( |$)`)
	}
	for name, number := range numerics(t) {
		if strings.Contains(source, "irc."+name) && strings.HasPrefix(name, "Err") {
			has(name, `^\S+< (@\S+ )?\S+ `+number+` `)
		}
	}
	for _, m := range regexp.MustCompile(`(?:code: |fail\(\w+, |badHistory\{)"([A-Z_]+)"`).FindAllStringSubmatch(source, -1) {
		if noScript[m[1]] == "" {
			has(m[1], `^\S+< (@\S+ )?\S+ FAIL \S+ `+m[1]+` `)
		}
	}
}

func readAll(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
		all.WriteByte('\n')
	}
	return all.String()
}

// numerics are those of net/irc by their names.
func numerics(t *testing.T) map[string]string {
	t.Helper()
	list := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+) +Numeric = "(\d+)"`).FindAllStringSubmatch(readAll(t, "../irc/numerics.go"), -1) {
		list[m[1]] = m[2]
	}
	if len(list) < 100 {
		t.Fatalf("there are %d numerics", len(list))
	}
	return list
}
