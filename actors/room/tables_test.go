package room_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// scene is a room in which ann is operator and bob a member; eve is outside.
type scene struct {
	*world
	pid           *actor.PID
	ann, bob, eve *person
}

func newScene(t *testing.T, opts ...option) *scene {
	t.Helper()
	w := newWorld(t, 1, opts...)
	s := &scene{
		world: w, pid: w.start(),
		ann: w.person("ann", true, plain), bob: w.person("bob", true, plain), eve: w.person("eve", false, plain),
	}
	s.ann.join(s.pid)
	s.s.Run()
	s.bob.join(s.pid)
	s.s.Run()
	return s
}

// send asks as the person's first session and returns the answer.
func (s *scene) send(t *testing.T, p *person, command func(ask.Ticket) any) any {
	t.Helper()
	s.sys.Root.Send(s.pid, command(p.conns[0].ticket()))
	s.s.Run()
	return p.conns[0].answer(t)
}

// mode changes modes as ann; each change is a letter with its sign and
// parameter: "+o bob".
func (s *scene) mode(t *testing.T, p *person, changes ...string) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any {
		return room.SetModes{Ticket: k, User: p.pid, Changes: parse(changes)}
	})
}

func parse(changes []string) []room.ModeChange {
	var list []room.ModeChange
	for _, c := range changes {
		_, param, _ := strings.Cut(c, " ")
		list = append(list, room.ModeChange{Add: c[0] == '+', Mode: c[1], Param: param})
	}
	return list
}

func (s *scene) joinAs(t *testing.T, p *person, key string) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any { return room.Join{Ticket: k, Member: p.member(), Key: key} })
}

func (s *scene) returnAs(t *testing.T, p *person) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any { return room.Join{Ticket: k, Member: p.member(), Silent: true} })
}

func (s *scene) postAs(t *testing.T, p *person) any {
	t.Helper()
	p.post(s.pid, p.conns[0], "words")
	s.s.Run()
	return p.conns[0].answer(t)
}

// whisperAs posts to operators alone.
func (s *scene) whisperAs(t *testing.T, p *person) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any {
		return room.Post{Ticket: k, User: p.pid, Kind: journal.Message, Target: "@#Green", MinRole: room.Operator, Text: "words"}
	})
}

// probeAs asks programs something.
func (s *scene) probeAs(t *testing.T, p *person) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any {
		return room.Post{Ticket: k, User: p.pid, Kind: journal.Message, Target: "#Green", Text: "version", Machine: true}
	})
}

func (s *scene) kickAs(t *testing.T, p *person, nick, reason string) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any {
		return room.Kick{Ticket: k, User: p.pid, Nick: nick, Reason: reason}
	})
}

func (s *scene) topicAs(t *testing.T, p *person, topic string) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any { return room.SetTopic{Ticket: k, User: p.pid, Topic: topic} })
}

func (s *scene) inviteAs(t *testing.T, p, whom *person) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any {
		return room.Invite{Ticket: k, User: p.pid, Invited: whom.pid, Nick: whom.profile.Nick}
	})
}

func (s *scene) historyAs(t *testing.T, p *person) any {
	t.Helper()
	return s.send(t, p, func(k ask.Ticket) any {
		return room.History{Ticket: k, User: p.pid, Query: journal.Query{Where: journal.Latest, Limit: 10}}
	})
}

// TestRefusals: who may do what. What is not refused is answered as declared.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 391)
	for _, test := range []struct {
		name  string
		modes []string
		do    func(t *testing.T, s *scene) any
		want  error
	}{
		{"join twice", nil, func(t *testing.T, s *scene) any { return s.joinAs(t, s.bob, "") }, room.ErrPresent},
		{"join", nil, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, nil},
		{"join, banned", []string{"+b eve"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrBanned},
		{"join, banned in another case", []string{"+b EVE!*@*"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrBanned},
		{"join, banned by host", []string{"+b *@eve.*"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrBanned},
		{"join, banned but excepted", []string{"+b *", "+e eve"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, nil},
		{"join, invite only", []string{"+i"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrInviteOnly},
		{"join, invite only, on the list", []string{"+i", "+I *!*@eve.example"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, nil},
		{"join, key", []string{"+k sesame"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrBadKey},
		{"join, wrong key", []string{"+k sesame"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "poppy") }, room.ErrBadKey},
		{"join, right key", []string{"+k sesame"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "sesame") }, nil},
		{"join, full", []string{"+l 2"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrFull},
		{"join, not full", []string{"+l 3"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, nil},
		{"join, invited past everything", []string{"+i", "+k x", "+l 1", "+b *"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.ann, s.eve)
			return s.joinAs(t, s.eve, "")
		}, nil},
		{"join, banned, invited by a member", []string{"+b eve"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.bob, s.eve)
			return s.joinAs(t, s.eve, "")
		}, room.ErrBanned},
		{"join, key, invited by a member", []string{"+k x"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.bob, s.eve)
			return s.joinAs(t, s.eve, "")
		}, room.ErrBadKey},
		{"join, full, invited by a member", []string{"+l 2"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.bob, s.eve)
			return s.joinAs(t, s.eve, "")
		}, room.ErrFull},
		{"join, +i after a member's invitation", nil, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.bob, s.eve)
			s.mode(t, s.ann, "+i")
			return s.joinAs(t, s.eve, "")
		}, room.ErrInviteOnly},
		{"join, invited, then banned", []string{"+b x"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.ann, s.eve)
			s.mode(t, s.ann, "+b eve")
			return s.joinAs(t, s.eve, "")
		}, room.ErrBanned},
		{"join, invited, then another banned", []string{"+i", "+b eve"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.ann, s.eve)
			s.mode(t, s.ann, "+b zoe")
			return s.joinAs(t, s.eve, "")
		}, nil},
		{"join, invited, banned, invited again", nil, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.ann, s.eve)
			s.mode(t, s.ann, "+b eve")
			s.inviteAs(t, s.ann, s.eve)
			s.inviteAs(t, s.bob, s.eve)
			return s.joinAs(t, s.eve, "")
		}, nil},
		{"an invitation is used up", []string{"+i"}, func(t *testing.T, s *scene) any {
			s.inviteAs(t, s.ann, s.eve)
			s.joinAs(t, s.eve, "")
			s.kickAs(t, s.ann, "eve", "")
			return s.joinAs(t, s.eve, "")
		}, room.ErrInviteOnly},
		{"a member who comes back passes +i, +k and +l", []string{"+i", "+k x", "+l 1"}, func(t *testing.T, s *scene) any { return s.returnAs(t, s.eve) }, nil},
		{"a member who comes back and was banned meanwhile", []string{"+b eve"}, func(t *testing.T, s *scene) any { return s.returnAs(t, s.eve) }, room.ErrBanned},
		{"post", nil, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, nil},
		{"post from outside, +n", nil, func(t *testing.T, s *scene) any { return s.postAs(t, s.eve) }, room.ErrMembersOnly},
		{"post from outside, -n", []string{"-n"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.eve) }, nil},
		{"post from outside, -n+m", []string{"-n", "+m"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.eve) }, room.ErrCannotSpeak},
		{"post from outside, -n, banned", []string{"-n", "+b eve"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.eve) }, room.ErrCannotSpeak},
		{"Attack53: post from outside, secret", []string{"-n", "+s"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.eve) }, room.ErrNotPresent},
		{"post, moderated", []string{"+m"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, room.ErrCannotSpeak},
		{"post, moderated, operator", []string{"+m"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.ann) }, nil},
		{"post, moderated, voice", []string{"+m", "+v bob"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, nil},
		{"post, banned", []string{"+b bob"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, room.ErrCannotSpeak},
		{"post, banned, voice", []string{"+b bob", "+v bob"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, nil},
		{"post, ban lifted", []string{"+b bob"}, func(t *testing.T, s *scene) any {
			s.postAs(t, s.bob)
			s.mode(t, s.ann, "-b bob")
			return s.postAs(t, s.bob)
		}, nil},
		{"join, +R, guest", []string{"+R"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrNeedsAccount},
		{"join, +R, account", []string{"+R"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.person("dan", true, plain), "") }, nil},
		{"join, account banned", []string{"+b a:dan"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.person("dan", true, plain), "") }, room.ErrBanned},
		{"join, a nick like a banned account's", []string{"+b a:eve"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, nil},
		{"join, banned but the account excepted", []string{"+b *", "+e a:dan"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.person("dan", true, plain), "") }, nil},
		{"join, invite only, the account on the list", []string{"+i", "+I a:d?n"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.person("dan", true, plain), "") }, nil},
		{"join, muted", []string{"+b m:eve"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, nil},
		{"join, a mute exception is no other", []string{"+b eve", "+e m:eve"}, func(t *testing.T, s *scene) any { return s.joinAs(t, s.eve, "") }, room.ErrBanned},
		{"post, muted", []string{"+b m:BOB"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, room.ErrCannotSpeak},
		{"post, account muted", []string{"+b m:a:bob"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, room.ErrCannotSpeak},
		{"post, muted, voice", []string{"+b m:bob", "+v bob"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, nil},
		{"post, muted but excepted", []string{"+b m:bob", "+e m:*!~bob@*"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, nil},
		{"post, +M, guest", []string{"-n", "+M"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.eve) }, room.ErrNeedsAccount},
		{"post, +M, guest inside", []string{"+M"}, func(t *testing.T, s *scene) any { s.joinAs(t, s.eve, ""); return s.postAs(t, s.eve) }, room.ErrNeedsAccount},
		{"post, +M, guest with voice", []string{"+M"}, func(t *testing.T, s *scene) any {
			s.joinAs(t, s.eve, "")
			s.mode(t, s.ann, "+v eve")
			return s.postAs(t, s.eve)
		}, nil},
		{"post, +M, account", []string{"+M"}, func(t *testing.T, s *scene) any { return s.postAs(t, s.bob) }, nil},
		{"ask a program, +C, operator", []string{"+C"}, func(t *testing.T, s *scene) any { return s.probeAs(t, s.ann) }, room.ErrNoMachine},
		{"ask a program, -C", nil, func(t *testing.T, s *scene) any { return s.probeAs(t, s.bob) }, nil},
		{"half operators set the topic", []string{"+h bob"}, func(t *testing.T, s *scene) any { return s.topicAs(t, s.bob, "x") }, nil},
		{"half operators kick", []string{"+h bob"}, func(t *testing.T, s *scene) any { s.joinAs(t, s.eve, ""); return s.kickAs(t, s.bob, "eve", "") }, nil},
		{"half operators kick no operator", []string{"+h bob"}, func(t *testing.T, s *scene) any { return s.kickAs(t, s.bob, "ann", "") }, room.ErrNotOperator},
		{"half operators give voice", []string{"+h bob"}, func(t *testing.T, s *scene) any { return s.mode(t, s.bob, "+v bob", "+b eve") }, nil},
		{"Attack57: half operators make no operator", []string{"+h bob"}, func(t *testing.T, s *scene) any { return s.mode(t, s.bob, "+o bob") }, room.ErrNotOperator},
		{"half operators change no flag", []string{"+h bob"}, func(t *testing.T, s *scene) any { return s.mode(t, s.bob, "+m") }, room.ErrNotOperator},
		{"everybody may give up a role", []string{"+v bob"}, func(t *testing.T, s *scene) any { return s.mode(t, s.bob, "-v bob") }, nil},
		{"nobody takes another's voice", []string{"+h bob"}, func(t *testing.T, s *scene) any { s.joinAs(t, s.eve, ""); return s.mode(t, s.eve, "-v bob") }, room.ErrNotOperator},
		{"operators kick operators", []string{"+o bob"}, func(t *testing.T, s *scene) any { return s.kickAs(t, s.bob, "ann", "") }, nil},
		{"post to operators", nil, func(t *testing.T, s *scene) any { return s.whisperAs(t, s.bob) }, nil},
		{"post to operators, moderated", []string{"+m"}, func(t *testing.T, s *scene) any { return s.whisperAs(t, s.bob) }, room.ErrCannotSpeak},
		{"post to operators, voice", []string{"+v bob"}, func(t *testing.T, s *scene) any { return s.whisperAs(t, s.bob) }, nil},
		{"post to operators from outside, -n", []string{"-n"}, func(t *testing.T, s *scene) any { return s.whisperAs(t, s.eve) }, room.ErrCannotSpeak},
		{"post of an event", nil, func(t *testing.T, s *scene) any {
			return s.send(t, s.bob, func(k ask.Ticket) any {
				return room.Post{Ticket: k, User: s.bob.pid, Kind: journal.Kick, Text: "x"}
			})
		}, room.ErrCannotSpeak},
		{"topic", []string{"-t"}, func(t *testing.T, s *scene) any { return s.topicAs(t, s.bob, "x") }, nil},
		{"topic, +t", nil, func(t *testing.T, s *scene) any { return s.topicAs(t, s.bob, "x") }, room.ErrNotOperator},
		{"topic, +t, operator", nil, func(t *testing.T, s *scene) any { return s.topicAs(t, s.ann, "x") }, nil},
		{"topic from outside", []string{"-t"}, func(t *testing.T, s *scene) any { return s.topicAs(t, s.eve, "x") }, room.ErrNotPresent},
		{"topic too long", nil, func(t *testing.T, s *scene) any { return s.topicAs(t, s.ann, long) }, room.ErrTooLong},
		{"kick", nil, func(t *testing.T, s *scene) any { return s.kickAs(t, s.ann, "BOB", "out") }, nil},
		{"kick by a member", nil, func(t *testing.T, s *scene) any { return s.kickAs(t, s.bob, "ann", "") }, room.ErrNotOperator},
		{"kick by an outsider", nil, func(t *testing.T, s *scene) any { return s.kickAs(t, s.eve, "ann", "") }, room.ErrNotPresent},
		{"kick an outsider", nil, func(t *testing.T, s *scene) any { return s.kickAs(t, s.ann, "eve", "") }, room.ErrNoTarget},
		{"kick too long", nil, func(t *testing.T, s *scene) any { return s.kickAs(t, s.ann, "bob", long) }, room.ErrTooLong},
		{"invite", nil, func(t *testing.T, s *scene) any { return s.inviteAs(t, s.bob, s.eve) }, nil},
		{"invite, +i", []string{"+i"}, func(t *testing.T, s *scene) any { return s.inviteAs(t, s.bob, s.eve) }, room.ErrNotOperator},
		{"invite who is here", nil, func(t *testing.T, s *scene) any { return s.inviteAs(t, s.ann, s.bob) }, room.ErrPresent},
		{"invite from outside", nil, func(t *testing.T, s *scene) any { return s.inviteAs(t, s.eve, s.eve) }, room.ErrNotPresent},
		{"history", nil, func(t *testing.T, s *scene) any { return s.historyAs(t, s.bob) }, nil},
		{"Attack54: history from outside", nil, func(t *testing.T, s *scene) any { return s.historyAs(t, s.eve) }, room.ErrNotPresent},
		{"Attack55: history after a kick", nil, func(t *testing.T, s *scene) any {
			s.kickAs(t, s.ann, "bob", "")
			return s.historyAs(t, s.bob)
		}, room.ErrNotPresent},
		{"Attack54: a secret room from outside", []string{"+s"}, func(t *testing.T, s *scene) any {
			return s.send(t, s.eve, func(k ask.Ticket) any { return room.Describe{Ticket: k, User: s.eve.pid} })
		}, room.ErrNotPresent},
		{"Attack54: lists of a secret room from outside", []string{"+s"}, func(t *testing.T, s *scene) any { return s.mode(t, s.eve, "+b") }, room.ErrNotPresent},
		{"leave", nil, func(t *testing.T, s *scene) any {
			return s.send(t, s.bob, func(k ask.Ticket) any { return room.Leave{Ticket: k, User: s.bob.pid, Kind: journal.Part} })
		}, nil},
		{"leave from outside", nil, func(t *testing.T, s *scene) any {
			return s.send(t, s.eve, func(k ask.Ticket) any { return room.Leave{Ticket: k, User: s.eve.pid, Kind: journal.Part} })
		}, room.ErrNotPresent},
		{"nobody", nil, func(t *testing.T, s *scene) any {
			return s.send(t, s.eve, func(k ask.Ticket) any { return room.Leave{Ticket: k, Kind: journal.Part} })
		}, room.ErrNotPresent},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			if test.modes != nil {
				if got := s.mode(t, s.ann, test.modes...); reflect.TypeOf(got) != reflect.TypeFor[room.Done]() {
					t.Fatalf("modes: %#v", got)
				}
			}
			var got error
			if r, ok := test.do(t, s).(ask.Refused); ok {
				got = r.Reason
			}
			if !errors.Is(got, test.want) {
				t.Errorf("refused for %v, want %v", got, test.want)
			}
		})
	}
}
