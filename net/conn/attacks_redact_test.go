package conn_test

import (
	"strings"
	"testing"
)

// msgidOf is the msgid of the first line that holds the text.
func msgidOf(t *testing.T, lines []string, text string) string {
	t.Helper()
	for _, l := range lines {
		if _, after, ok := strings.Cut(l, "msgid="); ok && strings.Contains(l, text) {
			return after[:strings.IndexAny(after, "; ")]
		}
	}
	t.Fatalf("no line with a msgid holds %q:\n%s", text, strings.Join(lines, "\n"))
	return ""
}

// TestAttack56NobodyRedactsBeyondWhatIsTheirs: not another's message, nor by way of a
// room where one may do all a message of a room where one may not.
func TestAttack56NobodyRedactsBeyondWhatIsTheirs(t *testing.T) {
	within(t, guests, func(w *world) {
		ann, bob := w.pair("message-tags draft/message-redaction")
		eve := w.person("eve", "message-tags draft/message-redaction")
		ann.send("PRIVMSG #green :mine")
		id := msgidOf(t, bob.take(), "mine")
		ann.send("PRIVMSG eve :between us")
		private := msgidOf(t, eve.take(), "between us")
		// Her own message has the place in her room that Ann's has in another.
		eve.send("JOIN #eve", "PRIVMSG #eve :hers", "PRIVMSG #eve :hers", "PRIVMSG #eve :hers")
		for _, try := range []struct {
			by         *client
			line, want string
		}{
			{bob, "REDACT #green " + id, "REDACT_FORBIDDEN #green " + id},
			{eve, "REDACT #green " + id, "INVALID_TARGET #green"},
			{eve, "REDACT #eve " + id, "UNKNOWN_MSGID #eve " + id},
			{eve, "REDACT #eve " + private, "UNKNOWN_MSGID #eve " + private},
			{eve, "REDACT ann " + private, "REDACT_FORBIDDEN ann " + private},
			{eve, "REDACT ann " + id, "UNKNOWN_MSGID ann " + id},
			{bob, "REDACT ann " + private, "UNKNOWN_MSGID ann " + private},
			{bob, "REDACT eve " + private, "UNKNOWN_MSGID eve " + private},
		} {
			if got := try.by.send(try.line); len(got) != 1 || !strings.Contains(got[0], "FAIL REDACT "+try.want+" :") {
				t.Errorf("%s %s: %q", try.by.name, try.line, got)
			}
		}
		if got := eve.send("CHATHISTORY LATEST #eve * 9"); len(got) != 3 {
			t.Errorf("of eve's messages there are %q", got)
		}
		wants(t, bob.send("CHATHISTORY LATEST #green * 1"), "PRIVMSG #green :mine")
		wants(t, eve.send("CHATHISTORY LATEST ann * 1"), "PRIVMSG eve :between us")
	})
}
