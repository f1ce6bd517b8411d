package room

import (
	"runtime"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/supervise"
)

// Config is what a room is given when it is spawned.
type Config struct {
	Key, Name string        // canonical and as shown; both empty in a conversation
	Pair      [2]string     // of a conversation: the IDs of the two, ascending
	People    [2]*actor.PID // their user actors, in the order of Pair; nil: not there
	Founder   string        // account key of who makes the room; empty for guests

	Journal, Records, Registry *actor.PID

	Encode Encoder
	Now    func() time.Time
	Limits Limits
}

// Limits bound what a room keeps; a zero field takes its default.
type Limits struct {
	Topic, Kick int // bytes
	Key         int // bytes of the +k key
	List        int // entries of each of +b, +e, +I, and of pending invitations
	Whispers    int // posts to roles, in a row, by those who have none
	Changes     int // mode changes in one command
	Parked      int // commands that wait while the room is not ready
	RelayAt     int // above so many members sessions are served by relays
	RelaySize   int // sessions of one relay
	HoldAt      int // from so many sessions on, what is stored waits for what is being stored
	Recorded    int // up to so many members JOIN, PART, QUIT and NICK are recorded

	Gather time.Duration // how long a restarted room waits for its members
	Retry  time.Duration // between attempts to load the room
	Change time.Duration // after which a state change counts as lost

	// Delivery is how long the machine is reckoned to be busy with showing
	// something to one session: a room rests for so long per session after
	// each bulletin. The default is 40 µs of one core.
	Delivery time.Duration
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&l.Topic, 390}, {&l.Kick, 390}, {&l.Key, 32}, {&l.List, 60}, {&l.Changes, 50}, {&l.Whispers, 200},
		{&l.Parked, 4096}, {&l.RelayAt, 4000}, {&l.RelaySize, 1000}, {&l.HoldAt, 16}, {&l.Recorded, 500},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&l.Gather, 5 * time.Second}, {&l.Retry, time.Second}, {&l.Change, 45 * time.Second},
		{&l.Delivery, 40 * time.Microsecond / time.Duration(runtime.GOMAXPROCS(0))},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return l
}

// Props makes a room for the registry to spawn. Relays that fail are stopped,
// and replaced by the room itself.
func Props(cfg Config, legacy *Legacy, opts ...actor.PropsOption) *actor.Props {
	opts = append([]actor.PropsOption{
		actor.WithSupervisor(supervise.Stopping()), actor.WithReceiverMiddleware(legacy.note),
	}, opts...)
	return supervise.Props(New(cfg, legacy), opts...)
}
