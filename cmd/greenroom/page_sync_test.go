package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func TestPageInTwoTabsShowsTheSame(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	one := newTab(t, srv.Web)
	one.register("ann")
	one.join("#a")
	one.join("#b")
	bob.join("#a,#b")

	two := one.another(srv.Web)
	two.enter("input[name=username]", "ann")
	two.enter("input[name=password]", password+"\r")
	two.until("document.querySelector('main h1')")
	two.open("a")
	two.until("document.querySelector('main h1').innerText === 'a'")
	one.say("from the first tab")
	one.open("a")
	two.say("from the second tab")
	one.until(one.said("from the second tab") + " === 1")
	two.open("b")
	two.until(two.said("from the first tab") + " === 1")

	// Unread in one, and read in both when it is read in the other.
	one.open("b")
	bob.send("PRIVMSG #a :ann, look")
	bob.fence()
	one.until("document.querySelector('.badge.loud')?.innerText === '1'")
	two.until("document.querySelector('.badge.loud')?.innerText === '1'")
	one.open("a")
	one.until("!document.querySelector('.badge')")
	if js[bool](one, `document.querySelector('.new') !== null`) == false {
		t.Error("nothing says where the new messages begin")
	}
	if offers(t, srv, "draft/read-marker") {
		two.until("!document.querySelector('.badge')")
	}

	// A room that is left in one is left in the other.
	one.press("Leave the room")
	one.press("Leave")
	two.until("![...document.querySelectorAll('.entry .name')].some(e => e.innerText === 'a')")
}

// offers tells whether the server has a capability.
func offers(t *testing.T, srv *server, name string) bool {
	t.Helper()
	w := dialTLS(t, srv.Addr)
	w.send("CAP LS 302")
	for _, line := range w.until("userhost-in-names") { // which is on the last line
		for word := range strings.FieldsSeq(line) {
			if word, _, _ := strings.Cut(strings.TrimPrefix(word, ":"), "="); word == name {
				return true
			}
		}
	}
	return false
}

func TestPageIsDrivenByKeys(t *testing.T) {
	srv := site(t, "--config", unlimited(t))
	bob := dialTLS(t, srv.Addr).register("bob")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#alpha")
	ann.join("#beta")
	bob.send("JOIN #beta")
	for i := range 30 {
		bob.send("PRIVMSG #beta :before the first, %d", i)
	}
	bob.send("PRIVMSG #beta :first")
	bob.send("PRIVMSG #beta :second")
	bob.fence()
	ann.see("second")
	const ctrl, alt = 2, 1
	ann.must(chromedp.KeyEvent("k", chromedp.KeyModifiers(ctrl)))
	ann.until("document.activeElement.getAttribute('role') === 'combobox'")
	ann.must(chromedp.KeyEvent("alp\r"))
	ann.until("document.querySelector('main h1').innerText === 'alpha' && !document.querySelector('dialog')")
	ann.must(chromedp.KeyEvent(kb.ArrowDown, chromedp.KeyModifiers(alt)))
	ann.until("document.querySelector('main h1').innerText === 'beta'")
	ann.must(chromedp.KeyEvent("k", chromedp.KeyModifiers(ctrl)), chromedp.KeyEvent("\x1b"))
	ann.until("!document.querySelector('dialog')")

	ann.must(chromedp.Focus("#say"), chromedp.KeyEvent(kb.ArrowUp))
	ann.until("document.activeElement.innerText.includes('second')")
	ann.must(chromedp.KeyEvent(kb.ArrowUp))
	ann.until("document.activeElement.innerText.includes('first')")
	for range 30 {
		ann.must(chromedp.KeyEvent(kb.ArrowUp))
	}
	ann.until("document.activeElement.innerText.includes('before the first, 0')")
	ann.until("(() => { const at = document.activeElement.getBoundingClientRect(), log = document.querySelector('.log').getBoundingClientRect(); return at.top >= log.top - 1 && at.bottom <= log.bottom + 1 })()")
	ann.must(chromedp.KeyEvent("\t"), chromedp.KeyEvent("\t"))
	ann.must(chromedp.KeyEvent("\x1b"))
	ann.until("document.activeElement.id === 'say'")
	ann.must(chromedp.KeyEvent("bo\t"))
	ann.until("document.querySelector('#say').value === 'bob: '")
}

func TestPageTellsOfMentionsAndOfWhoIsThere(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	bob.send("JOIN #team")
	bob.send("PRIVMSG ann :psst")
	bob.fence()
	ann.until("document.querySelector('.entry .dot.on')") // who writes is there
	ann.open("bob")
	ann.see("Online")
	ann.open("team")
	bob.send("AWAY :lunch")
	bob.fence()
	ann.open("bob")
	ann.until("document.querySelector('.subject').innerText === 'Away'")
	ann.must(chromedp.Reload()) // nobody tells of it anew
	ann.enter("input[name=password]", password+"\r")
	ann.until("document.querySelector('.subject')?.innerText === 'Away'")
	bob.send("AWAY")
	ann.until("document.querySelector('.subject').innerText === 'Online'")
	js[bool](ann, `window.told = [];
		window.Notification = class { static permission = 'granted'; static requestPermission = async () => 'granted';
			constructor(title, { body }) { told.push(title + ': ' + body) } };
		document.hasFocus = () => false; true`)
	ann.press("Settings")
	ann.click("dialog input[type=checkbox]")
	ann.press("Close")
	bob.send("PRIVMSG #team :nothing for you")
	bob.send("PRIVMSG #team :Ann: look \u202e here")
	bob.send("PRIVMSG ann :and here")
	bob.fence()
	ann.until("told.length >= 2")
	if told := js[string](ann, "told.sort().join('; ')"); told != "bob in #team: Ann: look [RLO] here; bob: and here" {
		t.Errorf("told was %q", told)
	}
	bob.send("QUIT")
	bob.until("ERROR")
	ann.see("Offline")
}
