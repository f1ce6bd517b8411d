package bench

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far a run is: a bar on a terminal, elsewhere a line now and
// then.
type Progress struct {
	w        io.Writer
	terminal bool
	stage    string
	bar      *progressbar.ProgressBar
	last     time.Time
}

// lineEvery is how often a line is written where there is no terminal.
const lineEvery = 5 * time.Second

// NewProgress writes to w.
func NewProgress(w io.Writer, terminal bool) *Progress {
	return &Progress{w: w, terminal: terminal, last: time.Now()}
}

// Show is for Options.Progress.
func (p *Progress) Show(stage string, done, total int64) {
	if !p.terminal {
		if time.Since(p.last) >= lineEvery {
			p.last = time.Now()
			fmt.Fprintf(p.w, "%s: %d %%\n", stage, 100*done/max(1, total))
		}
		return
	}
	if stage != p.stage {
		p.Clear()
		p.stage = stage
		p.bar = progressbar.NewOptions64(max(1, total), progressbar.OptionSetWriter(p.w),
			progressbar.OptionSetDescription(stage), progressbar.OptionSetWidth(30),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false))
	}
	_ = p.bar.Set64(min(done, max(1, total))) // a bar that cannot be drawn is no reason to stop
}

// Clear removes the bar.
func (p *Progress) Clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
