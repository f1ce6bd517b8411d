package conn_test

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAttack48ConfusableNamesAreRefusedWhereTheyAreMade: as a nick, an account
// and a room.
func TestAttack48ConfusableNamesAreRefusedWhereTheyAreMade(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "")
		wants(t, ann.send("NICK \u0430nn"), " 432 ann \u0430nn :")
		wants(t, ann.send("REGISTER p\u0430ypal * "+password("ann")), "FAIL REGISTER BAD_ACCOUNT_NAME p\u0430ypal ")
		wants(t, ann.send("JOIN #gr\u0435en"), " 403 ann #gr\u0435en ")
		wants(t, ann.send("NICK \u0430\u043d\u043d\u0430"), " NICK \u0430\u043d\u043d\u0430") // one alphabet
	})
}

// TestAttack47TwinsOfANickAreInUse: in whatever case and width.
func TestAttack47TwinsOfANickAreInUse(t *testing.T) {
	within(t, guests, func(w *world) {
		w.person("Istanbul", "").send("REGISTER Stra\u00dfe * "+password("x"), "JOIN #green")
		eve := w.person("eve", "")
		for _, twin := range []string{"ISTANBUL", "\uff29stanbul", "\u0130stanbul", "\u0131stanbul"} {
			wants(t, eve.send("NICK "+twin), " 433 eve "+twin+" ")
		}
		for _, twin := range []string{"strasse", "STRASSE", "stra\u1e9ee"} {
			wants(t, eve.send("NICK "+twin), " 433 eve "+twin+" ")
			wants(t, eve.send("REGISTER "+twin+" * "+password("x")), "FAIL REGISTER ACCOUNT_EXISTS "+twin+" ")
		}
		wants(t, eve.send("JOIN #GR\uff25EN"), " JOIN #green")
	})
}

// TestAttack49ReservedNamesAreNobodys: nor is a nick that is another's account.
func TestAttack49ReservedNamesAreNobodys(t *testing.T) {
	within(t, guests, func(w *world) {
		w.member("bob", "").send("QUIT")
		eve := w.person("eve", "")
		for _, name := range []string{"NickServ", "server", "GreenRoom"} {
			wants(t, eve.send("NICK "+name), " 432 eve "+name+" ")
			wants(t, eve.send("REGISTER "+name+" * "+password("x")), "FAIL REGISTER BAD_ACCOUNT_NAME "+name+" ")
		}
		wants(t, eve.send("NICK irc.test"), " 432 eve irc.test ") // the server's own name
		wants(t, eve.send("NICK Bob"), " 433 eve Bob ")
	})
}

// TestAttack50ChangeOfCaseLeavesNoGhost: the nick is one before and after, and
// free when its owner has gone.
func TestAttack50ChangeOfCaseLeavesNoGhost(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, eve := w.person("ann", ""), w.person("eve", "")
		ann.send("JOIN #green")
		eve.send("JOIN #green")
		for _, nick := range []string{"ANN", "Ann", "\uff21nn", "ann"} {
			wants(t, ann.send("NICK "+nick), " NICK "+nick)
			wants(t, eve.take(), " NICK "+nick)
			wants(t, eve.send("NICK aNN"), " 433 eve aNN ")
			wants(t, eve.send("WHOIS aNn"), " 311 eve "+nick+" ")
			names := eve.send("NAMES #green")
			wants(t, names, " 353 eve = #green :@"+nick+" eve")
		}
		ann.send("QUIT")
		wants(t, eve.send("NICK Ann"), " NICK Ann")
	})
}

// TestAttack51SeparatorsStayInTheirPlace: neither a path nor a mask nor a key
// can be made of a name.
func TestAttack51SeparatorsStayInTheirPlace(t *testing.T) {
	within(t, guests, func(w *world) {
		eve := w.person("eve", "")
		for _, name := range []string{"../x", "a*", "a?b", "a!b", "a@b", "a,b", "~1", "a|../b", "a\\..\\b"} {
			got := eve.send("REGISTER "+name+" * "+password("x"), "NICK eve")
			wants(t, got, "FAIL REGISTER BAD_ACCOUNT_NAME "+name+" ")
		}
		for _, name := range []string{"#../x", "#a*", "#a?", "#a!b", "#a@b", "#a\\b"} {
			wants(t, eve.send("JOIN "+name), " 403 eve "+name+" ")
		}
	})
}

// TestAttack52WhoHasAFreedNameInheritsNothing: neither what was said to its former
// holder, nor what they were in a room, nor what they told of themselves. The name of
// an account is never freed.
func TestAttack52WhoHasAFreedNameInheritsNothing(t *testing.T) {
	const caps = "message-tags draft/message-redaction draft/chathistory draft/metadata-2 draft/read-marker"
	within(t, guests, func(w *world) {
		ann := w.member("ann", caps)
		eve := w.person("eve", caps)
		eve.send("JOIN #den", "TOPIC #den :hers", "METADATA * SET city :Oslo", "PRIVMSG ann :between us", "PRIVMSG #gone :x", "JOIN #gone", "PRIVMSG #gone :of old")
		ann.send("JOIN #den", "PRIVMSG eve :and back", "PRIVMSG #den :aloud")
		secret := msgidOf(t, eve.take(), "and back")
		eve.send("QUIT")
		time.Sleep(goodbye)
		ann.take()

		heir := w.member("eve", caps)
		for _, line := range []string{"CHATHISTORY LATEST ann * 50", "CHATHISTORY BEFORE ann msgid=" + secret + " 50", "CHATHISTORY TARGETS timestamp=1999-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z 50"} {
			got := heir.send(line)
			if slices.ContainsFunc(got, func(l string) bool { return strings.Contains(l, "PRIVMSG") || strings.Contains(l, " TARGETS ann") }) {
				t.Errorf("%s: %q", line, got)
			}
		}
		lacks(t, heir.send("METADATA * LIST"), "Oslo")
		lacks(t, heir.send("SEARCH text=between"), "between us")
		wants(t, heir.send("REDACT ann "+secret), "FAIL REDACT ")
		heir.send("JOIN #den")
		wants(t, heir.send("NAMES #den"), " :ann eve") // no operator any more
		wants(t, heir.send("MODE #den +t"), " 482 ")
		heir.send("JOIN #gone")
		lacks(t, heir.send("CHATHISTORY LATEST #gone * 50"), "of old")

		ann.send("QUIT")
		time.Sleep(goodbye)
		wants(t, heir.send("NICK ann"), " 433 ")
		other := w.person("other", "")
		wants(t, other.send("REGISTER ann * "+password("other")), "FAIL REGISTER ACCOUNT_EXISTS ann ")
	})
}
