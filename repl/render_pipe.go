package repl

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// pipeLine is an event for a program that reads it: time, room, nick, text. Only what people say has one.
func pipeLine(e event) string {
	if !e.speech() {
		return ""
	}
	text := clean(e.text)
	if e.kind == acted {
		text = "* " + text
	}
	return strings.Join([]string{irc.FormatTime(e.at), cleanName(e.room), cleanName(e.nick), text}, " ")
}

// jsonLine is an event as a JSON object. The text is as it was sent: JSON escapes what a terminal would obey.
func jsonLine(e event) string {
	line, err := json.Marshal(struct {
		Type kind   `json:"type"`
		Time string `json:"time"`
		Room string `json:"room,omitempty"`
		Nick string `json:"nick"`
		Whom string `json:"whom,omitempty"`
		Text string `json:"text,omitempty"`
		Ref  string `json:"ref,omitempty"`
		ID   string `json:"id,omitempty"`
		Self bool   `json:"self,omitempty"`
	}{e.kind, irc.FormatTime(e.at), e.room, e.nick, e.whom, e.text, e.ref, e.id, e.self})
	if err != nil {
		panic(err) // strings and a bool can always be marshalled
	}
	return escapeRest(string(line))
}

// escapeRest escapes what encoding/json leaves as it is and a terminal may obey: DEL, C1 and what hides or reorders.
func escapeRest(line string) string {
	var b strings.Builder
	for _, r := range line {
		switch {
		case !unicode.IsControl(r) && !hides(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := (r-0x10000)>>10+0xD800, (r-0x10000)&0x3FF+0xDC00
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
