package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/net/irc"
)

func TestPostReturnsOnlyAfterItsOwnEcho(t *testing.T) {
	c := mustDial(t, func(f *fake) {
		f.guest()
		m := f.want("PRIVMSG #a :hi")
		if m.Tag(irc.TagClientID) != "x1" {
			t.Errorf("client id %q", m.Tag(irc.TagClientID))
		}
		f.say("@msgid=other;time=2026-01-02T03:04:05.006Z :bob!u@h PRIVMSG #a :hi")
		f.say("@label=" + m.Tag("label") + ";msgid=m1;time=2026-01-02T03:04:05.007Z :ann!u@h PRIVMSG #a :hi")
		f.lines.Scan()
	})
	r, err := c.Post(t.Context(), "#a", "hi", "x1")
	if err != nil || r.MsgID != "m1" || irc.FormatTime(r.Time) != "2026-01-02T03:04:05.007Z" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestPostPassesOverNotesBeforeTheEcho(t *testing.T) {
	c := mustDial(t, func(f *fake) {
		f.guest()
		label := f.want("PRIVMSG #a :hi").Tag("label")
		f.say("@label="+label+" BATCH +1 labeled-response", "@batch=1;msgid=not-this NOTE PRIVMSG SLOW #a :Slow down",
			"@batch=1;msgid=m1 :ann!u@h PRIVMSG #a :hi", "BATCH -1")
		f.lines.Scan()
	})
	if r, err := c.Post(t.Context(), "#a", "hi", ""); err != nil || r.MsgID != "m1" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestAnAnswerThatCameBeforeTheEndIsGiven(t *testing.T) {
	for range 50 {
		c := newClient(deaf{strings.NewReader("")}, Options{})
		r := c.newRequest()
		c.gather(r, irc.New("PRIVMSG", "#a", "x"))
		c.complete(r)
		_ = c.Close()
		if got, err := c.wait(t.Context(), r); err != nil || len(got) != 1 {
			t.Fatalf("got %v, %v", got, err)
		}
	}
}

func TestPostFails(t *testing.T) {
	answers := map[string]struct {
		line string
		want error
	}{
		"refused":      {"FAIL PRIVMSG UNKNOWN #a :Perhaps", ErrUnknown},
		"numeric":      {":s 404 ann #a :Cannot send", &Fail{}},
		"acknowledged": {":s ACK", ErrNoEcho},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			c := mustDial(t, func(f *fake) {
				f.guest()
				f.say("@label=" + f.want("PRIVMSG").Tag("label") + " " + answer.line)
				f.lines.Scan()
			})
			_, err := c.Post(t.Context(), "#a", "hi", "")
			var fail *Fail
			if !errors.Is(err, answer.want) && !(errors.As(err, &fail) && fail.Code == "404" && fail.Context[0] == "#a") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestManyPostsAreUnderWayAtOnce(t *testing.T) {
	const posts = 20
	c := mustDial(t, func(f *fake) {
		f.guest()
		var got []irc.Message
		for range posts {
			got = append(got, f.want("PRIVMSG"))
		}
		slices.Reverse(got)
		for _, m := range got {
			f.say("@label=" + m.Tag("label") + ";msgid=for-" + m.Last() + " :ann!u@h PRIVMSG #a :" + m.Last())
		}
		f.lines.Scan()
	})
	var all sync.WaitGroup
	for i := range posts {
		all.Go(func() {
			r, err := c.Post(t.Context(), "#a", fmt.Sprint(i), "")
			if err != nil || r.MsgID != fmt.Sprint("for-", i) {
				t.Errorf("post %d: %+v, %v", i, r, err)
			}
		})
	}
	all.Wait()
}

func TestALineThatCannotBeSaidIsRefusedHere(t *testing.T) {
	c := mustDial(t, func(f *fake) { f.guest(); f.lines.Scan() })
	if _, err := c.Post(t.Context(), "#a", "two\nlines", ""); !errors.Is(err, irc.ErrBadParam) {
		t.Errorf("got %v", err)
	}
}

func TestRepliesInBatchesAreGatheredWhateverComesBetween(t *testing.T) {
	c, err := dial(t, Options{}, func(f *fake) {
		f.guest()
		m := f.want("CHATHISTORY LATEST #a * 10")
		f.say("@label="+m.Tag("label")+" :s BATCH +1 chathistory #a",
			"@batch=1;msgid=a :bob PRIVMSG #a :one",
			":bob PRIVMSG #a :live",
			"@batch=1 BATCH +2 x.example/nested #a", "@batch=2 :bob PRIVMSG #a :two", "@batch=1 BATCH -2",
			"BATCH +9 netjoin", "@batch=9 :eve JOIN #a", "BATCH -9",
			"@batch=1;msgid=c :bob PRIVMSG #a :three",
			":s BATCH -1")
		f.lines.Scan()
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.History(t.Context(), "#a", Latest(), 10)
	var texts []string
	for _, m := range got {
		texts = append(texts, m.Command+" "+m.Last())
	}
	want := []string{"PRIVMSG one", "BATCH #a", "PRIVMSG two", "BATCH -2", "PRIVMSG three"}
	if err != nil || !slices.Equal(texts, want) {
		t.Errorf("got %q, %v", texts, err)
	}
	var events []string
	for range 7 {
		m := <-c.Events()
		events = append(events, m.Command)
	}
	if want := []string{"001", "005", "422", "PRIVMSG", "BATCH", "JOIN", "BATCH"}; !slices.Equal(events, want) {
		t.Errorf("events %q", events)
	}
}

func TestSelectorsAreWordedAsTheSpecificationSays(t *testing.T) {
	at := AtTime(time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC))
	for want, s := range map[string]Selector{
		"LATEST #a *": Latest(), "LATEST #a msgid=x": LatestSince(AtID("x")),
		"BEFORE #a timestamp=2026-01-02T03:04:05.006Z": Before(at), "AFTER #a msgid=x": After(AtID("x")),
		"AROUND #a msgid=x": Around(AtID("x")), "BETWEEN #a msgid=x msgid=y": Between(AtID("x"), AtID("y")),
	} {
		c := mustDial(t, func(f *fake) {
			f.guest()
			m := f.want("CHATHISTORY " + want + " 5")
			f.say("@label="+m.Tag("label")+" BATCH +1 chathistory #a", "BATCH -1")
			f.lines.Scan()
		})
		if got, err := c.History(t.Context(), "#a", s, 5); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
}

func TestTargetsAreRead(t *testing.T) {
	c := mustDial(t, func(f *fake) {
		f.guest()
		m := f.want("CHATHISTORY TARGETS timestamp=2026-01-01T00:00:00.000Z timestamp=2026-01-02T00:00:00.000Z 10")
		f.say("@label="+m.Tag("label")+" BATCH +1 draft/chathistory-targets", "@batch=1 CHATHISTORY TARGETS bob 2026-01-01T01:00:00.000Z", "BATCH -1")
		f.lines.Scan()
	})
	day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	got, err := c.Targets(t.Context(), day, day.AddDate(0, 0, 1), 10)
	if err != nil || len(got) != 1 || got[0] != (Target{"bob", day.Add(time.Hour)}) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestRefusalsInABatchAreErrorsAndTheRestIsThere(t *testing.T) {
	c := mustDial(t, func(f *fake) {
		f.guest()
		m := f.want("JOIN #a,#b")
		f.say("@label="+m.Tag("label")+" BATCH +1 labeled-response", "@batch=1 :ann JOIN #a", "@batch=1 :s 475 ann #b :Key", "BATCH -1")
		f.lines.Scan()
	})
	got, err := c.Join(t.Context(), "#a,#b", "")
	var fail *Fail
	if len(got) != 2 || !errors.As(err, &fail) || fail.Code != "475" || fail.Command != "JOIN" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAReplyAfterTheAskerLeftIsAnEvent(t *testing.T) {
	left := make(chan struct{})
	c, err := dial(t, Options{}, func(f *fake) {
		f.guest()
		m := f.want("PRIVMSG")
		<-left
		f.say("@label=" + m.Tag("label") + " :ann PRIVMSG #a :late")
		f.lines.Scan()
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Post(ctx, "#a", "late", ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(left)
	for m := range c.Events() {
		if m.Last() == "late" {
			return
		}
	}
	t.Error("the echo is lost")
}

func TestAMessageOfSeveralLinesIsOneMessage(t *testing.T) {
	var ours []string
	script := func(f *fake) {
		f.want("CAP LS 302")
		f.say(":s CAP * LS :" + allCaps + " draft/multiline=max-bytes=4096,max-lines=3")
		f.say(":s CAP * ACK :" + f.want("CAP REQ").Last())
		f.welcome()
		open := f.want("BATCH +m draft/multiline #a")
		if open.Tag(irc.TagClientID) != "x1" || open.Tag("+draft/reply") != "r" {
			t.Errorf("tags %v", open.Tags)
		}
		for f.lines.Scan() {
			ours = append(ours, f.lines.Text())
			if strings.HasPrefix(f.lines.Text(), "BATCH -m") {
				break
			}
		}
		f.say(":bob!u@h BATCH +B draft/multiline #a", "@label="+open.Tag("label")+";msgid=m1 :ann!u@h BATCH +M draft/multiline #a",
			"@batch=B :bob!u@h PRIVMSG #a :not ours", "@batch=M :ann!u@h PRIVMSG #a :one", "@batch=M :ann!u@h PRIVMSG #a :", "@batch=M :ann!u@h PRIVMSG #a :tw",
			"@batch=M;draft/multiline-concat :ann!u@h PRIVMSG #a :o", ":ann!u@h BATCH -M", ":bob!u@h BATCH -B", ":bob!u@h PRIVMSG #a :after")
		m := f.want("CHATHISTORY")
		f.say("@label="+m.Tag("label")+" BATCH +h chathistory #a", "@batch=h;msgid=m2 :bob!u@h BATCH +N draft/multiline #a",
			"@batch=N :bob!u@h PRIVMSG #a :old", "@batch=N :bob!u@h PRIVMSG #a :lines", "@batch=h BATCH -N", "BATCH -h")
		f.lines.Scan()
	}
	c, err := dial(t, Options{Caps: []string{irc.CapMultiline}}, script)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan irc.Message, 2)
	go func() {
		for m := range c.Events() {
			if m.Command == "PRIVMSG" {
				got <- m
			}
		}
	}()
	r, err := c.PostLines(t.Context(), "#a", "one\n\nthree", 4, "x1", irc.Tags{{Key: "+draft/reply", Value: "r"}})
	if err != nil || r.MsgID != "m1" || r.Echo.Param(1) != "one\n\ntwo" {
		t.Errorf("the receipt is %+v, %v", r, err)
	}
	want := []string{"@batch=m PRIVMSG #a :one", "@batch=m PRIVMSG #a :", "@batch=m PRIVMSG #a :thre", "@batch=m;draft/multiline-concat PRIVMSG #a :e", "BATCH -m"}
	if !slices.Equal(ours, want) {
		t.Errorf("sent is %q", ours)
	}
	for _, want := range []string{"not ours", "after"} {
		if m := <-got; m.Param(1) != want {
			t.Errorf("%q arrives, want %q", m.Param(1), want)
		}
	}
	old, err := c.History(t.Context(), "#a", Latest(), 5)
	if err != nil || len(old) != 1 || old[0].Param(1) != "old\nlines" || old[0].Tag("msgid") != "m2" {
		t.Errorf("the history is %v, %v", old, err)
	}
}

func TestAPageThatEndedEarlyIsToldByALineOfTheServersOwn(t *testing.T) {
	said := irc.Message{Source: "bob!b@host", Command: "NOTICE", Params: []string{"#a", "hm"}}
	end := irc.Message{Source: "irc.test", Command: "NOTICE", Params: []string{"#a", "nothing for a while"}}
	topic := irc.Message{Source: "irc.test", Command: "TOPIC", Params: []string{"#a", "x"}}
	if Elided(nil) || Elided([]irc.Message{said, topic}) || !Elided([]irc.Message{end, said}) || !Elided([]irc.Message{said, end}) {
		t.Error("it is not told")
	}
}
