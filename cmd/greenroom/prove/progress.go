package prove

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// lineEvery is how often a line is written where there is no terminal.
const lineEvery = 5 * time.Second

// Bar returns a Config.Show that draws a bar on a terminal of that width, and
// a function that takes it away.
func Bar(w io.Writer, width int, colour bool) (show func(Progress), done func()) {
	const ends = 26 // what the bar itself takes
	var bar *progressbar.ProgressBar
	show = func(p Progress) {
		if bar == nil {
			bar = progressbar.NewOptions64(p.For.Milliseconds(), progressbar.OptionSetWriter(w),
				progressbar.OptionSetWidth(ends-8), progressbar.OptionEnableColorCodes(colour), progressbar.OptionClearOnFinish(),
				progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionShowDescriptionAtLineEnd(),
				progressbar.OptionUseANSICodes(true), progressbar.OptionSetTheme(progressbar.ThemeASCII))
		}
		text := p.String()
		bar.Describe(text[:min(len(text), max(0, width-ends))])
		_ = bar.Set64(min(p.Elapsed.Milliseconds(), p.For.Milliseconds()-1)) // full, it would say that all is over
	}
	return show, func() {
		if bar != nil {
			_ = bar.Clear()
		}
	}
}

// Lines returns a Config.Show that writes a line every few seconds, and
// whenever another phase begins.
func Lines(w io.Writer) func(Progress) {
	var last time.Time
	phase := ""
	return func(p Progress) {
		if p.Phase == phase && time.Since(last) < lineEvery {
			return
		}
		last, phase = time.Now(), p.Phase
		fmt.Fprintln(w, p)
	}
}

// String is the progress in a line.
func (p Progress) String() string {
	text := p.Phase
	if p.Posted > 0 {
		text = fmt.Sprintf("%s  %s/%s  %s posted  %s stored  %d/%d faults", p.Phase, elapsed(p.Elapsed), elapsed(p.For),
			thousands(p.Posted), thousands(p.Acked), p.Struck, p.Planned)
	}
	if p.Broken {
		text += "  a promise broke"
	}
	return text
}
