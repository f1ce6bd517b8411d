package main

import "testing"

func TestMemoryIsGivenBackOnceWhenABurstIsOver(t *testing.T) {
	var td tidier
	const mib = 1 << 20
	for i, step := range []struct {
		allocated uint64
		want      bool
	}{
		{40 * mib, false}, // a burst
		{80 * mib, false},
		{80*mib + 1, true}, // it is over
		{80*mib + 2, false},
		{90 * mib, false}, // too little
		{90*mib + 1, false},
		{97 * mib, false},
		{97*mib + 1, true},
	} {
		if got := td.due(step.allocated); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}
