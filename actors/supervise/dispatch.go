package supervise

// Throughput is after how many messages an actor lets others go on.
const Throughput = 300

// Roomy runs work on a goroutine's stack that is large enough for most of what
// actors and connections do. A stack that grows when it is deep has to be
// copied frame by frame: that was a quarter of the server's time with a large
// room.
func Roomy(work func()) {
	grow(work == nil)
	work()
}

// grow needs more than a goroutine begins with, and nothing of it afterwards.
//
//go:noinline
func grow(use bool) {
	if use { // never; else what is not used would have to be cleared
		var room [6 << 10]byte
		touch(&room)
	}
}

//go:noinline
func touch(room *[6 << 10]byte) { room[0] = 1 }
