package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

func TestPageMakesRoomsInvitesNamesTopicsAndLeaves(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#plans")
	ann.press("Change the topic")
	ann.enter("dialog textarea", "for next year")
	ann.press("Save")
	ann.until("!document.querySelector('dialog') && document.querySelector('.subject').innerText.includes('for next year')")
	ann.press("Invite somebody")
	ann.enter("dialog input", "nobody-of-that-name\r")
	ann.until("document.querySelector('dialog .fault').innerText !== ''")
	ann.enter("dialog input", "bob\r")
	bob.until("INVITE bob #plans")
	bob.send("JOIN #plans")
	bob.until("for next year")
	ann.see("bob joined")

	// The other way round, into a room that one cannot enter uninvited.
	bob.send("JOIN #secret")
	bob.send("MODE #secret +i")
	bob.fence()
	ann.say("/join #secret")
	ann.until("document.querySelector('.notice.bad')?.innerText")
	bob.send("INVITE ann #secret")
	ann.until("document.querySelector('.invitation')?.innerText.includes('bob invites you to #secret')")
	ann.click(".invitation .primary")
	ann.until("document.querySelector('main h1').innerText === 'secret' && !document.querySelector('.invitation')")

	ann.press("Leave the room")
	ann.press("Leave")
	bob.until("PART #secret")
	ann.until("![...document.querySelectorAll('.entry .name')].some(e => e.innerText === 'secret')")
	bob.send("KICK #plans ann :off you go") // who is no operator cannot
	bob.fence()
	ann.open("plans")
	ann.until("document.querySelector('main h1').innerText === 'plans'")
	ann.say("/kick bob enough")
	bob.until("KICK #plans bob")
	ann.see("removed bob: enough")
}

func TestPageOfARoomThatOneWasRemovedFromLetsOneBackIn(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.join("#team")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	ann.join("#other")
	bob.send("KICK #team ann :by mistake")
	bob.fence()
	ann.see("bob has removed you from #team: by mistake")
	ann.open("team")
	ann.see("You are not in this room.", "removed ann: by mistake")
	ann.press("Join")
	ann.say("back again")
	bob.until("back again")
	ann.until(ann.said("back again") + " === 1")
}

func TestPageTellsOfWhatIsNewBeyondTheEdgeOfTheList(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	ann := newTab(t, srv.Web)
	ann.must(chromedp.EmulateViewport(1200, 420))
	ann.register("ann")
	for _, room := range []string{"#a", "#b", "#c", "#d", "#e", "#f", "#g", "#h"} {
		ann.join(room)
	}
	bob.send("PRIVMSG ann :psst")
	ann.press("New further down")
	ann.until("!document.querySelector('.below')")
	ann.open("bob")
	ann.see("psst")
}

// members is what the list of people shows, group by group.
const members = `[...document.querySelectorAll('.people section')].map(s => s.getAttribute('aria-label') + ': ' +
	[...s.querySelectorAll('.person')].map(p => p.innerText.replace(/\s+/g, ' ').slice(2)).join(', ')).join('; ')`

func TestPageShowsRolesAndWhoIsAway(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	cleo := dialTLS(t, srv.Addr).register("cleo")
	bob.join("#team")
	cleo.join("#team")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	ann.until(members + " === 'Operators: bob; Members: ann you, cleo'")
	bob.send("MODE #team +v cleo")
	bob.send("MODE #team +o ann")
	bob.send("AWAY :lunch")
	ann.until(members + " === 'Operators: ann you, bob away; May speak: cleo'")
	bob.send("AWAY")
	cleo.send("NICK clara")
	ann.until(members + " === 'Operators: ann you, bob; May speak: clara'")
	ann.click(".people section:last-child .person")
	ann.press("Make operator")
	cleo.until("MODE #team +o clara")
	ann.until(members + ".includes('clara') && !" + members + ".includes('Members')")
	cleo.send("QUIT")
	cleo.until("ERROR")
	ann.until(members + " === 'Operators: ann you, bob'")
}

func TestPageIsLightOrDarkAsTheSystemOrItsReaderWants(t *testing.T) {
	b := newTab(t, site(t).Web)
	dark := "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(n => n < 64)"
	b.dark(false)
	b.until("!" + dark)
	b.dark(true)
	b.until(dark)
	b.register("ann")
	b.press("Settings")
	b.click("dialog input[type=radio]:not(:checked)") // light
	b.until("!" + dark)
	b.must(chromedp.Reload())
	b.until("document.querySelector('input[name=password]') && !" + dark)
}

func TestPageCanBeInstalled(t *testing.T) {
	b := newTab(t, site(t).Web)
	b.until("document.querySelector('input[name=password]')")
	manifest, err := chromedp.Call(b.ctx, page.GetAppManifest, page.GetAppManifestParams{})
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Errors) > 0 || manifest.Data == "" {
		t.Errorf("the manifest: %+v", manifest)
	}
	found, err := chromedp.Call(b.ctx, page.GetInstallabilityErrors, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found.InstallabilityErrors {
		if e.ErrorID != "in-incognito" { // as all tabs of the tests are
			t.Errorf("%+v", e)
		}
	}
}

func TestPageLetsGuestsInAndAsksForAnAddressWhereTheServerDoes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	if err := os.WriteFile(file, []byte("[accounts]\nrequired = false\nemail_required = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := site(t, "--config", file)
	guest := newTab(t, srv.Web)
	guest.enter("input[name=username]", "gus")
	guest.shoot("guest")
	guest.press("Come in as a guest")
	guest.join("#team")
	ann := newTab(t, srv.Web)
	ann.press("Make an account")
	ann.enter("input[name=username]", "ann")
	ann.enter("input[name=password]", password+"\r")
	ann.see("Type your e-mail address")
	ann.enter("input[name=email]", "ann@\r")
	ann.until("document.activeElement.name === 'email' && document.querySelector('#fault-email')")
	ann.enter("input[name=email]", "ann@example.org\r")
	ann.join("#team")
	ann.say("welcome, gus")
	guest.until(guest.said("welcome, gus") + " === 1")
	guest.say("thank you")
	ann.until(ann.said("thank you") + " === 1")
}
