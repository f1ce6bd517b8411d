package client

import (
	"strings"
	"testing"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// take gives a server's line to the drafts.
func (d *drafts) line(t *testing.T, line string) (irc.Message, bool) {
	t.Helper()
	m, err := irc.Parse(line, irc.FromServer)
	if err != nil {
		t.Fatal(err)
	}
	return d.take(m)
}

// TestABatchThatIsNeverEndedIsForgotten when its name is used again: else a
// server could fill what all of them may hold, and no message would be shown whole.
func TestABatchThatIsNeverEndedIsForgotten(t *testing.T) {
	var d drafts
	long := strings.Repeat("x", 400)
	for range 1000 {
		d.line(t, ":ann BATCH +a draft/multiline #ops")
		d.line(t, "@batch=a :ann PRIVMSG #ops :"+long)
	}
	m, whole := d.line(t, "BATCH -a")
	if !whole || m.Command != "PRIVMSG" || m.Param(0) != "#ops" || m.Param(1) != long || d.size != 0 {
		t.Errorf("%v, %+v; %d bytes are held", whole, m, d.size)
	}
}
