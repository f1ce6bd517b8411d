package conn_test

import (
	"strings"
	"testing"
)

// TestADeviceIsToldAtItsJoinHowFarTheOthersHaveRead: one that comes beside
// others, and one that comes when nobody is there any more (ircv3 read-marker:
// "MUST be sent before the RPL_ENDOFNAMES reply").
func TestADeviceIsToldAtItsJoinHowFarTheOthersHaveRead(t *testing.T) {
	const marker = "MARKREAD #green timestamp=2000-01-01T00:00:00.000Z"
	within(t, nil, func(w *world) {
		ann := w.member("ann", "draft/read-marker")
		ann.send("JOIN #green")
		wants(t, ann.send("MARKREAD #green timestamp=2000-01-01T00:00:00.000Z"), marker)
		arrive := func(caps string) []string {
			return w.dial("ann").send("CAP REQ :sasl "+caps, "NICK ann", "USER ann 0 * :Ann",
				"AUTHENTICATE PLAIN", "AUTHENTICATE "+plain("", "ann", password("ann")), "CAP END")
		}
		beside := arrive("draft/read-marker")
		old := arrive("batch")
		for _, c := range w.clients {
			c.sock.Close()
		}
		alone := arrive("draft/read-marker")
		for _, got := range [][]string{beside, alone} {
			wants(t, got, marker)
			all := strings.Join(got, "\n")
			if join, mark, end := strings.Index(all, " JOIN #green"), strings.Index(all, marker), strings.Index(all, " 366 "); join > mark || mark > end {
				t.Errorf("in the order of %q", got)
			}
		}
		lacks(t, old, "MARKREAD")
	})
}
