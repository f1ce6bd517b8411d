package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// axe is axe-core, which .ci/run fetches; it finds what keeps people with a
// screen reader, or without a mouse, from using a page.
func axe(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("GREENROOM_AXE")
	source, err := os.ReadFile(filepath.Join(dir, "axe.min.js"))
	switch {
	case dir != "" && err == nil:
		return string(source)
	case os.Getenv("CI") != "":
		t.Fatalf("GREENROOM_AXE names no directory with axe.min.js; .ci/run should have fetched it: %v", err)
	default:
		t.Skip("needs axe-core: npm pack axe-core, and GREENROOM_AXE=the directory that axe.min.js is in")
	}
	return ""
}

// accessible has axe look at what is seen now.
func (b *tab) accessible(source, what string) {
	b.t.Helper()
	if !js[bool](b, "'axe' in window") {
		js[bool](b, source+"; true")
	}
	found := js[[]string](b, `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.flatMap(v =>
		v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160) + ' ' + n.failureSummary.replaceAll('\n', ' '))))`)
	if len(found) > 0 {
		b.t.Errorf("%s:\n%s", what, strings.Join(found, "\n"))
	}
}

func TestPageIsForEverybody(t *testing.T) {
	source := axe(t)
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	b := newTab(t, srv.Web)
	b.accessible(source, "log in")
	b.press("Log in")
	b.accessible(source, "log in, refused")
	b.register("ann")
	b.accessible(source, "nothing is open")
	b.join("#team")
	for i := range 12 {
		bob.send("NICK person%d", i)
		bob.send("JOIN #team")
		bob.send("PRIVMSG #team :hello ann, this is `code` and https://example.org %d", i)
		bob.send("PRIVMSG #team :\x01ACTION waves\x01")
	}
	bob.send("TOPIC #team :nothing in particular")
	bob.send("PRIVMSG ann :a word with you?")
	bob.fence()
	b.see("example.org 11")
	b.say("what I say")
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		in := map[bool]string{false: " in the light", true: " in the dark"}[dark]
		js[bool](b, "[...document.querySelectorAll('.message')].at(-2).focus() ?? true")
		b.accessible(source, "a room"+in)
		for _, dialog := range []string{"Settings", "Join or make a room", "Invite somebody", "Change the topic", "Search (Ctrl Shift F)", "Write to somebody", "Leave the room"} {
			b.press(dialog)
			b.until("document.querySelector('dialog')")
			b.accessible(source, fmt.Sprint(dialog, in))
			b.press("Close")
			b.until("!document.querySelector('dialog')")
		}
	}
	b.phone()
	b.accessible(source, "a room on a phone")
	b.press("Rooms and people")
	b.accessible(source, "the list on a phone")
}
