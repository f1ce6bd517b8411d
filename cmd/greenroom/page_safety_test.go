package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestAttack75HostileTextIsTextOnThePage(t *testing.T) {
	srv := site(t)
	eve := dialTLS(t, srv.Addr).register("eve")
	eve.send("JOIN #team")
	eve.send("TOPIC #team :<img src=x onerror=pwned()> \u202etxt.exe")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	hostile := []string{
		`<script>pwned()</script>`,
		`<img src=x onerror=pwned()>`,
		`"><svg/onload=pwned()>`,
		`javascript:pwned() JaVaScRiPt://x%0apwned() data:text/html,<script>pwned()</script>`,
		`https://evil.example/"onmouseover="pwned() http://ok.example/a_(b)?c=d#e`,
		`http://[::1 https:// https://user:pass@evil.example/`,
		"\u202egpj.exe \u2066isolated \u200b \u0085 \u00ad \u061c \x1b]0;title\a\x1b[31mred \x02bold\x03" + "4,5colour\x0f",
		strings.Repeat("Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357", 12),
		"{{constructor.constructor('pwned()')()}} ${pwned()} &lt;b&gt;",
		"\x01ACTION <b>acts</b>\x01",
		"\u0645\u0631\u062d\u0628\u0627 ann \u05e9\u05dc\u05d5\u05dd 世界 👩‍👩‍👧 é",
		"__proto__ constructor",
	}
	for _, text := range hostile {
		eve.send("@+draft/reply=__proto__ PRIVMSG #team :%s", text)
	}
	eve.send("NICK __proto__")
	eve.send("PRIVMSG #team :the end")
	eve.fence()
	ann.see("the end")
	ann.shoot("hostile")
	if n := ann.count(".log script, .log img, .log svg:not(.icon), .log b, .log iframe, .topbar img"); n > 0 {
		t.Errorf("%d elements were made of text", n)
	}
	if is := js[string](ann, "typeof window.pwned + document.title"); !strings.HasPrefix(is, "undefined") {
		t.Errorf("pwned is %s", is)
	}
	for _, href := range js[[]string](ann, "[...document.querySelectorAll('.log a, .topbar a')].map(a => a.href + ' ' + a.rel + ' ' + a.target)") {
		if !strings.HasPrefix(href, "http://") && !strings.HasPrefix(href, "https://") || !strings.HasSuffix(href, " noopener noreferrer nofollow _blank") {
			t.Errorf("a link goes to %s", href)
		}
	}
	for _, name := range []string{"RLO", "LRI", "ZWSP", "U+0085", "U+00AD", "U+061C", "ESC", "BEL"} {
		ann.until(fmt.Sprintf("[...document.querySelectorAll('.log .hidden-sign')].some(e => e.innerText === %q)", name))
	}
	ann.see("👩‍👩‍👧")
	raw := js[string](ann, "[...document.querySelectorAll('.log .text')].map(e => e.textContent).join('')")
	if at := strings.IndexFunc(raw, func(r rune) bool { return r < 0x20 && r != '\n' || r >= 0x202a && r <= 0x202e }); at >= 0 {
		t.Errorf("a control character is on the page: %.40q", raw[at:])
	}
}

func TestAttack73PageOfAnotherOriginCannotConnect(t *testing.T) {
	srv := site(t)
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>foreign</title>")
	}))
	defer foreign.Close()
	const connect = `new Promise(done => {
		const ws = new WebSocket(%q, ['text.ircv3.net']);
		ws.onopen = () => done('open'); ws.onerror = () => done('refused') })`
	where := strings.Replace(srv.Web, "http", "ws", 1) + "/ws"
	b := newTab(t, foreign.URL)
	if got := js[string](b, fmt.Sprintf(connect, where)); got != "refused" {
		t.Errorf("from another origin: %s", got)
	}
	if got := js[string](b, fmt.Sprintf("fetch(%q).then(r => r.text(), () => 'refused')", srv.Web+"/about.json")); got != "refused" {
		t.Errorf("another origin reads %q", got)
	}
	b.must(chromedp.Navigate(srv.Web))
	if got := js[string](b, fmt.Sprintf(connect, where)); got != "open" {
		t.Errorf("from its own origin: %s", got)
	}
}

func TestPageRunsNothingThatIsNotItsOwn(t *testing.T) {
	srv := site(t)
	b := newTab(t, srv.Web)
	got := js[string](b, `new Promise(done => setTimeout(() => { // the browser lets its debugger alone do more
		const tried = [];
		try { eval('1'); tried.push('eval') } catch {}
		const s = document.createElement('script');
		try { s.textContent = 'window.inline = 1' } catch {}
		document.body.append(s);
		if (window.inline) tried.push('inline script');
		try { document.body.insertAdjacentHTML('beforeend', '<i>') ; tried.push('markup') } catch {}
		done(tried.join()) }))`)
	if got != "" {
		t.Errorf("the policy of the page lets through: %s", got)
	}
	b.faults = nil // these were ours
	foreign := js[string](b, "performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin)).join()")
	if foreign != "" {
		t.Errorf("the page fetches from elsewhere: %s", foreign)
	}
}
