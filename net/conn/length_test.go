package conn_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/net/conn"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// TestNoLineIsLongerThan512Bytes: RFC 2812 2.3, tags not counted, whatever names
// and texts are as long as they may be.
func TestNoLineIsLongerThan512Bytes(t *testing.T) {
	long := func(letter string, n int) string { return strings.Repeat(letter, n) }
	change := func(cfg *conn.Config) {
		cfg.AccountRequired = false
		cfg.Host = func(net.Addr) string { return long("h", 64) }
	}
	within(t, change, func(w *world) {
		nick, room := long("a", 32), "#"+long("r", 63)
		caps := "message-tags echo-message batch draft/channel-rename draft/message-redaction draft/metadata-"
		ann, bob := w.person("ann", caps+"2"), w.person("bob", caps+"3 draft/chathistory draft/event-playback")
		check := func(got []string) (last string) {
			t.Helper()
			for _, line := range append(got, bob.take()...) {
				if i := strings.IndexByte(line, ' '); line[0] == '@' {
					line = line[i+1:]
				}
				if len(line)+2 > irc.MaxBody {
					t.Errorf("%d bytes: %s", len(line)+2, line)
				}
				last = line
			}
			return last
		}
		most := func(command string) int { // the longest text that is not refused
			t.Helper()
			for n := 500; n > 0; n-- {
				if got := check(ann.send(command + long("x", n))); !strings.Contains(got, "417") && !strings.Contains(got, "FAIL") {
					return n
				}
			}
			t.Errorf("nothing is short enough for %s", command)
			return 0
		}
		check(ann.send("NICK "+nick, "JOIN #short", "JOIN "+room))
		check(bob.send("METADATA * SUB "+long("k", 64), "JOIN #short", "JOIN "+room))
		said := most("PRIVMSG #short :")
		for _, target := range []string{room, "bob"} {
			most("PRIVMSG " + target + " :")
			most("NOTICE " + target + " :")
		}
		for _, target := range []string{"#short", room} {
			most("TOPIC " + target + " :")
			check(bob.send("TOPIC "+target, "NAMES "+target, "WHO "+target, "LIST "+target))
		}
		for _, target := range []string{room, "*"} {
			most("METADATA " + target + " SET " + long("k", 64) + " :")
			check(bob.send("METADATA "+room+" SYNC", "METADATA "+room+" LIST", "METADATA "+nick+" LIST", "WHOIS "+nick))
		}
		most("AWAY :")
		most("SETNAME :")
		check(bob.send("PRIVMSG "+nick+" :x", "WHOIS "+nick, "WHO "+nick))
		most("MODE " + room + " +b " + long("n", 32) + "!*@")
		most("MODE " + room + " +bbb " + long("m", 32) + " " + long("o", 32) + "!*@" + long("h", 64) + " ")
		check(bob.send("MODE "+room+" +b", "MODE "+room))
		longer := "#" + long("s", 63)
		most("RENAME #short " + longer + " :")
		check(bob.send("CHATHISTORY LATEST "+longer+" * 100", "CHATHISTORY LATEST "+room+" * 100", "NICK "+long("b", 32)))
		again := bob.send("CHATHISTORY LATEST " + longer + " * 100")
		check(slices.Clone(again))
		for _, line := range again {
			if strings.Contains(line, "PRIVMSG "+longer) {
				said -= len(line) - len(strings.TrimRight(line, "x"))
			}
		}
		if said != 0 {
			t.Errorf("%d bytes of what was said are missing under the longer name of the room", said)
		}
		most("KICK " + longer + " " + long("b", 32) + " :")
		check(bob.send("JOIN " + longer))
		most("INVITE " + long("b", 32) + " " + room)
		most("PART " + longer + " :")
		most("QUIT :")
	})
}
