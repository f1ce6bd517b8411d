package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/room"
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
		wants(t, ann.take(), ":irc.test KICK #green ann :The room has failed repeatedly")
		lacks(t, ann.send("JOIN 0"), "PART")
	})
}

func TestARoomLostBeforeItWasShownIsNamed(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		w.sys.Root.Send(ann.pid, user.RoomLost{Name: "#green"})
		w.sys.Root.Send(ann.pid, user.RoomLost{}) // a conversation
		got := ann.take()
		if len(got) != 1 {
			t.Errorf("ann was shown %q", got)
		}
		wants(t, got, ":irc.test FAIL JOIN ROOM_CLOSED #green :The room has failed repeatedly")
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
		early := w.dial("early")
		w.sys.Root.Send(early.pid, user.Up{User: ann.pid}) // its user failed before it could be welcomed
		if early.closed() {
			t.Error("who has no user yet was cut")
		}
		if got := ann.send("PING x"); len(got) != 1 {
			t.Errorf("ann was shown %q", got)
		}
	})
}

func TestARoomThatIsThereAgainIsNotShown(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		again := room.Entered{Room: bob.pid, Again: true, Description: room.Description{Name: "#green"}}
		w.sys.Root.Send(ann.pid, again)
		if got := ann.take(); len(got) > 0 {
			t.Errorf("ann was shown %q", got)
		}
	})
}

func TestInvitationsAreRememberedUpToALimit(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		for i := range 50 {
			w.sys.Root.Send(ann.pid, room.Invited{Room: fmt.Sprint("#", i)})
		}
		if n := len(ann.take()); n != 50 {
			t.Errorf("%d of 50 were shown", n)
		}
		if n := len(ann.send("INVITE")); n != w.cfg.Limits.Invites+1 {
			t.Errorf("INVITE lists %d lines", n)
		}
	})
}

func TestAClientThatWaitsForTheServerIsNotCut(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		w.store.set(func() { w.store.silent = true })
		ann.raw(strings.Repeat("JOIN #far,#away\r\n", 40))
		time.Sleep(10 * time.Minute)
		if got := ann.take(); ann.closed() || len(got) < 19 {
			t.Errorf("closed %v after %d answers", ann.closed(), len(got))
		}
	})
}

// TestWhoIsBannedFromARememberedRoomIsToldAtSignIn: the client would wonder
// why it is not there.
func TestWhoIsBannedFromARememberedRoomIsToldAtSignIn(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.member("ann", ""), w.member("bob", "")
		ann.send("JOIN #green")
		bob.send("JOIN #green")
		wants(t, ann.send("MODE #green +b bob!*@*"), " MODE #green +b ")
		bob.send("QUIT")
		ann.take()
		again := w.dial("again")
		got := again.send("CAP REQ :sasl", "NICK bob", "USER bob 0 * :bob", "AUTHENTICATE PLAIN",
			"AUTHENTICATE "+plain("", "bob", password("bob")), "CAP END")
		wants(t, got, " 001 bob ")
		wants(t, got, " 474 bob #green :You are banned from this room")
		lacks(t, ann.take(), "JOIN")
	})
}
