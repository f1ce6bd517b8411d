package conn_test

import (
	"slices"
	"testing"
)

func TestOneClientIDForTwoRoomsIsSaidOnceInEach(t *testing.T) {
	within(t, guests, func(w *world) {
		ann := w.person("ann", "message-tags echo-message")
		ann.send("JOIN #a,#b")
		bob := w.person("bob", "message-tags")
		bob.send("JOIN #a")
		cat := w.person("cat", "message-tags")
		cat.send("JOIN #b")
		ann.take()

		const both = "@+greenroom/id=x PRIVMSG #a,#b :hi"
		echoes := sorted(ann.send(both)) // two rooms: in any order
		inA, inB := bob.take(), cat.take()
		if len(inA) != 1 || len(inB) != 1 || !slices.Equal(echoes, sorted(slices.Concat(inA, inB))) {
			t.Errorf("bob was shown %q, cat %q, ann the echoes %q", inA, inB, echoes)
		}
		wants(t, inA, "PRIVMSG #a :hi")
		wants(t, inB, "PRIVMSG #b :hi")

		if again := sorted(ann.send(both)); !slices.Equal(again, echoes) {
			t.Errorf("the echoes were %q, and at the second time %q", echoes, again)
		}
		if again := ann.send("@+greenroom/id=x PRIVMSG #b :hi"); !slices.Equal(again, inB) {
			t.Errorf("the echo in #b was %q, and by itself %q", inB, again)
		}
		if twice := slices.Concat(bob.take(), cat.take()); len(twice) > 0 {
			t.Errorf("shown twice: %q", twice)
		}
	})
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}
