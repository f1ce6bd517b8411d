package main

import (
	"os"
	"testing"
)

// TestPageGallery takes the pictures of the README, and others, for who wants
// to look at the page: GREENROOM_SHOTS names a directory for them.
func TestPageGallery(t *testing.T) {
	if os.Getenv("GREENROOM_SHOTS") == "" {
		t.Skip("GREENROOM_SHOTS names no directory for the pictures")
	}
	srv := site(t)
	people := map[string]*wire{}
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#design")
	ann.join("#lobby")
	ann.join("#deploys")
	for _, name := range []string{"bob", "cleo", "dora"} {
		w := dialTLS(t, srv.Addr).register(name)
		w.send("JOIN #deploys,#lobby,#design")
		w.fence()
		people[name] = w
	}
	speak := func(name, target, text string) {
		people[name].send("PRIVMSG %s :%s", target, text)
		people[name].fence()
	}
	ann.say("/topic Releases of the week, notes at https://wiki.example.org/releases")
	speak("bob", "#deploys", "morning ann, is 2.4 out?")
	ann.say("since five minutes, both machines are green")
	speak("bob", "#deploys", "nice. I look at the `p99` of the journal now")
	speak("bob", "#deploys", "flat, as promised: https://grafana.example.org/d/42")
	speak("cleo", "#deploys", "\x01ACTION brings cake\x01")
	speak("dora", "#deploys", "the one with plums?")
	speak("cleo", "#deploys", "what else")
	ann.point("the one with plums?")
	ann.press("Reply")
	ann.say("save me a piece, I finish the notes first")
	speak("dora", "#lobby", "who has the key of the meeting room?")
	speak("bob", "#lobby", "it lies on my desk")
	speak("cleo", "#design", "ann: two drafts of the icon are in the usual place")
	speak("cleo", "ann", "shall we talk at three?")
	ann.until(ann.said("save me a piece, I finish the notes first") + " === 1")
	ann.until("document.querySelectorAll('.badge').length === 3")
	ann.shoot("desktop")
	ann.dark(true)
	ann.shoot("desktop-dark")
	for _, dialog := range []string{"Settings", "Join or make a room", "Write to somebody"} {
		ann.press(dialog)
		ann.until("document.querySelector('dialog')")
		ann.shoot("dialog-" + dialog[:4])
		ann.press("Close")
		ann.until("!document.querySelector('dialog')")
	}
	ann.phone()
	ann.oneColumn()
	ann.shoot("phone")
}

// oneColumn waits until the room has the whole of a narrow screen.
func (b *tab) oneColumn() {
	b.t.Helper()
	b.until("!document.querySelector('.side').checkVisibility() && document.querySelector('.log').checkVisibility()")
}
