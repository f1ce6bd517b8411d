package repl

import (
	"strings"
	"testing"
	"time"
)

func TestAFounderCanGovernARoom(t *testing.T) {
	play(t, nil, Options{Rooms: []string{"#ops", "#dev"}}, func(s *scene) {
		s.seen()
		for _, c := range []struct{ line, want string }{
			{"/kick bob enough is enough", "12:00 ← ann has removed bob (enough is enough)\n"},
			{"/kick", "! /kick name [reason]: remove somebody from the room.\n"},
			{"/mode", "· The modes of #ops: +nt\n"},
			{"/mode +o bob", "12:00 ann sets +o bob\n"},
			{"/mode +z", "! Not changed, for z: Is no mode of this server.\n"},
			{"/mode +q", "! Not changed, for q: This mode needs a parameter.\n"},
			{"/invite carol", "· carol is invited to #ops.\n"},
			{"/invite carol #dev", "· carol is invited to #dev.\n"},
			{"/invite nobody", "! Not invited: No such nick.\n"},
			{"/topic #dev ship it", ""},
			{"/topic #dev", "· The topic of #dev: ship it\n"},
			{"/topic #1 priority", "12:00 ann has set the topic: #1 priority\n"},
			{"/nick bob", "! Not changed: Nickname is already in use.\n"},
			{"/msg :x hello", "! Not sent to :x: hello — There is a name in it that cannot be sent.\n· /resend tries it again, /edit changes it first.\n"},
		} {
			if got := s.types(c.line); got != c.want {
				s.Errorf("%s shows\n%swant\n%s", c.line, got, c.want)
			}
		}
	})
}

func TestSomebodyAwayIsSaidToBeSoOnce(t *testing.T) {
	play(t, func(s *stage) { s.away = map[string]string{"bob": "at lunch"} }, ops, func(s *scene) {
		s.seen()
		s.want(s.types("/msg bob hi"), "12:00 ann → bob  hi\n· bob is away: at lunch\n")
		s.want(s.types("/msg bob hello?"), "12:00 ann → bob  hello?\n")
		s.pull(func() { s.away["bob"] = "gone home" })
		s.want(s.types("/msg bob still?"), "12:00 ann → bob  still?\n· bob is away: gone home\n")
	})
}

func TestOurOwnDirectMessagesFromAnotherSessionAreShown(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.seen()
		s.pull(func() { s.store("ann", "PRIVMSG", "bob", "from elsewhere", nil) })
		s.pull(func() {
			log := s.logs["ann bob"]
			s.conns[0].write(log[len(log)-1])
		})
		s.want(s.seen(), "12:00 ann → bob  from elsewhere\n")
		if p := s.prompted(); p != "#ops> " || s.bells > 0 {
			s.Errorf("the prompt is %q, %d bells", p, s.bells)
		}
	})
}

func TestALongOutageCountsDownAndEnterTriesAtOnce(t *testing.T) {
	play(t, nil, ops, func(s *scene) {
		s.says("bob", "#ops", "hi")
		s.seen()
		s.pull(func() { s.down = true })
		s.hangUp()
		time.Sleep(5 * time.Minute)
		s.seen()
		before := s.prompted()
		if !strings.HasPrefix(before, "#ops (offline, next try in ") {
			s.Fatalf("the prompt is %q", before)
		}
		for s.prompted() == before {
			time.Sleep(100 * time.Millisecond)
		}
		dials := s.dials
		if got := s.types(""); s.dials != dials+1 || !strings.Contains(got, "! Nobody answers") {
			s.Errorf("%d more attempts, shown is\n%s", s.dials-dials, got)
		}
		s.pull(func() { s.down = false })
		s.want(s.types(""), "· Connected again.\n")
		if p := s.prompted(); p != "#ops> " {
			s.Errorf("the prompt is %q", p)
		}
	})
}
