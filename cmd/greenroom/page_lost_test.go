package main

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// link is the network between a page and the server, and what may happen there.
type link struct {
	net.Listener
	to string

	mu   sync.Mutex
	deaf bool // what the server says is lost
	open []net.Conn
}

func newLink(t *testing.T, to string) *link {
	t.Helper()
	k := &link{Listener: localListener(t), to: to}
	go k.serve()
	t.Cleanup(k.cut)
	return k
}

func (k *link) url() string { return "http://" + k.Addr().String() }

func (k *link) serve() {
	for {
		page, err := k.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", k.to)
		if err != nil {
			page.Close()
			continue
		}
		k.mu.Lock()
		k.open = append(k.open, page, server)
		k.mu.Unlock()
		go func() { io.Copy(server, page); server.Close() }()
		go func() { io.Copy(hearing{k, page}, server); page.Close() }()
	}
}

// hearing is the way to the page.
type hearing struct {
	*link
	page net.Conn
}

func (h hearing) Write(b []byte) (int, error) {
	h.mu.Lock()
	deaf := h.deaf
	h.mu.Unlock()
	if deaf {
		return len(b), nil
	}
	return h.page.Write(b)
}

func (k *link) deafen() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.deaf = true
}

// cut ends what is open; the next connection is as good as new.
func (k *link) cut() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range k.open {
		c.Close()
	}
	k.open, k.deaf = nil, false
}

func TestPageSendsAgainWithoutDoublingWhatWasStoredUnheard(t *testing.T) {
	srv := site(t)
	way := newLink(t, strings.TrimPrefix(srv.Web, "http://"))
	bob := dialTLS(t, srv.Addr).register("bob")
	bob.join("#team")
	ann := newTab(t, way.url())
	ann.register("ann")
	ann.join("#team")
	ann.say("one")
	ann.until(ann.said("one") + " === 1")
	bob.until("one")

	way.deafen()
	ann.say("two, stored")
	ann.say("three")
	bob.until("two, stored")
	bob.until("three")
	bob.send("PRIVMSG #team :and nobody heard")
	bob.fence()
	ann.until("document.querySelectorAll('.pending[data-state=sending]').length === 2")
	way.cut()
	ann.until("!document.querySelector('.offline') && !document.querySelector('.pending')")
	for _, text := range []string{"one", "two, stored", "three", "and nobody heard"} {
		ann.until(ann.said(text) + " === 1")
	}
	bob.fence()
	bob.send("CHATHISTORY LATEST #team * 50")
	history := strings.Join(bob.fence(), "\n")
	for _, text := range []string{"two, stored", "three"} {
		if n := strings.Count(history, text); n != 1 {
			t.Errorf("%q is stored %d times", text, n)
		}
	}
	if got := js[string](ann, "[...document.querySelectorAll('.message .text')].map(e => e.innerText).join('; ')"); got != "one; two, stored; three; and nobody heard" {
		t.Errorf("the page shows: %s", got)
	}
}
