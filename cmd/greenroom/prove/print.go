package prove

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Colours of a terminal.
const (
	plain = ""
	green = "\x1b[32m"
	red   = "\x1b[1;31m"
	faint = "\x1b[2m"
	reset = "\x1b[0m"
)

// textWidth is what a line of prose takes at most.
const textWidth = 78

// printer writes a report as people read it.
type printer struct {
	w      io.Writer
	colour bool
}

// Print writes the report as text.
func (r *Report) Print(w io.Writer, colour bool) {
	p := printer{w, colour}
	p.line("%s", r.Replay)
	p.line("%d people on %d devices, %d rooms, %d conversations", r.People, r.Devices, r.Rooms, r.Conversations)
	p.line("")
	p.faults(r)
	p.counts(r)
	p.promises(r)
	p.breaches(r)
	p.end(r)
}

func (p printer) line(format string, args ...any) {
	fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

func (p printer) paint(colour, text string) string {
	if !p.colour || colour == plain {
		return text
	}
	return colour + text + reset
}

// faults are the plan, with what came of each.
func (p printer) faults(r *Report) {
	p.line("%s", p.paint(faint, fmt.Sprintf("%8s  %-40s %s", "planned", "fault", "struck")))
	for _, f := range r.Faults {
		if !f.Struck && !r.Held && f.At > r.Loaded {
			continue // the load had ended by then
		}
		// The plan's own line, and beside it what happened.
		line := f.Fault.String()
		line += strings.Repeat(" ", max(0, 50-utf8.RuneCountInString(line)))
		if !f.Struck {
			p.line("%s %s", line, p.paint(faint, "did not strike"))
			continue
		}
		p.line("%s %s", line, fmt.Sprintf("%.2fs %s", f.Began.Seconds(), f.What))
	}
	p.line("")
}

func (p printer) counts(r *Report) {
	struck := 0
	for _, k := range r.Kinds {
		struck += k.Struck
	}
	p.row("faults", "%d of %d struck, of %d kinds", struck, len(r.Faults), len(r.Kinds))
	p.row("messages", "%s posted, %s acknowledged (%s sent again), %s refused",
		thousands(r.Posted), thousands(r.Acknowledged), thousands(r.Resolved), thousands(r.Refused))
	if len(r.Why) > 0 {
		var words []string
		for _, code := range slices.Sorted(maps.Keys(r.Why)) {
			words = append(words, fmt.Sprintf("%s %d", code, r.Why[code]))
		}
		p.row("refusals", "%s", strings.Join(words, ", "))
	}
	p.row("deliveries", "%s live, %s lines of history", thousands(r.Deliveries), thousands(r.Histories))
	p.row("connections", "%s, of which %s were cut", thousands(r.Connections), thousands(r.Cut))
	p.row("server", "started %d times; before and after the last load:", r.Starts)
	p.row("", "goroutines %d, %d; actors %d, %d; heap %d, %d MiB", r.Before.Goroutines, r.After.Goroutines,
		r.Before.Actors, r.After.Actors, r.Before.Heap>>20, r.After.Heap>>20)
	p.line("")
}

func (p printer) row(name, format string, args ...any) {
	p.line("%-12s %s", name, fmt.Sprintf(format, args...))
}

func (p printer) promises(r *Report) {
	for _, promise := range r.Promises {
		colour := map[string]string{Held: green, Broken: red, NotDecided: red, NotChecked: faint}[promise.Verdict]
		text := promise.Verdict
		if promise.Why != "" {
			text += ": " + promise.Why
		}
		p.line("%-30s %11s  %s", promise.Promise, thousands(promise.Checks), p.paint(colour, text))
	}
	p.line("")
}

func (p printer) breaches(r *Report) {
	for _, promise := range r.Promises {
		for _, b := range promise.Breaches {
			p.line("%s  %s", p.paint(red, Broken), promise.Promise)
			for _, line := range fold(b.Text, textWidth) {
				p.line("  %s", line)
			}
			for _, line := range b.Around {
				for i, part := range fold(line, textWidth-4) {
					p.line("    %s%s", strings.Repeat(" ", min(i, 1)*11), part)
				}
			}
			p.line("")
		}
		if promise.More > 0 {
			p.line("and %s more of the same promise", thousands(promise.More))
			p.line("")
		}
	}
}

func (p printer) end(r *Report) {
	if r.Held {
		p.line("%s", p.paint(green, "All promises held."))
		if r.Data != "" {
			p.line("The data and server.log are kept in %s.", r.Data)
		}
		return
	}
	switch {
	case r.Failure != "":
		p.line("%s", p.paint(red, "Not proved: "+r.Failure+"."))
	default:
		p.line("%s", p.paint(red, "A promise did not hold.")+" The same plan again:")
		p.line("  %s", r.Replay)
	}
	p.line("The data and server.log are in %s.", r.Data)
}

// thousands groups the digits of a number.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// fold breaks a text at spaces into lines of so many characters.
func fold(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = word
			continue
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// elapsed prints a time of the load.
func elapsed(d time.Duration) string { return d.Round(time.Second).String() }
