package bench

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has used so far.
type Usage struct {
	CPU       time.Duration // user and system, all threads, also those that have ended
	Step      time.Duration // no two times of CPU are nearer than that
	RSS, Peak int64         // bytes of memory now, and the most it was
}

// parseStat reads user and system time from /proc/PID/stat, in clock ticks. The
// second word, the name, may hold spaces and parentheses.
func parseStat(stat []byte) (ticks int64, err error) {
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("%d fields in a stat that has 52", len(fields))
	}
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("a time in stat: %w", err)
		}
		ticks += n
	}
	return ticks, nil
}

// parseStatus reads resident memory and its peak from /proc/PID/status.
func parseStatus(status []byte) (rss, peak int64, err error) {
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		to := map[string]*int64{"VmRSS": &rss, "VmHWM": &peak}[name]
		if to == nil {
			continue
		}
		number, unit, _ := strings.Cut(strings.TrimSpace(value), " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || unit != "kB" {
			return 0, 0, fmt.Errorf("memory in status: %q", value)
		}
		*to = n << 10
	}
	if rss == 0 || peak == 0 {
		return 0, 0, fmt.Errorf("no VmRSS and VmHWM in status: the process has ended")
	}
	return rss, peak, nil
}
