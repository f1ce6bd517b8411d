package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// unlimited is a configuration in which one client may say much.
func unlimited(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	if err := os.WriteFile(file, []byte("[rate_limits]\nenabled = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pour says so many messages in a room, numbered from 1.
func pour(w *wire, room string, many int) {
	w.t.Helper()
	const batch = 500
	for from := 1; from <= many; from += batch {
		var b strings.Builder
		for i := from; i < from+batch && i <= many; i++ {
			fmt.Fprintf(&b, "PRIVMSG %s :message %d of the flood\r\n", room, i)
		}
		w.send("%s", strings.TrimSuffix(b.String(), "\r\n"))
		w.fence()
	}
}

func TestPageScrollsThrough10000MessagesInABoundedWindow(t *testing.T) {
	const many = 10_000
	srv := site(t, "--config", unlimited(t))
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.join("#flood")
	pour(bob, "#flood", many)
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#flood")
	ann.until(ann.said(fmt.Sprintf("message %d of the flood", many)) + " === 1")

	began := time.Now()
	ann.until("(() => { const log = document.querySelector('.log'); log.scrollTop = 0; return document.querySelector('.beginning') })()")
	t.Logf("to the first of %d in %v", many, time.Since(began))
	ann.until(ann.said("message 1 of the flood") + " === 1")
	ann.shoot("beginning")
	if rows := ann.count(".log > *"); rows > 450 {
		t.Errorf("%d rows are on the page", rows)
	}
	ann.see("To the latest")

	// What comes meanwhile does not move what is read, and is found at the end.
	before := js[float64](ann, "document.querySelector('.beginning').getBoundingClientRect().top")
	pour(bob, "#flood", 50)
	if after := js[float64](ann, "document.querySelector('.beginning').getBoundingClientRect().top"); after != before {
		t.Errorf("what is read moved from %v to %v", before, after)
	}
	bob.send("PRIVMSG #flood :the very last")
	bob.fence()
	ann.until("(() => { const log = document.querySelector('.log'); log.scrollTop += 2000; return log.scrollTop > 3000 })()")
	ann.click(".to-end")
	ann.until(ann.said("the very last") + " === 1")
	ann.until("(() => { const log = document.querySelector('.log'); return log.scrollHeight - log.scrollTop - log.clientHeight < 5 })()")
}

func TestPageAnswersKeysWhileARoomIsFlooded(t *testing.T) {
	srv := site(t, "--config", unlimited(t))
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.join("#flood")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#flood")
	ann.must(chromedp.Focus("#say"))
	if _, err := chromedp.Call(ann.ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
		t.Fatal(err)
	}
	before := ann.busy()
	const many = 3000
	done := make(chan struct{})
	go func() {
		defer close(done)
		pour(bob, "#flood", many)
	}()
	for range 40 {
		ann.must(chromedp.KeyEvent("x"))
	}
	<-done
	ann.until(ann.said(fmt.Sprintf("message %d of the flood", many)) + " === 1")
	each := (ann.busy() - before) / many
	t.Logf("a message of a flood takes %v of the page's thread", each)
	if each > 2*time.Millisecond {
		t.Errorf("a message takes %v of the page's thread: typing stalls at 500 a second", each)
	}
	before = ann.busy()
	for range 40 {
		ann.must(chromedp.KeyEvent("x"))
	}
	each = (ann.busy() - before) / 40
	t.Logf("a key takes %v of the page's thread", each)
	if each > 16*time.Millisecond {
		t.Errorf("a key takes %v of the page's thread, more than a frame", each)
	}
	if got := js[string](ann, "document.querySelector('#say').value"); got != strings.Repeat("x", 80) {
		t.Errorf("typed was %q", got)
	}
	if rows := ann.count(".log > *"); rows > 450 {
		t.Errorf("%d rows are on the page", rows)
	}
}

func TestPageOnAPhoneIsOneColumn(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.join("#team")
	ann := newTab(t, srv.Web)
	ann.phone()
	ann.shoot("phone-login")
	ann.register("ann")
	ann.join("#team")
	bob.send("PRIVMSG #team :%s", strings.Repeat("averylongwordwithoutspaces", 14))
	bob.send("PRIVMSG #team :and a few words that are short")
	bob.fence()
	ann.see("and a few words")
	if wide := js[int](ann, "document.documentElement.scrollWidth"); wide > 390 {
		t.Errorf("the page is %d pixels wide on a screen of 390", wide)
	}
	if over := js[string](ann, `[...document.querySelectorAll('button, input, textarea, .text')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 391).map(e => e.outerHTML.slice(0, 80)).join('\n')`); over != "" {
		t.Errorf("beyond the edge of the screen:\n%s", over)
	}
	ann.shoot("phone-room")
	ann.enter("#say", "a line\rand another") // a keyboard of a screen has no Shift Enter
	ann.press("Send")
	ann.until(ann.said("a line\nand another") + " === 1")
	tap(ann, ".message.head:last-child .text")
	ann.until("document.querySelector('.message .tools')")
	ann.shoot("phone-tools")
	ann.press("2 people")
	ann.until("document.querySelector('.people')")
	ann.press("Hide the people")
	ann.press("Rooms and people")
	ann.until("document.querySelector('.sidebar').checkVisibility() && !document.querySelector('.log').checkVisibility()")
	ann.shoot("phone-list")
	ann.open("team")
	ann.until("document.querySelector('.log').checkVisibility()")

	// The phone's own way back goes from the people to the room to the list.
	ann.press("2 people")
	js[bool](ann, "history.back() ?? true")
	ann.until("!document.querySelector('.people') && document.querySelector('.log').checkVisibility()")
	js[bool](ann, "history.back() ?? true")
	ann.until("document.querySelector('.sidebar').checkVisibility() && !document.querySelector('.log').checkVisibility()")
	bob.send("JOIN #other")
	bob.send("INVITE ann #other")
	ann.click(".invitation .primary")
	ann.until("document.querySelector('.log').checkVisibility() && document.querySelector('main h1').innerText === 'other'")
	if small := js[string](ann, `[...document.querySelectorAll('.topbar button')].filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect()).filter(r => r.height < 40 && r.width < 30).map(r => r.width + 'x' + r.height).join()`); small != "" {
		t.Errorf("too small for a finger: %s", small)
	}
}

// busy is the processor time that the page's main thread has taken: what a
// machine that does other things, too, does not change.
func (b *tab) busy() time.Duration {
	b.t.Helper()
	m, err := chromedp.Call(b.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, metric := range m.Metrics {
		if metric.Name == "TaskDuration" {
			return time.Duration(metric.Value * float64(time.Second))
		}
	}
	b.t.Fatal("the browser does not say how busy it is")
	return 0
}

// tap is a finger on the first that fits.
func tap(b *tab, selector string) {
	b.t.Helper()
	at := js[[]float64](b, "(() => { const r = document.querySelector('"+selector+"').getBoundingClientRect(); return [r.x + 5, r.y + r.height / 2] })()")
	for _, step := range []input.DispatchTouchEventParams{
		{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: at[0], Y: at[1]}}},
		{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}},
	} {
		if _, err := chromedp.Call(b.ctx, input.DispatchTouchEvent, step); err != nil {
			b.t.Fatal(err)
		}
	}
}
