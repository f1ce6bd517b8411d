package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// clockTick is the unit of /proc/PID/stat on every architecture (USER_HZ).
const clockTick = 10 * time.Millisecond

// ReadUsage asks the system what a process has used. Its CPU time comes from the
// process's own clock, to the nanosecond; where that cannot be read, from
// /proc/PID/stat, in clock ticks.
func ReadUsage(pid int) (Usage, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	status, err := os.ReadFile(dir + "/status")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Usage{}, fmt.Errorf("there is no process %d here; --pid wants that of the server, on this machine", pid)
	case err != nil:
		return Usage{}, fmt.Errorf("read the server's memory: %w", err)
	}
	var u Usage
	if u.RSS, u.Peak, err = parseStatus(status); err != nil {
		return Usage{}, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	var spent unix.Timespec
	if unix.ClockGettime(processClock(pid), &spent) == nil {
		u.CPU, u.Step = time.Duration(spent.Nano()), 1
		return u, nil
	}
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return Usage{}, fmt.Errorf("read the server's CPU time: %w", err)
	}
	ticks, err := parseStat(stat)
	if err != nil {
		return Usage{}, fmt.Errorf("read the CPU time of process %d: %w", pid, err)
	}
	u.CPU, u.Step = time.Duration(ticks)*clockTick, 2*clockTick // two counts, each cut off
	return u, nil
}

// processClock is the CPU clock of a process, as clock_getcpuclockid(3) makes it.
func processClock(pid int) int32 {
	const scheduled = 2
	return ^int32(pid)<<3 | scheduled
}
