package main

import (
	"fmt"
	"slices"
	"sync"

	"github.com/greenroom-chat/greenroom/actors/storage"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// health is whether the server is to be sent clients, and why not. Facts come
// from many goroutines, so it has a lock: it is no actor's.
type health struct {
	mu       sync.Mutex
	phase    string // why the server as a whole is not ready; empty: it is
	store    error  // as last published
	ask      func() error
	deaf     map[string]string // why an address does not accept
	inFlight bool              // the store is being asked
	last     error             // what it said last
}

func newHealth() *health { return &health{phase: "starting", deaf: map[string]string{}} }

// enter begins a phase; empty: the server is ready.
func (h *health) enter(phase string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.phase = phase
}

// watch has the store asked by whoever looks.
func (h *health) watch(ask func() error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ask = ask
}

// note takes what the actors publish.
func (h *health) note(fact any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch m := fact.(type) {
	case storage.Down:
		h.store = m.Reason
	case storage.Up:
		h.store = nil
	case listen.BindFailed:
		h.deaf[m.Address] = fmt.Sprintf("cannot listen on %s: %v", m.Address, m.Err)
	case listen.Paused:
		h.deaf[m.Address] = fmt.Sprintf("not accepting on %s: %s", m.Address, m.Reason)
	case listen.Resumed:
		delete(h.deaf, m.Address)
	case listen.Bound:
		delete(h.deaf, m.Address)
	}
}

// reasons are why the server is not ready.
func (h *health) reasons() []string {
	stored := h.askStore()
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []string
	if h.phase != "" {
		list = append(list, h.phase)
	}
	switch {
	case h.store != nil:
		list = append(list, "nothing is stored: "+h.store.Error())
	case stored != nil:
		list = append(list, "nothing is stored: "+stored.Error())
	}
	var deaf []string
	for _, why := range h.deaf {
		deaf = append(deaf, why)
	}
	slices.Sort(deaf)
	return append(list, deaf...)
}

// askStore asks once at a time: a disk that hangs holds one who looks, and the
// others are told what was heard last.
func (h *health) askStore() error {
	h.mu.Lock()
	ask := h.ask
	if ask == nil || h.inFlight {
		defer h.mu.Unlock()
		return h.last
	}
	h.inFlight = true
	h.mu.Unlock()
	err := ask()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inFlight, h.last = false, err
	return err
}
