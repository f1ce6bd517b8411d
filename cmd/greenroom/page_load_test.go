package main

import (
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

func TestTheFirstLoadOfThePageIsBelow60KBOverTheWire(t *testing.T) {
	srv := site(t)
	b := newTab(t, "about:blank")
	var mu sync.Mutex
	bytes, requests := 0, 0
	if _, err := chromedp.Call(b.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*network.EventLoadingFinished); ok {
			mu.Lock()
			defer mu.Unlock()
			bytes += int(e.EncodedDataLength)
			requests++
		}
	}); err != nil {
		t.Fatal(err)
	}
	sofar := func() (int, int) {
		mu.Lock()
		defer mu.Unlock()
		return bytes, requests
	}
	b.must(chromedp.Navigate(srv.Web))
	b.until("document.querySelector('input[name=password]')")
	js[bool](b, "new Promise(requestIdleCallback).then(() => new Promise(requestIdleCallback)).then(() => true)") // what would be fetched in the background
	login, n := sofar()
	b.register("ann")
	b.join("#team")
	all, m := sofar()
	t.Logf("to log in: %d bytes, headers included, in %d requests; with a room open: %d in %d", login, n, all, m)
	if login > 60_000 {
		t.Errorf("the first load takes %d bytes", login)
	}
	if all > 100_000 {
		t.Errorf("everything takes %d bytes", all)
	}
}
