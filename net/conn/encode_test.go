package conn

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/people"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/net/irc"
)

func event(kind journal.Kind, subject, text string) room.Event {
	return room.Event{
		Room: "#green",
		Record: journal.Record{
			Room: 1, Seq: 2, Time: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC), Kind: kind,
			Author:  journal.Author{Nick: "ann", Username: "a", Host: "h", Account: "Ann"},
			Subject: subject, Text: text, Target: "#green", Tags: []journal.Tag{{Key: "+x", Value: "a b"}},
		},
		Profile: people.Profile{Nick: "ann", Realname: "Ann Person", Account: "Ann"},
	}
}

func TestEventsAreWrittenForEachClass(t *testing.T) {
	const all = classTime | classTags | classAccount | classExtendedJoin
	for _, c := range []struct {
		class room.Class
		event room.Event
		want  string
	}{
		{0, event(journal.Message, "", "hi"), ":ann!a@h PRIVMSG #green :hi"},
		{classTime, event(journal.Message, "", "hi"), "@time=2026-01-02T03:04:05.006Z :ann!a@h PRIVMSG #green :hi"},
		{classTags, event(journal.Message, "", "hi"), `@msgid=0410;+x=a\sb :ann!a@h PRIVMSG #green :hi`},
		{classAccount, event(journal.Notice, "", "hi"), "@account=Ann :ann!a@h NOTICE #green :hi"},
		{all, event(journal.Message, "", ":)"), `@time=2026-01-02T03:04:05.006Z;msgid=0410;account=Ann;+x=a\sb :ann!a@h PRIVMSG #green ::)`},
		{0, event(journal.Join, "", ""), ":ann!a@h JOIN #green"},
		{classExtendedJoin, event(journal.Join, "", ""), ":ann!a@h JOIN #green Ann :Ann Person"},
		{0, event(journal.Part, "", ""), ":ann!a@h PART #green"},
		{0, event(journal.Part, "", "bye all"), ":ann!a@h PART #green :bye all"},
		{0, event(journal.Quit, "", "Quit: bye"), ":ann!a@h QUIT :Quit: bye"},
		{0, event(journal.Kick, "bob", "no more"), ":ann!a@h KICK #green bob :no more"},
		{0, event(journal.Topic, "", ""), ":ann!a@h TOPIC #green :"},
		{0, event(journal.Mode, "", "+ov bob cat"), ":ann!a@h MODE #green +ov bob cat"},
		{0, event(journal.Rename, "anna", ""), ":ann!a@h NICK anna"},
		{all, event(99, "", ""), ""},
	} {
		got := strings.TrimSuffix(string(Encode(nil, c.class, c.event)), "\r\n")
		if got != c.want {
			t.Errorf("class %d\nwant %s\ngot  %s", c.class, c.want, got)
		}
	}
}

func TestNoFieldOfAnEventMakesASecondLine(t *testing.T) {
	const evil = "x\r\nQUIT :\x00"
	for kind := journal.Message; kind <= journal.Redact; kind++ {
		text := evil
		if kind.Said() {
			text = strings.ReplaceAll(evil, "\n", "") // a message may have several, see below
		}
		e := event(kind, evil, text)
		e.Room, e.Record.Target, e.Profile.Realname = evil, evil, evil
		e.Record.Author = journal.Author{Nick: evil, Username: evil, Host: evil, Account: evil}
		e.Record.Tags = []journal.Tag{{Key: "+" + evil, Value: evil}}
		got := string(Encode(nil, classTime|classTags|classAccount|classExtendedJoin|classRedaction, e))
		if strings.Count(got, "\n") != 1 || strings.Count(got, "\r") != 1 || strings.Contains(got, "\x00") {
			t.Errorf("kind %d: %q", kind, got)
		}
	}
}

// TestEveryLineOfAMessageIsOne: whatever its text, a line of it is a message to
// the same target, or the frame of the batch.
func TestEveryLineOfAMessageIsOne(t *testing.T) {
	e := event(journal.Message, "", "x\nQUIT :\r\x00\n:irc.test KILL ann\n@a=b PING\n")
	e.Record.Cuts = []uint16{3}
	for _, class := range []room.Class{0, classTags, classMultiline, classMultiline | classTags} {
		got := string(Encode(nil, class, e))
		for line := range strings.SplitAfterSeq(got, "\r\n") {
			if line == "" {
				continue
			}
			m, err := irc.Parse(line, irc.FromServer)
			framed := class&classMultiline != 0 && m.Command == "BATCH"
			if err != nil || strings.Count(line, "\n") != 1 || m.Nick() != "ann" || !framed && (m.Command != "PRIVMSG" || m.Param(0) != "#green") {
				t.Errorf("class %d: %q (%v)", class, line, err)
			}
		}
	}
}

// BenchmarkEncode writes a message as each of three kinds of clients see it; a
// room does so once for each kind.
func BenchmarkEncode(b *testing.B) {
	e := event(journal.Message, "", "hello, how are you all today? The deploy is out since five minutes")
	for _, class := range []room.Class{0, classTime, classTime | classTags | classAccount} {
		b.Run(fmt.Sprint("class=", class), func(b *testing.B) {
			var line []byte
			b.ReportAllocs()
			for b.Loop() {
				line = Encode(line[:0], class, e)
			}
		})
	}
}
