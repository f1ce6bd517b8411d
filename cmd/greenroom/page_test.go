package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// site is a server with a page on a port that it may have again.
func site(t *testing.T, more ...string) *server {
	t.Helper()
	return serve(t, t.TempDir(), append([]string{"--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"}, more...)...)
}

func (b *tab) said(text string) string {
	return fmt.Sprintf("[...document.querySelectorAll('.message:not(.pending) .text')].filter(e => e.innerText === %q).length", text)
}

func TestPageTalksWithTheTerminal(t *testing.T) {
	srv := site(t)
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	home := t.TempDir()
	greenroom := func(args ...string) string {
		cmd := command(t, home, args...)
		cmd.Env = append(cmd.Env, "GREENROOM_PASSWORD="+password)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	greenroom("register", srv.Addr, "--user", "bob", "--insecure-new-key")
	greenroom("send", "#team", "hello ann, from the terminal", "--server", srv.Addr, "--user", "bob")
	ann.see("hello ann, from the terminal")

	chat := command(t, home, "chat", srv.Addr, "--user", "bob", "--room", "#team")
	chat.Env = append(chat.Env, "GREENROOM_PASSWORD="+password)
	in, err := chat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := chat.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := chat.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { chat.Process.Kill() })
	defer late.Stop()
	io.WriteString(in, "here I am\n")
	ann.see("here I am")
	ann.say("hello bob, from the page")
	ann.until(ann.said("hello bob, from the page") + " === 1")
	for lines := bufio.NewScanner(out); ; {
		if !lines.Scan() {
			t.Fatal("bob does not read what ann says on the page")
		}
		if strings.Contains(lines.Text(), "hello bob, from the page") {
			break
		}
	}
	in.Close()
	io.Copy(io.Discard, out)
	if err := chat.Wait(); err != nil {
		t.Error(err)
	}

	bob := dialTLS(t, srv.Addr).login("bob")
	bob.send("PRIVMSG ann :psst")
	ann.until("document.title.startsWith('(')")
	ann.open("bob")
	ann.see("psst")
	ann.say("yes?")
	bob.until("yes?")
}

func TestPageKeepsSessionDraftAndPlaceOverAReload(t *testing.T) {
	srv := site(t)
	ann := newTab(t, srv.Web)
	ann.press("Make an account")
	ann.enter("input[name=username]", "ann")
	ann.enter("input[name=password]", password)
	ann.click("input[type=checkbox]")
	ann.press("Make the account")
	ann.join("#a")
	ann.join("#b")
	ann.say("one")
	ann.until(ann.said("one") + " === 1")
	ann.enter("#say", "half a sent")
	ann.must(chromedp.Reload())
	ann.until(ann.said("one") + " === 1")
	ann.until("document.querySelector('#say').value === 'half a sent'")
	if at := js[string](ann, "document.querySelector('main h1').innerText"); at != "b" {
		t.Errorf("after the reload %s is open, not b", at)
	}

	ann.press("Settings")
	ann.press("Log out")
	ann.until("document.querySelector('input[name=password]')")
	if left := js[string](ann, "Object.keys(localStorage).filter(k => k.includes(':ann:')).join() + Object.keys(sessionStorage).join()"); left != "" {
		t.Errorf("logging out leaves %s", left)
	}
	ann.must(chromedp.Reload())
	ann.until("document.querySelector('input[name=password]')")
}

func TestPageKeepsNoPasswordUnlessAsked(t *testing.T) {
	srv := site(t)
	ann := newTab(t, srv.Web)
	ann.register("ann")
	kept := js[string](ann, "JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")
	if strings.Contains(kept, password) {
		t.Errorf("the browser keeps %s", kept)
	}
}

func TestPageShowsEachMessageOnceThoughTheServerIsRestarted(t *testing.T) {
	data := t.TempDir()
	srv := serve(t, data, "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
	again := []string{"--listen", srv.Addr, "--web", strings.TrimPrefix(srv.Web, "http://")}
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.send("JOIN #team")
	bob.send("PRIVMSG #team :before")
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#team")
	ann.say("one")
	ann.until(ann.said("one") + " === 1")
	srv.stop(t, syscall.SIGKILL)
	ann.until("document.querySelector('.offline')")
	ann.say("two, into the void")
	ann.say("three, too")
	ann.until("document.querySelectorAll('.pending[data-state=waiting]').length === 2")
	ann.shoot("offline")

	srv = serve(t, data, again...)
	bob = dialTLS(t, srv.Addr).login("bob")
	bob.send("PRIVMSG #team :while you were away")
	bob.fence()
	ann.until("!document.querySelector('.offline') && !document.querySelector('.pending')")
	for _, text := range []string{"before", "one", "two, into the void", "three, too", "while you were away"} {
		ann.until(ann.said(text) + " === 1")
	}
	bob.fence() // all that was live
	bob.send("CHATHISTORY LATEST #team * 50")
	history := strings.Join(bob.fence(), "\n")
	for _, text := range []string{"two, into the void", "three, too"} {
		if n := strings.Count(history, text); n != 1 {
			t.Errorf("%q is stored %d times", text, n)
		}
	}
}

func TestPageSaysWhatToDoWhenALoginIsRefused(t *testing.T) {
	srv := site(t)
	dialTLS(t, srv.Addr).register("bob")
	b := newTab(t, srv.Web)
	b.press("Log in")
	b.see("Type your name.")
	b.enter("input[name=username]", "bob")
	b.press("Log in")
	b.see("Type your password.")
	b.enter("input[name=password]", "not it\r")
	b.see("The name or the password is wrong.")
	if on := js[string](b, "document.activeElement.name"); on != "password" {
		t.Errorf("the focus is on %q, not on what is wrong", on)
	}
	b.press("Make an account")
	b.enter("input[name=password]", password+"\r")
	b.see("This name is taken.")
	b.enter("input[name=username]", "b ob\r")
	b.see("A name has no spaces")
	b.enter("input[name=username]", "carl")
	b.enter("input[name=password]", "password1\r")
	b.see("The password is too weak")
	b.shoot("login-refused")
	b.enter("input[name=password]", password+"\r")
	b.see("Welcome, carl")
}

func TestPageSaysSoWhenThereIsNoServer(t *testing.T) {
	srv := site(t)
	b := newTab(t, srv.Web)
	b.until("document.querySelector('input[name=username]')")
	srv.stop(t, syscall.SIGKILL)
	b.enter("input[name=username]", "bob")
	b.enter("input[name=password]", password+"\r")
	b.see("The server cannot be reached")
	b.shoot("no-server")
}

func TestPageShowsWhatWasRefusedAndKeepsIt(t *testing.T) {
	srv := site(t)
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.send("JOIN #quiet")
	bob.send("MODE #quiet +m")
	bob.fence()
	ann := newTab(t, srv.Web)
	ann.register("ann")
	ann.join("#quiet")
	ann.say("may I?")
	ann.until("document.querySelector('.pending[data-state=refused] .why')?.innerText")
	ann.shoot("refused")
	bob.send("MODE #quiet +v ann")
	bob.fence()
	ann.press("Send again")
	ann.until(ann.said("may I?") + " === 1 && !document.querySelector('.pending')")
}

func TestPageOfAnotherAddressIsNotServedWhenItIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	srv := launch(t, t.TempDir(), "--listen", "127.0.0.1:0", "--web", taken.Addr().String())
	if srv.Addr != "" {
		t.Fatal("the server started without the page that was asked for")
	}
	if !strings.Contains(srv.Log(), taken.Addr().String()) {
		t.Errorf("the log does not name the address:\n%s", srv.Log())
	}
}
