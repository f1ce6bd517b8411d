package conn_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestAttack53And54ASecretRoomIsNotThere: whatever a stranger asks, the answer
// is that of a room that does not exist.
func TestAttack53And54ASecretRoomIsNotThere(t *testing.T) {
	within(t, guests, func(w *world) {
		const caps = "message-tags draft/message-redaction draft/metadata-2 draft/read-marker"
		ann, eve := w.person("ann", caps), w.member("eve", caps)
		ann.send("JOIN #secret", "MODE #secret +s-n", "TOPIC #secret :hidden", "MODE #secret +b x!*@*", "METADATA #secret SET city :Oslo", "PRIVMSG #secret :hidden")
		ann.take()
		for _, command := range []string{
			"NAMES %s", "WHO %s", "WHO %s %%tnc,1", "LIST %s", "LIST *", "TOPIC %s", "TOPIC %s :mine", "MODE %s", "MODE %s +b", "MODE %s +o eve",
			"PRIVMSG %s :hello", "PRIVMSG @%s :hello", "NOTICE %s :hello", "KICK %s ann", "PART %s", "RENAME %s #x", "CHATHISTORY LATEST %s * 10", "INVITE ann %s",
			"SEARCH in=%s", "SEARCH in=%s;text=hidden", "REDACT %s 0420", "METADATA %s LIST", "METADATA %s GET city", "METADATA %s SET city :Rome",
			"METADATA %s SYNC", "METADATA %s CLEAR", "MARKREAD %s", "MARKREAD %s timestamp=2000-01-01T00:00:00.000Z", "@+typing=active TAGMSG %s",
		} {
			ask := func(name string) string {
				lines := eve.send(strings.ReplaceAll(strings.ReplaceAll(command, "%s", name), "%%", "%"))
				return strings.ReplaceAll(strings.Join(lines, "\n"), name, "#room")
			}
			if secret, none := ask("#secret"), ask("#nowhere"); secret != none {
				t.Errorf("%s: of a secret room\n%s\nof none\n%s", command, secret, none)
			}
		}
		lacks(t, eve.send("WHOIS ann"), "#secret")
		if told := ann.take(); len(told) > 0 {
			t.Errorf("ann was told %q", told)
		}
	})
}

// TestAttack55HistoryAfterABanIsRefused, and before that after a kick.
func TestAttack55HistoryAfterABanIsRefused(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, eve := w.person("ann", ""), w.person("eve", "batch draft/chathistory")
		ann.send("JOIN #green")
		eve.send("JOIN #green")
		ann.send("PRIVMSG #green :for members")
		wants(t, eve.send("CHATHISTORY LATEST #green * 5"), "for members")
		ann.send("MODE #green +b eve!*@*", "KICK #green eve")
		eve.take()
		wants(t, eve.send("CHATHISTORY LATEST #green * 5"), "FAIL CHATHISTORY INVALID_TARGET")
		wants(t, eve.send("JOIN #green"), " 474 eve #green ")
	})
}

// TestAttack66WHOAndLISTAreChargedByWhatTheyLookAt: who asks again and again
// waits, and others do not.
func TestAttack66WHOAndLISTAreChargedByWhatTheyLookAt(t *testing.T) {
	within(t, slow, func(w *world) {
		ann, eve := w.person("ann", ""), w.person("eve", "")
		for i := range 10 {
			ann.send(fmt.Sprintf("JOIN #room%d", i))
		}
		time.Sleep(time.Minute)
		go eve.sock.Write([]byte(strings.Repeat("WHO *\r\nLIST\r\nNAMES #room1,#room2,#room3,#room4\r\n", 200))) // ends with the socket
		time.Sleep(time.Second)
		wants(t, ann.send("PING now"), "PONG irc.test now")
		if lines := len(eve.take()); lines > 600 {
			t.Errorf("eve was sent %d lines within a second", lines)
		}
	})
}

// TestAttack68MasksOfManyStarsCostNothing: in lists, in WHO and in LIST.
func TestAttack68MasksOfManyStarsCostNothing(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.person("ann", ""), w.person("bob", "")
		ann.send("JOIN #green")
		stars := strings.Repeat("*a", 80)
		begin := time.Now()
		for i := range 50 {
			ann.send(fmt.Sprintf("MODE #green +b %s%d!*@*", stars, i))
		}
		wants(t, bob.send("JOIN #green"), " 366 bob #green ")
		bob.send("WHO "+stars+"b", "LIST "+stars+"b", "PRIVMSG #green :hello")
		wants(t, ann.take(), "PRIVMSG #green :hello")
		if took := time.Since(begin); took > time.Second { // virtual, so no command may wait
			t.Errorf("took %v", took)
		}
	})
}

// TestAttack60TypingAndReadingAreShownToWhoIsThere: nobody tells a room that they are
// not in what they type, or how far they have read, and nobody sets another's marker.
func TestAttack60TypingAndReadingAreShownToWhoIsThere(t *testing.T) {
	const caps = "message-tags draft/read-marker"
	within(t, guests, func(w *world) {
		ann, eve := w.member("ann", caps), w.member("eve", caps)
		ann.send("JOIN #green", "MARKREAD #green timestamp=2000-01-01T00:00:00.000Z")
		wants(t, eve.send("@+typing=active TAGMSG #green"), " 404 eve #green ")
		wants(t, eve.send("@+typing=active TAGMSG @#green"), " 404 eve @#green ")
		wants(t, eve.send("MARKREAD #green"), "MARKREAD #green *") // as of any name, taken or not
		wants(t, eve.send("MARKREAD #green timestamp=2010-01-01T00:00:00.000Z"), "FAIL MARKREAD INVALID_PARAMS #green ")
		eve.send("MARKREAD ann timestamp=2010-01-01T00:00:00.000Z") // how far she has read herself
		ann.want()
		wants(t, ann.send("MARKREAD #green"), "timestamp=2000-01-01T00:00:00.000Z")
		lacks(t, ann.send("MARKREAD eve"), "2010")
	})
}
