package user_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/greenroom-chat/greenroom/actors/actortest"
	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/user"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOnlySoManySessions(t *testing.T) {
	onStage(t, account, func(s *stage) {
		for range 3 {
			p, _ := s.session(account)
			last[user.Welcome](t, p)
		}
		p, _ := s.session(account)
		if r := last[ask.Refused](t, p); r.Reason != user.ErrTooManySessions {
			t.Errorf("refused with %v", r.Reason)
		}
		if n := last[user.Status](t, s.registry).Sessions; n != 3 {
			t.Errorf("%d sessions are reported", n)
		}
	})
}

func TestOnlySoManyRooms(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		conn, pid := s.session(guest)
		s.enter(1)
		s.tell(user.Join{Ticket: s.ticket(pid), Name: "#2", Key: "k"})
		if e := last[user.Enter](t, s.registry); !e.Make || e.Join.Key != "k" || e.Founder != "" || len(e.Join.Member.Sessions) != 1 {
			t.Errorf("asked for %v", e)
		}
		s.enter(2)
		s.tell(user.Join{Ticket: s.ticket(pid), Name: "#3"})
		if r := last[ask.Refused](t, conn); r.Reason != user.ErrTooManyRooms || r.Ref != s.ref {
			t.Errorf("refused with %v", r)
		}
	})
}

func TestRoomsLearnOfEverySession(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, one := s.session(guest)
		r, _ := s.enter(1)
		_, two := s.session(guest)
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 2 {
			t.Errorf("a session came: %v", m.Sessions)
		}
		s.tell(user.Reclass{Session: room.Session{Conn: two, Class: 77}})
		if m := last[room.Attach](t, r).Member; m.Sessions[1].Class != 77 {
			t.Errorf("its class changed: %v", m.Sessions)
		}
		s.sys.Root.Stop(one)
		synctest.Wait()
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 1 || !m.Sessions[0].Conn.Equal(two) {
			t.Errorf("one has ended: %v", m.Sessions)
		}
		none[room.Leave](t, r)
		s.tell(user.Detach{Conn: two, Reason: "bye"})
		if m := last[room.Leave](t, r); m.Kind != journal.Quit || m.Reason != "bye" || m.Once == 0 {
			t.Errorf("the last has gone: %v", m)
		}
	})
}

func TestJoinThatIsStoredAfterTheLastSessionHasGoneIsTakenBack(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, conn := s.session(guest)
		s.tell(user.Detach{Conn: conn})
		r, pid := actortest.NewProbe(s.sys)
		s.tell(room.Membership{Room: pid, No: 1, Name: "#1", In: true})
		if m := last[room.Leave](t, r); m.Kind != journal.Quit {
			t.Errorf("left by %v", m)
		}
	})
}

// TestSessionThatReturnsWhileRoomsAreLeft: the rooms are entered again, but
// only when all have let the user go; one that is silent is waited for only so
// long.
func TestSessionThatReturnsWhileRoomsAreLeft(t *testing.T) {
	for _, answers := range []bool{true, false} {
		onStage(t, account, func(s *stage) {
			_, pid := s.session(account)
			first := last[records.Memberships](t, s.records)
			s.tell(records.Remembered{Ref: first.Ref})
			r, _ := s.enter(1)
			s.tell(user.Detach{Conn: pid, Reason: "bye"})
			leave := last[room.Leave](t, r)
			s.records.Take()
			s.registry.Take()
			s.session(account)
			none[records.Memberships](t, s.records)
			none[room.Attach](t, r)
			if answers {
				s.tell(room.Left{Ref: leave.Ref})
			} else {
				s.pass(6 * time.Second)
			}
			again := last[records.Memberships](t, s.records)
			s.tell(records.Remembered{Ref: again.Ref, List: []records.Membership{
				{Room: 9, Pair: [2]string{"ann", "bob"}}, {Room: 1, Key: "#1", Name: "#1"},
			}})
			entered := actortest.Of[user.Enter](s.registry)
			if len(entered) != 1 || entered[0].Name != "#1" || entered[0].Make || !entered[0].Join.Silent {
				t.Errorf("entered %v", entered)
			}
		})
	}
}

func TestSettledMeansThatEveryRememberedRoomHasAnswered(t *testing.T) {
	onStage(t, account, func(s *stage) {
		conn, pid := s.session(account)
		s.tell(user.Settle{Ticket: s.ticket(pid)})
		s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref, List: []records.Membership{
			{Room: 1, Key: "#1", Name: "#1"}, {Room: 2, Key: "#2", Name: "#2"},
		}})
		entered := actortest.Of[user.Enter](s.registry)
		s.tell(room.Joined{Ref: entered[0].Ref})
		none[user.Settled](t, conn)
		s.tell(ask.Refused{Ref: entered[1].Ref, Reason: room.ErrBanned})
		if m := last[user.Settled](t, conn); m.Ref != s.ref {
			t.Errorf("settled %v", m)
		}
		r, _ := s.enter(1)
		s.tell(user.Detach{Conn: pid})
		back, backPID := s.session(account)
		s.tell(user.Settle{Ticket: s.ticket(backPID)})
		none[user.Settled](t, back)
		s.records.Take()
		s.tell(room.Left{Ref: last[room.Leave](t, r).Ref})
		none[user.Settled](t, back)
		s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref})
		last[user.Settled](t, back)
	})
}

func TestRoomThatRefusesToLetGoKeepsTheUserWhoReturns(t *testing.T) {
	onStage(t, account, func(s *stage) {
		_, pid := s.session(account)
		r, _ := s.enter(1)
		s.tell(user.Detach{Conn: pid})
		leave := last[room.Leave](t, r)
		_, back := s.session(account)
		s.tell(ask.Refused{Ref: leave.Ref, Reason: ask.ErrBusy})
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 1 || !m.Sessions[0].Conn.Equal(back) {
			t.Errorf("attached with %v", m.Sessions)
		}
	})
}

func TestUserIsBusyUntilItsRoomsHaveAnswered(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		_, pid := s.session(guest)
		r, _ := s.enter(1)
		asker, me := actortest.NewProbe(s.sys)
		s.tell(user.Detach{Conn: pid})
		s.tell(user.Retire{Ticket: s.ticket(me)})
		if a := last[user.Resting](t, asker); !a.Busy || a.Sessions != 0 {
			t.Errorf("while leaving: %v", a)
		}
		s.registry.Take()
		s.tell(room.Left{Ref: last[room.Leave](t, r).Ref})
		last[user.Status](t, s.registry)
		s.tell(user.Retire{Ticket: s.ticket(me)})
		if a := last[user.Resting](t, asker); a.Busy {
			t.Errorf("afterwards: %v", a)
		}
	})
}

func TestRoomsAreAskedForUntilStorageAnswers(t *testing.T) {
	onStage(t, account, func(s *stage) {
		s.session(account)
		for _, failure := range []func(ref uint64) any{
			func(ref uint64) any { return records.Remembered{Ref: ref, Err: ask.ErrUnavailable} },
			func(ref uint64) any { return ask.Refused{Ref: ref, Reason: ask.ErrBusy} },
		} {
			m := last[records.Memberships](t, s.records)
			s.records.Take()
			s.tell(failure(m.Ref))
			none[records.Memberships](t, s.records)
			s.pass(11 * time.Second)
			last[records.Memberships](t, s.records)
		}
	})
}

// Found by prove: the disk was low for half a second at the sign-in, and the
// member stayed outside for good.
func TestRememberedRoomThatCannotLetThemInNowIsEnteredLater(t *testing.T) {
	onStage(t, account, func(s *stage) {
		conn, _ := s.session(account)
		memory := []records.Membership{{Room: 1, Key: "#1", Name: "#1"}}
		for _, reason := range []error{journal.ErrDiskLow, ask.ErrUnavailable, ask.ErrBusy, ask.ErrUnknown, room.ErrPresent, ask.ErrStopping} {
			s.registry.Take()
			s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref, List: memory})
			s.tell(ask.Refused{Ref: last[user.Enter](t, s.registry).Ref, Reason: reason})
			s.records.Take()
			s.pass(time.Minute)
		}
		s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref, List: memory})
		none[user.Barred](t, conn)
		s.tell(ask.Refused{Ref: last[user.Enter](t, s.registry).Ref, Reason: room.ErrBanned})
		if got := last[user.Barred](t, conn); got != (user.Barred{Name: "#1", Reason: room.ErrBanned}) {
			t.Errorf("the session was told %v", got)
		}
		s.records.Take()
		s.pass(time.Minute)
		none[records.Memberships](t, s.records)
	})
}

// A room over which somebody crashes it answers that nothing is known: that is
// tried again less often than what is refused in order.
func TestARefusedRoomIsTriedAgainSoonerThanADoubtfulOne(t *testing.T) {
	for reason, pause := range map[error]time.Duration{journal.ErrDiskLow: time.Second, ask.ErrUnknown: 5 * time.Second} {
		t.Run(reason.Error(), func(t *testing.T) {
			onStage(t, account, func(s *stage) {
				s.session(account)
				for range 3 {
					s.tell(records.Remembered{
						Ref:  last[records.Memberships](t, s.records).Ref,
						List: []records.Membership{{Room: 1, Key: "#1", Name: "#1"}, {Room: 2, Key: "#2", Name: "#2"}},
					})
					joins := actortest.Of[user.Enter](s.registry)
					s.registry.Take()
					s.records.Take()
					s.tell(ask.Refused{Ref: joins[0].Ref, Reason: ask.ErrBusy})
					s.tell(ask.Refused{Ref: joins[1].Ref, Reason: reason})
					s.pass(pause - time.Millisecond)
					none[records.Memberships](t, s.records)
					s.pass(time.Millisecond)
					pause *= 2
				}
				last[records.Memberships](t, s.records)
			})
		})
	}
}

func TestWhoSignsInIsToldOnceThatARememberedRoomIsClosed(t *testing.T) {
	onStage(t, account, func(s *stage) {
		conn, _ := s.session(account)
		answer := func(reason error) {
			s.registry.Take()
			s.tell(records.Remembered{
				Ref:  last[records.Memberships](t, s.records).Ref,
				List: []records.Membership{{Room: 1, Key: "#1", Name: "#1"}},
			})
			if reason == nil {
				s.tell(room.Joined{Ref: last[user.Enter](t, s.registry).Ref})
				return
			}
			s.tell(ask.Refused{Ref: last[user.Enter](t, s.registry).Ref, Reason: reason})
			s.records.Take()
			s.pass(time.Minute)
		}
		answer(ask.ErrUnknown)
		none[user.Barred](t, conn)
		answer(room.ErrQuarantined)
		if got := last[user.Barred](t, conn); got != (user.Barred{Name: "#1", Reason: room.ErrQuarantined}) {
			t.Errorf("the session was told %v", got)
		}
		conn.Take()
		answer(room.ErrQuarantined)
		none[user.Barred](t, conn)
		second, _ := s.session(account)
		answer(room.ErrQuarantined)
		if got := last[user.Barred](t, second); got.Name != "#1" {
			t.Errorf("a session that came later was told %v", got)
		}
		answer(nil)
	})
}

// TestRoomThatNeverAnswersIsAskedAgain: its answer may have been lost with it.
func TestRoomThatNeverAnswersIsAskedAgain(t *testing.T) {
	onStage(t, account, func(s *stage) {
		s.session(account)
		memory := []records.Membership{{Room: 1, Key: "#1", Name: "#1"}}
		s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref, List: memory})
		lost := last[user.Enter](t, s.registry).Ref
		s.records.Take()
		s.pass(time.Minute)
		s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref, List: memory})
		s.tell(room.Joined{Ref: lost})
		s.tell(room.Joined{Ref: last[user.Enter](t, s.registry).Ref})
		s.records.Take()
		s.pass(10 * time.Minute)
		none[records.Memberships](t, s.records)
	})
}

func TestConversationKeepsAUserWithoutSessions(t *testing.T) {
	onStage(t, account, func(s *stage) {
		r, pid := actortest.NewProbe(s.sys)
		s.tell(room.Up{Room: pid, No: 5, Conversation: true})
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 0 || m.Profile != account {
			t.Errorf("attached with %v", m)
		}
		s.tell(room.Membership{Room: pid, No: 5, In: true})
		_, conn := s.session(account)
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 1 {
			t.Errorf("a session came: %v", m)
		}
		s.tell(user.Detach{Conn: conn})
		last[room.Leave](t, r)
		asker, me := actortest.NewProbe(s.sys)
		s.tell(user.Retire{Ticket: s.ticket(me)})
		if a := last[user.Resting](t, asker); a.Busy {
			t.Error("busy with a conversation, which does not answer")
		}
		s.session(account)
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 1 {
			t.Errorf("another came: %v", m)
		}
	})
}

func TestRestartedRoomFindsItsMembers(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		s.session(guest)
		r, pid := s.enter(1)
		s.tell(room.Membership{Room: pid, No: 1, Name: "#1", In: true, Role: room.Operator})
		s.tell(room.Up{Room: pid, No: 1})
		if m := last[room.Attach](t, r).Member; m.Role != room.Operator || len(m.Sessions) != 1 {
			t.Errorf("attached as %v", m)
		}
		s.tell(room.Membership{Room: pid, No: 1})
		s.tell(room.Up{Room: pid, No: 1})
		if a := last[room.Absent](t, r); !a.User.Equal(s.pid) {
			t.Errorf("absent: %v", a)
		}
	})
}

// TestRestartedRoomGetsNoSessionOfAUserWhoQuits: it would let it in, and throw
// it out again when it comes to the quit. It enters by the Join that follows.
func TestRestartedRoomGetsNoSessionOfAUserWhoQuits(t *testing.T) {
	onStage(t, account, func(s *stage) {
		_, conn := s.session(account)
		s.tell(records.Remembered{Ref: last[records.Memberships](t, s.records).Ref})
		r, pid := s.enter(1)
		s.tell(user.Detach{Conn: conn, Reason: "bye"})
		s.session(account)
		s.tell(room.Up{Room: pid, No: 1})
		if m := last[room.Attach](t, r).Member; len(m.Sessions) != 0 {
			t.Errorf("attached with %v", m.Sessions)
		}
	})
}

func TestClosedRoomIsSentNothingUntilItIsBack(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		conn, me := s.session(guest)
		r, pid := s.enter(1)
		s.tell(user.RoomLost{Room: pid, Name: "#1"})
		last[user.RoomLost](t, conn)
		s.tell(user.SetAway{Ticket: s.ticket(me), Text: "tea"})
		later, second := s.session(guest)
		if got := last[user.Barred](t, later); got != (user.Barred{Name: "#1", Reason: room.ErrQuarantined}) {
			t.Errorf("a session that came later was told %v", got)
		}
		if got := r.Take(); len(got) > 0 {
			t.Errorf("sent %v", got)
		}
		back, backPID := actortest.NewProbe(s.sys)
		s.tell(room.Up{Room: backPID, No: 1})
		if m := last[room.Attach](t, back).Member; len(m.Sessions) != 2 || m.Profile.Away != "tea" {
			t.Errorf("attached as %v", m)
		}
		s.tell(user.Detach{Conn: second})
		last[room.Attach](t, back)
	})
}

func TestInvitationsReachEverySession(t *testing.T) {
	onStage(t, guest, func(s *stage) {
		one, _ := s.session(guest)
		two, _ := s.session(guest)
		s.tell(room.Invited{Room: "#1"})
		if n := slices.Concat(actortest.Of[room.Invited](one), actortest.Of[room.Invited](two)); len(n) != 2 {
			t.Errorf("%d were told", len(n))
		}
	})
}
