package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// point moves the pointer to the message with that text.
func (b *tab) point(text string) {
	b.t.Helper()
	b.act("[...document.querySelectorAll('.message')].find(e => e.querySelector('.text')?.innerText === '"+text+"')", "focus()")
	b.until("document.querySelector('.message .tools')")
}

func TestPageRepliesReactsDeletesAndShowsWhoTypes(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr)
	bob.greet("bob")
	bob.send("REGISTER * * :%s", password)
	bob.until("REGISTER SUCCESS")
	bob.send("CAP REQ :draft/message-redaction")
	bob.send("CAP END")
	bob.until(" 001 ")
	bob.join("#team")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	bob.send("PRIVMSG #team :shall we ship?")
	bob.fence()

	ann.point("shall we ship?")
	ann.press("Reply")
	ann.see("Reply to bob shall we ship?")
	ann.say("yes, at noon")
	ann.until("document.querySelector('.quote')?.innerText === 'bob shall we ship?'")
	line := bob.until("yes, at noon")
	if last := line[len(line)-1]; !strings.Contains(last, "reply=") {
		t.Errorf("the reply says not to what: %s", last)
	}

	ann.point("shall we ship?")
	ann.press("React")
	ann.press("React with 🎉")
	ann.until("document.querySelector('.reactions button.own')?.innerText.includes('1')")
	bob.until("draft/react")
	ann.must(chromedp.Reload())
	ann.enter("input[name=password]", password+"\r")
	ann.until("document.querySelector('.reactions button.own')?.innerText.includes('1')")
	ann.shoot("reaction")
	ann.click(".reactions button")
	ann.until("!document.querySelector('.reactions')")

	ann.must(chromedp.Focus("#say"), chromedp.KeyEvent("h"))
	bob.until("+typing=active")
	ann.must(chromedp.KeyEvent("\b"))
	bob.send("@+typing=active TAGMSG #team")
	ann.see("bob is typing…")
	bob.send("PRIVMSG #team :typed")
	ann.until(ann.said("typed") + " === 1 && !document.body.innerText.includes('is typing')")

	question := js[string](ann, "[...document.querySelectorAll('.message')].find(e => e.querySelector('.text').innerText === 'shall we ship?').dataset.id")
	bob.send("REDACT #team %s", question)
	ann.until("document.querySelector('.quote').innerText === 'bob Deleted' && !document.body.innerText.includes('ship')")

	ann.point("yes, at noon")
	ann.press("Delete")
	ann.until("document.querySelector('dialog')")
	ann.click("dialog .danger")
	ann.until("document.querySelectorAll('.redacted').length === 2")
	bob.until("REDACT #team")
	ann.must(chromedp.Reload())
	ann.enter("input[name=password]", password+"\r")
	ann.see("typed")
	ann.until("!document.body.innerText.includes('yes, at noon')")
}

func TestPageSendsSeveralLinesAsOneMessage(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.join("#team")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	ann.must(chromedp.Focus("#say"))
	js[bool](ann, "document.execCommand('insertText', false, 'one\\n\\n  three\\nfour')")
	ann.must(chromedp.KeyEvent("\r"))
	ann.until("!document.querySelector('.pending')")
	ann.until("document.querySelectorAll('.message').length > 0")
	want := 1
	if !offers(t, srv, "draft/multiline") {
		want = 3 // blank lines are no messages
	}
	ann.until("document.querySelectorAll('.message').length === " + string(rune('0'+want)))
	bob.until("four")
	if want == 1 {
		ann.until("document.querySelector('.message .text').innerText === 'one\\n\\n  three\\nfour'")
		ann.must(chromedp.Reload())
		ann.enter("input[name=password]", password+"\r")
		ann.until("document.querySelector('.message .text')?.innerText === 'one\\n\\n  three\\nfour'")
	}
	long := strings.Repeat("a word or two, ", 60)
	ann.say(long)
	ann.until("!document.querySelector('.pending')")
	bob.until("or two")
	ann.until("[...document.querySelectorAll('.message .text')].map(e => e.innerText).join('').includes('a word or two, a word')")
}
