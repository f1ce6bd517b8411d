package supervise

// dispatcher is an actor.Dispatcher: it gives an actor that has mail a goroutine, as protoactor's own
// does, but one whose stack has room from the start.
type dispatcher int

// throughput is after how many messages an actor lets others go on.
const throughput = 300

func (dispatcher) Schedule(work func()) { go Roomy(work) }

func (d dispatcher) Throughput() int { return int(d) }

// Roomy runs work on a goroutine's stack that is large enough for most of what
// actors and connections do. A stack that grows when it is deep has to be
// copied frame by frame: that was a quarter of the server's time with a large
// room.
func Roomy(work func()) {
	grow()
	work()
}

// grow needs more than a goroutine begins with, and nothing of it afterwards.
//
//go:noinline
func grow() {
	var room [2 << 10]byte
	touch(&room)
}

//go:noinline
func touch(room *[2 << 10]byte) { room[0] = 1 }
