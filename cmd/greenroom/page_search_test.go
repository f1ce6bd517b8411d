package main

import (
	"fmt"
	"testing"
)

// hits is how many messages a search of the page has found.
func (b *tab) hits() string { return "document.querySelectorAll('dialog .results li').length" }

func (b *tab) look(words string) {
	b.t.Helper()
	b.enter("dialog input[type=search]", words+"\r")
}

func TestPageFindsWhatWasSaidHereAndEverywhere(t *testing.T) {
	srv := site(t, "--config", unlimited(t))
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.send("JOIN #team,#other")
	bob.send("PRIVMSG #team :the deployment of Monday")
	bob.fence()
	pour(bob, "#team", 500)
	bob.send("PRIVMSG #other :somebody deployed twice")
	bob.fence()
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#other")
	ann.join("#team")
	ann.say("no deployment today")
	ann.until(ann.said("no deployment today") + " === 1")
	bob.send("PRIVMSG ann :is it deployed?")
	bob.fence()

	ann.press("Search (Ctrl Shift F)")
	ann.look("deploy")
	ann.until(ann.hits() + " === 2")
	ann.until("document.querySelectorAll('dialog mark').length === 2")
	ann.shoot("search")
	ann.look("deploy from:bob")
	ann.until(ann.hits() + " === 1")
	ann.look("deploy before:2001-01-31")
	ann.see("Nothing found.")
	ann.look("before:Monday")
	ann.see("Monday is no day")
	ann.look("?!")
	ann.see("There is no word in the text")
	ann.look("deploy")
	ann.until(ann.hits() + " === 2")
	ann.click("dialog label:last-child input[type=radio]") // everywhere
	ann.until(ann.hits() + " === 4")
	ann.see("#other", "somebody deployed twice", "is it deployed?")

	// More than an answer of the server holds.
	ann.look("flood")
	ann.until(ann.hits() + " === 100")
	ann.press("Look further back")
	ann.until(ann.hits() + " > 150")
	ann.see("message 500 of the flood", "message 350 of the flood")

	// Who chooses one is brought there, however far back it is.
	ann.look("deployment monday")
	ann.until(ann.hits() + " === 1")
	ann.click("dialog .results button")
	ann.until("!document.querySelector('dialog') && document.activeElement.innerText.includes('the deployment of Monday')")
	if n := js[int](ann, ann.said("no deployment today")); n != 0 {
		t.Error("the window reaches from there to the end")
	}
	ann.see("message 1 of the flood", "To the latest")

	// From there on, down to the end as it is scrolled.
	ann.until("(() => { const log = document.querySelector('.log'); log.scrollTop = log.scrollHeight; return " + ann.said("no deployment today") + " === 1 })()")
	if rows := ann.count(".log > *"); rows > 450 {
		t.Errorf("%d rows are on the page", rows)
	}
	ann.until(ann.said(fmt.Sprintf("message %d of the flood", 500)) + " === 1")
}
