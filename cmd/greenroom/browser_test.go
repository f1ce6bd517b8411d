package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is started once for all tests, each of which has a profile of its
// own in it.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func theBrowser(t *testing.T) context.Context {
	t.Helper()
	need(t, "chromium")
	b := &browser
	b.once.Do(func() {
		dir, err := os.MkdirTemp("", "greenroom-browser-")
		if err != nil {
			b.err = err
			return
		}
		opts := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(dir),
			chromedp.NoFirstRun, chromedp.IgnoreCertErrors,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
		ctx, end := chromedp.NewExecAllocator(context.Background(), opts...)
		ctx, _ = chromedp.NewContext(ctx) // ends with the allocator
		b.ctx, b.stop = ctx, func() { end(); os.RemoveAll(dir) }
		b.err = chromedp.Do(ctx) // without a deadline, which would be the browser's
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.ctx
}

// closeBrowser is called when all tests have run.
func closeBrowser() {
	if browser.stop != nil {
		browser.stop()
	}
}

// tab is a page in the browser, and somebody in front of it.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	faults []string // what the page has complained of
}

// newTab opens a page with a profile of its own.
func newTab(t *testing.T, url string) *tab {
	t.Helper()
	return openTab(t, theBrowser(t), url, chromedp.WithNewBrowserContext())
}

// another opens a second tab with the same profile.
func (b *tab) another(url string) *tab {
	b.t.Helper()
	return openTab(b.t, b.ctx, url)
}

func openTab(t *testing.T, from context.Context, url string, opts ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(from, opts...)
	b := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		if t.Failed() {
			b.shoot("failed-" + strings.ReplaceAll(t.Name(), "/", "-"))
		}
		end()
		for _, fault := range b.faults {
			t.Error("the page complains:", fault)
		}
	})
	if err := chromedp.Do(ctx); err != nil { // makes the tab, without a deadline, which would be the tab's
		t.Fatal(err)
	}
	b.must(chromedp.EmulateViewport(1200, 800))
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	b.must(chromedp.Navigate(url))
	return b
}

// hear collects what nobody caught, and what the policy of the page forbids.
func (b *tab) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		fault = e.ExceptionDetails.Text
		if thrown := e.ExceptionDetails.Exception; thrown != nil {
			fault += " " + thrown.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity {
			fault = e.Entry.Text
		}
	}
	if fault != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.faults = append(b.faults, fault)
	}
}

func (b *tab) must(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// js evaluates an expression, a promise too.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to be true.
func (b *tab) until(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if js[bool](b, "Boolean("+expression+")") {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("never true: %s\non the page: %s", expression, js[string](b, "document.body.innerText"))
		}
	}
}

// see waits until the page shows all the texts.
func (b *tab) see(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.until("document.body.innerText.includes(" + strconv.Quote(text) + ")")
	}
}

// count is how many elements fit a selector.
func (b *tab) count(selector string) int {
	b.t.Helper()
	return js[int](b, "document.querySelectorAll("+strconv.Quote(selector)+").length")
}

// shoot keeps a picture of what is seen, where somebody wants to look at them.
func (b *tab) shoot(name string) {
	dir := os.Getenv("GREENROOM_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Log(err)
	}
}
