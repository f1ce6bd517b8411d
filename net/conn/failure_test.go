package conn_test

import (
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestAFailureEndsOneConnectionOnly(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		ann.send("JOIN #green")
		calm := w.cfg.Now
		broken := false
		w.cfg.Now = func() time.Time {
			if broken {
				panic(actortest.Injected{Site: "conn"})
			}
			return calm()
		}
		bob := w.person("bob", "")
		w.cfg.Now = calm
		bob.send("JOIN #green")
		ann.take()
		broken = true
		wants(t, bob.send("PRIVMSG #green :x"), "ERROR :Closing link: The connection was stopped; reconnect")
		if !bob.closed() {
			t.Error("its socket is still open")
		}
		wants(t, ann.take(), ":bob!bob@host.test QUIT ")
		wants(t, ann.send("PING still-here"), "PONG")
	})
}

func TestMembersOfARestartedRoomNoticeNothing(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("echo-message")
		w.arm("room")
		got := ann.send("PRIVMSG #green :boom")
		time.Sleep(time.Second)
		got = append(got, ann.take()...)
		for _, shown := range [][]string{got, bob.take()} {
			if len(shown) != 1 || shown[0] != ":ann!ann@host.test PRIVMSG #green :boom" {
				t.Errorf("shown of what was stored when the room crashed: %q", shown)
			}
		}
		ann.send("PRIVMSG #green :after")
		if got := bob.take(); len(got) != 1 || got[0] != ":ann!ann@host.test PRIVMSG #green :after" {
			t.Errorf("bob was shown %q", got)
		}
		bob.send("PRIVMSG #green :and back")
		wants(t, ann.take(), ":bob!bob@host.test PRIVMSG #green :and back")
	})
}

func TestARestartedUserIsGivenItsRoomsBack(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		w.arm("user")
		wants(t, ann.send("AWAY :now"), "FAIL AWAY UNKNOWN ")
		time.Sleep(time.Second)
		wants(t, bob.send("WHOIS ann"), " 319 bob ann :@#green")
		ann.send("PRIVMSG #green :still here")
		wants(t, bob.take(), ":ann!ann@host.test PRIVMSG #green :still here")
		wants(t, ann.send("AWAY :now"), " 306 ")
		lacks(t, ann.take(), "JOIN")
	})
}

func TestALostRoomIsShownAsLeft(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, _ := w.pair("")
		w.sys.Root.Send(ann.pid, user.RoomLost{Name: "#green"})
		w.sys.Root.Send(ann.pid, user.RoomLost{Name: "#never"})
		got := ann.take()
		if len(got) != 1 {
			t.Errorf("ann was shown %q", got)
		}
		wants(t, got, ":irc.test KICK #green ann :The room has failed repeatedly")
		lacks(t, ann.send("JOIN 0"), "PART")
	})
}

func TestAConnectionWithoutItsUserCloses(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		w.sys.Root.Stop(w.cfg.Registry)
		wants(t, ann.take(), "ERROR :Closing link: Your session failed; reconnect")
		if !ann.closed() {
			t.Error("its socket is still open")
		}
	})
}

func TestUnknownAnswersAreIgnored(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		w.sys.Root.Send(ann.pid, user.Done{Ref: 4711})
		w.sys.Root.Send(ann.pid, user.Up{User: ann.pid})
		if got := ann.send("PING x"); len(got) != 1 {
			t.Errorf("ann was shown %q", got)
		}
	})
}
