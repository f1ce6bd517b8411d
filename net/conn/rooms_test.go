package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestWhoComesToARoomThatIsClosedForNowIsToldSo, whatever they want of it, and the room
// is there again with its members when its time is over.
func TestWhoComesToARoomThatIsClosedForNowIsToldSo(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("")
		for range 6 {
			w.arm("room")
			ann.send("PRIVMSG #green :boom")
			time.Sleep(5 * time.Second)
		}
		wants(t, bob.take(), ":irc.test KICK #green bob :The room has failed repeatedly and is closed for now; it will be back")
		ann.take()
		for _, line := range []string{"PRIVMSG #green :x", "NOTICE #green :x", "JOIN #green", "PART #green", "TOPIC #green", "TOPIC #green :x", "NAMES #green", "MODE #green", "MODE #green +m", "INVITE bob #green", "KICK #green bob", "CHATHISTORY LATEST #green * 1"} {
			command, _, _ := strings.Cut(line, " ")
			got := ann.send(line)
			if command != "CHATHISTORY" {
				wants(t, got, "FAIL "+command+" ROOM_CLOSED ")
			}
			lacks(t, got, "INTERNAL")
		}
		time.Sleep(70 * time.Second)
		bob.take()
		ann.send("PRIVMSG #green :it is back")
		wants(t, bob.take(), ":ann!ann@host.test PRIVMSG #green :it is back")
	})
}

// TestOfARoomOfManyMetadataIsToldLater: "RPL_METADATASYNCLATER" (ircv3 metadata), when it is
// entered; who asks for it then is told all.
func TestOfARoomOfManyMetadataIsToldLater(t *testing.T) {
	within(t, guests, func(w *world) {
		const caps = "batch draft/metadata-2"
		for i := range 501 {
			c := w.dial(fmt.Sprint("p", i))
			c.raw(fmt.Sprintf("CAP REQ draft/metadata-2\r\nNICK p%d\r\nUSER u 0 * :u\r\nCAP END\r\nMETADATA * SET city :Oslo\r\nJOIN #many\r\n", i))
		}
		time.Sleep(time.Second)
		ann := w.person("ann", caps)
		got := ann.send("METADATA * SUB city", "JOIN #many")
		time.Sleep(time.Second)
		got = append(got, ann.take()...)
		wants(t, got, " 774 ann #many ")
		lacks(t, got, " city * ")
		got = ann.send("METADATA #many SYNC")
		time.Sleep(time.Second)
		if n := strings.Count(strings.Join(append(got, ann.take()...), "\n"), " city * Oslo"); n != 501 {
			t.Errorf("then %d people were told of", n)
		}
	})
}
