package listen

import (
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/greenroom-chat/greenroom/actors"
	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
)

// drainProbe asks net to drain and keeps the answer.
func (w *world) drainProbe(within time.Duration) *actortest.Probe {
	probe, pid := actortest.NewProbe(w.sys)
	w.sys.Root.Send(w.net, actors.Drain{Ticket: ask.Ticket{ReplyTo: pid, Ref: 7}, Reason: "bye", Within: within})
	return probe
}

func TestDrainClosesListenersThenSaysFarewellThenAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 2, false, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.connect(1, "192.0.2.2:1")
		w.settle()
		probe := w.drainProbe(time.Minute)
		words, _ := w.settle()
		slices.Sort(words)
		if !slices.Equal(words, []string{"ended", "ended", "told bye", "told bye"}) || w.at[0].listener() != nil || w.at[1].listener() != nil {
			t.Errorf("connections %q", words)
		}
		if got := probe.Take(); len(got) != 1 || got[0] != any(actors.Drained{Ref: 7}) {
			t.Errorf("answered %v", got)
		}
		again := w.drainProbe(time.Minute)
		w.settle()
		if got := again.Take(); len(got) != 1 {
			t.Errorf("asked again: %v", got)
		}
	})
}

func TestDrainStopsThoseWhoDoNotGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, true, nil)
		w.settle()
		conn := w.connect(0, "192.0.2.1:1")
		w.settle()
		begin := time.Now()
		probe := w.drainProbe(2 * time.Second)
		if words, _ := w.settle(); !slices.Equal(words, []string{"told bye"}) || len(probe.Take()) != 0 {
			t.Errorf("%q, or answered before anybody left", words)
		}
		time.Sleep(2 * time.Second)
		w.settle()
		if got := probe.Take(); len(got) != 1 || got[0] != any(actors.Drained{Ref: 7, Left: 1}) || !hungUp(conn) {
			t.Errorf("after %v: %v", time.Since(begin), got)
		}
	})
}

func TestDrainIsAnsweredWhenNetEndsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, true, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.settle()
		probe := w.drainProbe(time.Hour)
		w.settle()
		w.sys.Root.Stop(w.net)
		w.settle()
		if got := probe.Take(); len(got) != 1 || got[0] != any(ask.Refused{Ref: 7, Reason: ask.ErrStopping}) {
			t.Errorf("answered %v", got)
		}
	})
}

func TestASocketAcceptedWhileDrainingIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 1, true, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.settle()
		w.drainProbe(time.Minute)
		w.settle()
		theirs, ours := net.Pipe()
		w.sys.Root.Send(w.net, accepted{peer{ours, "192.0.2.3:1"}})
		words, _ := w.settle()
		if len(words) != 0 || !hungUp(theirs) {
			t.Errorf("connections %q", words)
		}
	})
}

func TestEveryConnectionIsToldWhatNetIsAskedToTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, 2, true, nil)
		w.settle()
		w.connect(0, "192.0.2.1:1")
		w.connect(1, "192.0.2.2:1")
		w.settle()
		w.sys.Root.Send(w.net, actors.Tell{Message: farewell{"news"}})
		if words, _ := w.settle(); !slices.Equal(words, []string{"told news", "told news"}) {
			t.Errorf("connections %q", words)
		}
	})
}
