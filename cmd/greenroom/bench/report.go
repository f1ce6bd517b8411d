package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// Report is a run.
type Report struct {
	Options Options
	Rounds  []Round
	Notes   []string // what a reader of the figures should know
}

// Title says in one line what was done.
func (r Report) Title() string {
	o := r.Options
	how := map[bool]string{true: "TLS", false: "plain TCP"}[o.Server.TLS]
	lasting := o.For.String()
	if o.Messages > 0 {
		lasting = comma(o.Messages) + " messages"
	}
	switch o.Workload {
	case Latency:
		return fmt.Sprintf("latency: %g messages/s into a room of %s, %s, %d-byte texts, %s; delays from when each message was due; rounds of %s",
			o.Rate, comma(o.Members), count(o.Senders, "sender"), o.Size, how, lasting)
	case FanOut, Rooms:
		return fmt.Sprintf("%s: %s of %s, %s in each, window %d, %d-byte texts, %s; a message is done when %s; rounds of %s",
			o.Workload, count(o.Rooms, "room"), comma(o.Members), count(o.Senders, "sender"), o.Window, o.Size, how, o.Complete.words(), lasting)
	case Join:
		return fmt.Sprintf("join: %s clients enter one room, %s", comma(o.Members), how)
	case Restart:
		return fmt.Sprintf("restart: %s clients in one room, the server ends and starts again, %s come back at once, %s", comma(o.Members), comma(cmp.Or(o.Window, o.Members)), how)
	case Idle:
		return fmt.Sprintf("idle: %s registered clients, %s, memory after %v", comma(o.Members), how, o.For)
	}
	return fmt.Sprintf("connect: %s clients connect and register, %d at once, %s", comma(o.Members), o.Window, how)
}

func comma(n int) string { return humanize.Comma(int64(n)) }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return comma(n) + " " + what + "s"
}

func (c Completion) words() string {
	if c == Echo {
		return "its sender has it back"
	}
	return "all have it"
}

// Table prints the rounds, and what they have in common, under aligned heads.
func (r Report) Table(w io.Writer, colour bool) {
	if len(r.Rounds) == 0 {
		return
	}
	fmt.Fprintf(w, "%s\n\n", r.Title())
	heads := []string{"", "round"}
	for _, f := range r.Rounds[0].Figures {
		heads = append(heads, f.Head)
	}
	rows := [][]string{heads}
	for _, round := range r.Rounds {
		rows = append(rows, append([]string{round.Target, fmt.Sprint(round.Number)}, cells(round.Figures)...))
	}
	all := summarize(r.Rounds)
	strong := map[int]bool{0: true}
	if r.Options.Rounds > 1 {
		for _, s := range all {
			strong[len(rows)] = true
			rows = append(rows,
				append([]string{s.Target, "least"}, cells(s.Least)...),
				append([]string{"", "median"}, cells(s.Median)...),
				append([]string{"", "spread"}, percent(s.Spread)...))
		}
	}
	for _, ratio := range ratios(all) {
		strong[len(rows)] = true
		rows = append(rows, append([]string{"server ÷ " + ratio.To, "least"}, cells(ratio.Figures)...))
	}
	align(w, rows, strong, colour)
	fmt.Fprintln(w)
	for _, note := range r.Notes {
		fmt.Fprintln(w, "note:", note)
	}
}

func cells(figures []Figure) []string {
	var out []string
	for _, f := range figures {
		out = append(out, f.String())
	}
	return out
}

func percent(figures []Figure) []string {
	var out []string
	for _, f := range figures {
		f.Digits = 0
		out = append(out, strings.TrimSuffix(f.String()+" %", "– %"))
	}
	return out
}

// String is the value as the table has it.
func (f Figure) String() string {
	if math.IsNaN(f.Value) {
		return "–"
	}
	return humanize.FormatFloat("#,###."+strings.Repeat("#", f.Digits), f.Value)
}

const (
	bold  = "\x1b[1m"
	plain = "\x1b[0m"
)

// align puts words to the left and numbers to the right.
func align(w io.Writer, rows [][]string, strong map[int]bool, colour bool) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				line.WriteString(cell + space)
			default:
				line.WriteString("  " + space + cell)
			}
		}
		if text := strings.TrimRight(line.String(), " "); colour && strong[n] {
			fmt.Fprintln(w, bold+text+plain)
		} else {
			fmt.Fprintln(w, text)
		}
	}
}

// JSON prints an object a line: a round, or with kind "least", "median",
// "spread_percent" or "ratio" what rounds have in common.
func (r Report) JSON(w io.Writer) error {
	lines := json.NewEncoder(w)
	put := func(kind, target string, extra map[string]any, figures []Figure) error {
		line := map[string]any{"workload": r.Options.Workload, "kind": kind, "target": target}
		for key, value := range extra {
			line[key] = value
		}
		for _, f := range figures {
			if !math.IsNaN(f.Value) {
				line[f.Key] = f.Value
			}
		}
		return lines.Encode(line)
	}
	for _, round := range r.Rounds {
		if err := put("round", round.Target, map[string]any{"round": round.Number}, round.Figures); err != nil {
			return err
		}
	}
	all := summarize(r.Rounds)
	for _, s := range all {
		for _, row := range []struct {
			kind    string
			figures []Figure
		}{{"least", s.Least}, {"median", s.Median}, {"spread_percent", s.Spread}} {
			if err := put(row.kind, s.Target, nil, row.figures); err != nil {
				return err
			}
		}
	}
	for _, ratio := range ratios(all) {
		if err := put("ratio", "server", map[string]any{"to": ratio.To}, ratio.Figures); err != nil {
			return err
		}
	}
	return nil
}
