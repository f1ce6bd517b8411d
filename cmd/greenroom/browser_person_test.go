package main

import (
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// act waits for an element, and does something with it at once: the next
// moment it may be another.
func (b *tab) act(element, do string) {
	b.t.Helper()
	b.until("(() => { const e = " + element + "; if (!e?.checkVisibility()) return false; e." + do + "; return true })()")
}

// click waits for an element, by its selector.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.act("document.querySelector("+strconv.Quote(selector)+")", "click()")
}

// press clicks the button with that text or label.
func (b *tab) press(label string) {
	b.t.Helper()
	b.act("[...document.querySelectorAll('button')].find(e => e.checkVisibility() && (e.innerText.trim() === "+strconv.Quote(label)+
		" || e.getAttribute('aria-label') === "+strconv.Quote(label)+"))", "click()")
}

// enter puts a text into a field, in place of what was there.
func (b *tab) enter(selector, text string) {
	b.t.Helper()
	b.must(chromedp.WaitVisible(selector), chromedp.Focus(selector))
	js[bool](b, "document.querySelector("+strconv.Quote(selector)+").select() ?? true")
	b.must(chromedp.SendKeys(selector, text))
}

// say writes a message and sends it.
func (b *tab) say(text string) {
	b.t.Helper()
	b.enter("#say", text+"\r")
}

// register makes an account and waits until it is in.
func (b *tab) register(name string) {
	b.t.Helper()
	b.press("Make an account")
	b.enter("input[name=username]", name)
	b.enter("input[name=password]", password)
	b.press("Make the account")
	b.until("document.querySelector('.shell')")
}

// open shows a room or talk of the list.
func (b *tab) open(name string) {
	b.t.Helper()
	b.act("[...document.querySelectorAll('.entry')].find(e => e.checkVisibility() && e.querySelector('.name').innerText === "+strconv.Quote(name)+")", "click()")
}

// join goes into a room.
func (b *tab) join(room string) {
	b.t.Helper()
	b.press("Join or make a room")
	b.enter("dialog input", strings.TrimPrefix(room, "#")+"\r")
	b.until("document.querySelector('main h1')?.innerText === " + strconv.Quote(strings.TrimPrefix(room, "#")))
}

func (b *tab) phone() {
	b.must(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
}

// dark asks for the colours that the page has at night, or by day.
func (b *tab) dark(is bool) {
	b.t.Helper()
	scheme := "light"
	if is {
		scheme = "dark"
	}
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
