package main

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

// machine is what the process may use.
type machine struct {
	processors int
	memory     int64
	files      int // open files
}

// thisMachine looks around. What cannot be seen is taken as unlimited.
func thisMachine() machine {
	m := machine{processors: runtime.GOMAXPROCS(0), memory: math.MaxInt64, files: math.MaxInt32}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.memory = int64(info.Totalram) * int64(info.Unit)
	}
	for _, dir := range cgroups() {
		if n, ok := number(dir + "/memory.max"); ok {
			m.memory = min(m.memory, n)
		}
	}
	var files unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &files) == nil && files.Cur < math.MaxInt32 {
		m.files = int(files.Cur)
	}
	return m
}

// raiseFiles lets the process have so many open files, or as many as it may:
// its own limit goes up to the one that the system sets, and root may raise that.
func raiseFiles(want int) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return // thisMachine cannot see it either
	}
	most := max(limit.Max, uint64(want))
	if unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: most, Max: most}) != nil {
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit.Max, Max: limit.Max}) // what there is then is told at ready
	}
}

// cgroups are the directories of the control groups (version 2) that the
// process is in, of which each may have a limit.
func cgroups() []string {
	const root = "/sys/fs/cgroup"
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	dirs := []string{root}
	for line := range strings.Lines(string(raw)) {
		path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !ok {
			continue
		}
		dir := root
		for _, part := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' }) {
			dir += "/" + part
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func number(file string) (int64, bool) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n, err == nil
}

// memory is how the server is bounded, and what it holds.
type memory struct {
	bounds
	ceiling, limit   int64
	output, commands *pool
}

// planMemory computes the bounds, and has the collector keep the process below
// them and below what the machine has, unless GOMEMLIMIT says otherwise.
func planMemory(l config.Limits, m machine, log zerolog.Logger) memory {
	b := decide(l, m)
	plan := memory{
		bounds: b, ceiling: total(ceiling(l, b)),
		output:   &pool{size: int64(l.SendQueueTotal)},
		commands: &pool{size: int64(l.InFlightTotal)},
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(min(plan.ceiling-programBytes, m.memory/10*9))
	}
	plan.limit = debug.SetMemoryLimit(-1)
	if b.connections < l.Connections {
		log.Warn().Int("configured", l.Connections).Int("connections", b.connections).
			Msg("not all connections can be had: raise the hard limit of open files (ulimit -Hn; with systemd: LimitNOFILE)")
	}
	if plan.ceiling > m.memory {
		log.Warn().Str("memory_ceiling", inMiB(plan.ceiling)).Str("memory", inMiB(m.memory)).
			Msg("this may need more memory than there is: lower limits.connections")
	}
	return plan
}

func inMiB(bytes int64) string { return strconv.FormatInt(bytes>>20, 10) + "MiB" }
