package repl

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/greenroom-chat/greenroom/net/irc"
	"github.com/greenroom-chat/greenroom/repl/settings"
)

// The rules of what is shown. The files render*.go alone make text of an event.
//
//  1. What people say stands out; all else is dim. One event is one line: time, who, what. Of a message of several
//     lines the others stand below, behind a bar, so that none can pass for a message of somebody else.
//  2. Time is local and of the message, hours and minutes; where the day changes there is a line with the date.
//  3. A nick has the same colour everywhere and always, readable on a light and on a dark ground. Nothing is told by
//     colour alone: NO_COLOR, a file and a pipe show the same words. A line that mentions the user has a "»".
//  4. A line names its room only if that is not the room of the prompt.
//  5. What is about another line (an answer, a reaction, a deletion) quotes as much of it as says which one it is.
//  6. Who comes and goes is shown at once when it is one, and together when it is many.
//  7. What the program itself says begins with "·", a refusal with "!", and both are sentences. What waits to be
//     stored stands above the prompt behind "…", and becomes a message where the server has put it.
//  8. The bell is for who is mentioned or spoken to; nothing else rings.
//  9. All text from the server goes through clean, here and nowhere else, so that it cannot move the cursor, change
//     colours, hide or reorder what others wrote.

const (
	sgrDim  = "2"
	sgrBold = "1"
	sgrRed  = "31"
)

// nickColours of the 256: contrast 3:1 or better against black and against white.
var nickColours = [...]int{
	26, 28, 29, 30, 31, 33, 62, 64, 67, 68, 94, 97, 98, 99, 127, 128, 130, 131, 132, 133, 134, 136, 166, 167, 168, 169,
}

// renderer turns events into lines. It belongs to one goroutine.
type renderer struct {
	look  settings.Look
	zone  *time.Location
	today string          // the day of the last line
	words func() []string // that call for the user; nil: there are none
}

// event renders e, with the room's name when it is not current, and a line with the date when the day has changed.
func (r *renderer) event(e event, current bool) string {
	line := r.dayLine(e.at) + r.quiet(e.at.In(r.zone).Format("15:04")) + " "
	switch {
	case current || e.room == "":
	case isRoom(e.room):
		line += r.quiet(cleanName(e.room)) + " "
	case e.self && e.speech():
		return line + r.nick(e) + r.quiet(" → "+cleanName(e.room)) + "  " + r.speech(e)
	case e.speech():
		return line + r.nick(e) + r.quiet(" → you") + "  " + r.speech(e)
	}
	return line + r.body(e)
}

func (r *renderer) body(e event) string {
	switch e.kind {
	case said:
		return r.nick(e) + r.sign(e, "  ") + r.speech(e)
	case noticed:
		return "-" + r.nick(e) + "-" + r.sign(e, " ") + r.speech(e)
	case acted:
		return "*" + r.sign(e, " ") + r.nick(e) + " " + r.speech(e)
	case reacted, undone, deleted:
		return r.quiet(annotation(e, r.zone))
	case crowded:
		return r.quiet(crowd(e))
	}
	text := clean(e.text)
	switch e.kind {
	case joined:
		return r.quiet("→ " + cleanName(e.nick) + " has joined")
	case left:
		return r.quiet("← " + cleanName(e.nick) + " has left" + because(text))
	case gone:
		return r.quiet("← " + cleanName(e.nick) + " is gone" + because(text))
	case kicked:
		return r.quiet("← " + cleanName(e.nick) + " has removed " + cleanName(e.whom) + because(text))
	case renamed:
		return r.quiet(cleanName(e.nick) + " is now " + cleanName(e.whom))
	case topicSet:
		if text == "" {
			return r.quiet(cleanName(e.nick) + " has cleared the topic")
		}
		return r.quiet(cleanName(e.nick)+" has set the topic: ") + text
	case moded:
		return r.quiet(cleanName(e.nick) + " sets " + text)
	}
	return r.quiet(cleanName(e.nick) + " invites you: /join " + cleanName(e.room))
}

// sign stands between who and what: that the user is mentioned is told by more than a colour.
func (r *renderer) sign(e event, usual string) string {
	if r.called(e) && len(calls(clean(e.text), r.words())) > 0 {
		return " " + r.mention("»") + " "
	}
	return usual
}

// called tells whether an event may call for the user.
func (r *renderer) called(e event) bool { return r.words != nil && !e.self && isRoom(e.room) }

// text is clean text of an event, in which what calls for the user stands out.
func (r *renderer) text(e event, text string) string {
	text = clean(text)
	if !r.called(e) {
		return text
	}
	var b strings.Builder
	at := 0
	for _, c := range calls(text, r.words()) {
		b.WriteString(text[at:c.start] + r.mention(text[c.start:c.end]))
		at = c.end
	}
	return b.String() + text[at:]
}

// speech is what was said: with what it answers, and its further lines behind a bar.
func (r *renderer) speech(e event) string {
	first, rest, more := strings.Cut(e.text, "\n")
	text := r.text(e, first)
	if e.ref != "" {
		text = r.quiet("↪ "+quote(e.about)+":") + " " + text
	}
	n := 0
	for line := range strings.SplitSeq(rest, "\n") {
		switch {
		case !more:
		case n == mostBelow:
			return text + "\n\t" + r.quiet(fmt.Sprintf("│ … and %s", count(strings.Count(rest, "\n")+1-n, "line", "lines")))
		default:
			text += "\n\t" + r.quiet("│") + " " + r.text(e, strings.TrimRight(line, " "))
		}
		n++
	}
	return text
}

// mostBelow of the lines of a message are shown below the first one.
const mostBelow = 100

const dayFormat = "Monday, 2 January 2006"

// dayLine is the date and a line end, if the day is another one than that of the line before.
func (r *renderer) dayLine(at time.Time) string {
	day := at.In(r.zone).Format(dayFormat)
	if day == r.today {
		return ""
	}
	r.today = day
	return r.rule(day) + "\n"
}

// named is an event behind the name that it has in commands.
func (r *renderer) named(name string, e event) string {
	day := r.today
	r.today = e.at.In(r.zone).Format(dayFormat)
	line := r.paint(sgrBold, name) + " " + r.event(e, true)
	r.today = day
	return line
}

// rule is a line that divides; title may be remote text.
func (r *renderer) rule(title string) string {
	return r.quiet("── " + clean(title) + " ──")
}

// info is a sentence of the program's own, which may quote remote text.
func (r *renderer) info(text string) string { return r.quiet("· " + clean(text)) }

// refusal tells what was not done, and why.
func (r *renderer) refusal(text string) string {
	return r.paint(cmp.Or(r.look.Alert, sgrRed), "! ") + clean(text)
}

func (r *renderer) nick(e event) string {
	nick := cleanName(e.nick)
	if e.self {
		return r.paint(cmp.Or(r.look.Self, sgrBold), nick)
	}
	palette := nickColours[:]
	if len(r.look.Nicks) > 0 {
		palette = r.look.Nicks
	}
	h := fnv.New32a()
	h.Write([]byte(irc.Fold(e.nick)))
	return r.paint(fmt.Sprint("38;5;", palette[h.Sum32()%uint32(len(palette))]), nick)
}

// quiet is for what stands back.
func (r *renderer) quiet(text string) string { return r.paint(cmp.Or(r.look.Quiet, sgrDim), text) }

// mention is for what calls for the user.
func (r *renderer) mention(text string) string { return r.paint(cmp.Or(r.look.Mention, sgrBold), text) }

func (r *renderer) paint(sgr, text string) string {
	if !r.look.Colour {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[m"
}

// sentence makes of a server's words a sentence.
func sentence(text string) string {
	text = strings.TrimSpace(clean(text))
	if text == "" {
		return "The server gives no reason."
	}
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if !strings.ContainsAny(text[len(text)-1:], ".!?") {
		text += "."
	}
	return text
}
