package conn_test

import "testing"

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
