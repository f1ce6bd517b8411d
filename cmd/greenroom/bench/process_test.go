package bench

import "testing"

func TestStatIsReadWhateverTheProcessIsCalled(t *testing.T) {
	const rest = " S 1 30138 30138 0 -1 4194304 105 0 0 0 250 17 3 4 20 0 1 0 1248037 3133440 418 0 0"
	for _, c := range []struct {
		name, stat string
		want       int64
		ok         bool
	}{
		{"plain", "301 (ngircd)" + rest, 267, true},
		{"spaces", "301 (tmux: server)" + rest, 267, true},
		{"parentheses", "301 (a) R 9 (b))" + rest, 267, true},
		{"cut short", "301 (ngircd) S 1 2 3", 0, false},
		{"empty", "", 0, false},
		{"no numbers", "301 (x) S 1 2 3 4 5 6 7 8 9 10 a b c d e", 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseStat([]byte(c.stat))
			if got != c.want || (err == nil) != c.ok {
				t.Errorf("%d ticks, %v", got, err)
			}
		})
	}
}

func TestStatusIsReadForMemoryAndItsPeak(t *testing.T) {
	for _, c := range []struct {
		name, status string
		rss, peak    int64
		ok           bool
	}{
		{"as it is", "Name:\tx\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t4\n", 1 << 20, 2 << 20, true},
		{"a process that has ended", "Name:\tx\nState:\tZ (zombie)\nThreads:\t1\n", 0, 0, false},
		{"another unit", "VmHWM:\t1 MB\nVmRSS:\t1 MB\n", 0, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rss, peak, err := parseStatus([]byte(c.status))
			if rss != c.rss || peak != c.peak || (err == nil) != c.ok {
				t.Errorf("%d and %d bytes, %v", rss, peak, err)
			}
		})
	}
}
