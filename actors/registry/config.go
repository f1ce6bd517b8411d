package registry

import (
	"cmp"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/room"
	"github.com/greenroom-chat/greenroom/actors/supervise"
	"github.com/greenroom-chat/greenroom/actors/user"
)

// Config is what the registry is given.
type Config struct {
	Records, Journal *actor.PID
	Encode           room.Encoder
	Limits           Limits
	User             user.Limits
	Room             room.Limits
	Now              func() time.Time
	// Children decides about rooms and users that fail; nil: Failing().
	Children *supervise.Backoff
	// RoomOptions and UserOptions are added to the Props of each.
	RoomOptions, UserOptions []actor.PropsOption
}

// Limits of the whole server; a zero field takes its default.
type Limits struct {
	Nick, RoomName int // bytes
	Rooms          int // named rooms, running or not
	Running        int // rooms that have an actor
	Accounts       int
	Certificates   int // of all accounts
	Talks          int // conversations that run
	Users          int
	Past           int           // nicks that are remembered after they were given up; below 0: none
	Parked         int           // commands that wait, in each place where they can
	CoolOff        time.Duration // of a room that failed too often; doubled each time
	MaxCoolOff     time.Duration
	Retry          time.Duration // until names that could not be loaded are asked for again
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Nick:         cmp.Or(l.Nick, 32),
		RoomName:     cmp.Or(l.RoomName, 64),
		Rooms:        cmp.Or(l.Rooms, 100_000),
		Running:      cmp.Or(l.Running, 100_000),
		Accounts:     cmp.Or(l.Accounts, 1_000_000),
		Certificates: cmp.Or(l.Certificates, 50_000),
		Talks:        cmp.Or(l.Talks, 100_000),
		Users:        cmp.Or(l.Users, 200_000),
		Past:         cmp.Or(l.Past, 100),
		Parked:       cmp.Or(l.Parked, 4096),
		CoolOff:      cmp.Or(l.CoolOff, time.Minute),
		MaxCoolOff:   cmp.Or(l.MaxCoolOff, time.Hour),
		Retry:        cmp.Or(l.Retry, time.Second),
	}
}

// Failing restarts a room or user up to 5 times a minute, 100 ms to 5 s apart.
func Failing() *supervise.Backoff {
	return &supervise.Backoff{Base: 100 * time.Millisecond, Max: 5 * time.Second, Window: time.Minute, Limit: 5}
}
