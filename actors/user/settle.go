package user

import (
	"errors"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
	"github.com/greenroom-chat/greenroom/actors/room"
)

// arrival is a user on the way into the rooms that the account is remembered
// in.
type arrival struct {
	asked  uint64       // the number of the question for the rooms; 0: none
	joins  []rejoin     // those that are not answered
	settle []ask.Ticket // who wants to know when it is over
	again  bool         // something was refused that is to be tried again
	tries  int          // that did not bring the user into all of them
	// doubtful: nobody knows what became of one of the Joins.
	doubtful bool
	closed   []string // rooms that the sessions know to be closed for now
}

// rejoin is a Join on the way to a remembered room.
type rejoin struct {
	ref  uint64
	name string
}

// maxRetry is the longest pause between two tries, and how long answers are
// waited for.
const maxRetry = time.Minute

func (a *arrival) over() bool { return a.asked == 0 && len(a.joins) == 0 }

// settleSoon answers when nothing is under way any more.
func (u *user) settleSoon(ctx actor.Context, t ask.Ticket) {
	u.arrival.settle = append(u.arrival.settle, t)
	u.settled(ctx)
}

func (u *user) settled(ctx actor.Context) {
	if !u.arrival.over() || u.leaving() {
		return
	}
	for _, t := range u.arrival.settle {
		ask.Reply(ctx, t, Settled{Ref: t.Ref})
	}
	u.arrival.settle = nil
	if !u.arrival.again {
		u.retry.cancel()
	}
}

// unsettle ends the arrival of an incarnation.
func (u *user) unsettle(ctx actor.Context) {
	for _, t := range u.arrival.settle {
		ask.Refuse(ctx, t, ask.ErrBusy)
	}
	u.arrival = arrival{}
}

// askRooms asks which rooms the account is remembered in.
func (u *user) askRooms(ctx actor.Context) {
	if u.profile.Guest() {
		u.settled(ctx)
		return
	}
	u.arrival.asked, u.arrival.joins, u.arrival.again = u.next(), nil, false
	u.askAgain(ctx, maxRetry)
	ctx.Send(u.Records, records.Memberships{
		Ticket:  ask.Ticket{ReplyTo: ctx.Self(), Ref: u.arrival.asked},
		Account: u.profile.ID,
	})
}

// remembered enters those rooms again. Conversations come when they are used.
func (u *user) remembered(ctx actor.Context, m records.Remembered) {
	if m.Ref != u.arrival.asked || u.arrival.asked == 0 {
		return
	}
	if m.Err != nil {
		u.askLater(ctx, m.Err)
		return
	}
	u.arrival.asked = 0
	free := u.Limits.Rooms - u.roomCount()
	for _, r := range m.List {
		if r.Key == "" || u.place(r.Room) >= 0 || free <= 0 {
			continue
		}
		free--
		t := ask.Ticket{ReplyTo: ctx.Self(), Ref: u.next()}
		u.arrival.joins = append(u.arrival.joins, rejoin{t.Ref, r.Name})
		ctx.Send(u.Registry, Enter{Ticket: t, Name: r.Name, Join: room.Join{Ticket: t, Member: u.member(ctx, room.NoRole), Silent: true}})
	}
	u.settled(ctx)
}

// rejoined: a room has let its member in.
func (u *user) rejoined(ctx actor.Context, ref uint64) {
	if i := u.rejoining(ref); i >= 0 {
		name := u.arrival.joins[i].name
		u.arrival.joins = slices.Delete(u.arrival.joins, i, i+1)
		u.arrival.closed = slices.DeleteFunc(u.arrival.closed, func(closed string) bool { return closed == name })
		u.settled(ctx)
	}
}

// notRejoined: a room has not let its member in, for now or as long as things
// are as they are. It tells whether the answer was to such a Join.
func (u *user) notRejoined(ctx actor.Context, m ask.Refused) bool {
	i := u.rejoining(m.Ref)
	if i < 0 {
		return false
	}
	name := u.arrival.joins[i].name
	u.arrival.joins = slices.Delete(u.arrival.joins, i, i+1)
	if passing(m.Reason) {
		u.tellClosed(ctx, name, m.Reason)
		u.askLater(ctx, m.Reason)
		return true
	}
	u.toSessions(ctx, Barred{Name: name, Reason: m.Reason})
	u.settled(ctx)
	return true
}

// tellClosed says once that a room is closed for a while: who signs in
// meanwhile has not seen how it was lost.
func (u *user) tellClosed(ctx actor.Context, name string, reason error) {
	if errors.Is(reason, room.ErrQuarantined) && !slices.Contains(u.arrival.closed, name) {
		u.arrival.closed = append(u.arrival.closed, name)
		u.toSessions(ctx, Barred{Name: name, Reason: reason})
	}
}

func (u *user) rejoining(ref uint64) int {
	return slices.IndexFunc(u.arrival.joins, func(j rejoin) bool { return j.ref == ref })
}

// passing tells of a refusal whether the room will think otherwise in a while:
// an account stays a member of a room that could not let it in at once. Who is
// already present has asked before a restart, and may yet be refused.
func passing(reason error) bool {
	for _, e := range []error{
		ask.ErrUnknown, ask.ErrBusy, ask.ErrUnavailable, ask.ErrStopping,
		journal.ErrDiskLow, room.ErrQuarantined, room.ErrPresent,
	} {
		if errors.Is(reason, e) {
			return true
		}
	}
	return false
}

// askLater asks for the rooms again, ever more seldom. Should it be this user
// over whom a room fails, then the answer is that nothing is known, and the
// room's budget is spared; what was refused in order is tried sooner.
func (u *user) askLater(ctx actor.Context, reason error) {
	a := &u.arrival
	doubtful := errors.Is(reason, ask.ErrUnknown)
	if !a.again {
		a.again, a.doubtful = true, false
		a.tries = min(a.tries+1, 16)
		u.askAgain(ctx, u.retryAfter(false))
	}
	if doubtful && !a.doubtful {
		a.doubtful = true
		u.askAgain(ctx, u.retryAfter(true))
	}
	a.asked = 0
	u.settled(ctx)
}

// soonerBy: so much sooner is tried again what was refused in order.
const soonerBy = 5

func (u *user) retryAfter(doubtful bool) time.Duration {
	pause := u.Limits.Retry
	if !doubtful {
		pause /= soonerBy
	}
	return min(pause<<(u.arrival.tries-1), maxRetry)
}

func (u *user) askAgain(ctx actor.Context, after time.Duration) {
	n := u.next()
	u.retry.set(ctx, n, after, retryRooms{n})
}

func (u *user) retryRejoin(ctx actor.Context, m retryRooms) {
	if m.number != u.retry.number {
		return
	}
	u.retry.cancel()
	if len(u.sessions) > 0 {
		u.askRooms(ctx)
	}
}
