package prove

import (
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

func TestACutIsExcusedByAFaultOnlyAsFarAsThatReaches(t *testing.T) {
	struck := func(id int, kind fault.Kind, target, what string, at time.Duration) *strike {
		return &strike{Fault: fault.Fault{ID: id, Kind: kind, Target: target}, struck: true, what: what, began: at, over: at}
	}
	const now, long = time.Minute, time.Hour
	conn := struck(1, fault.PanicAfter, fault.Conn, "conn.flush", now)
	reset := struck(2, fault.Reset, "7", "m01/2", now)
	for name, c := range map[string]struct {
		list []*strike
		cuts []cut
		want []int // the fault that each follows from; 0: none
	}{
		"by nothing":          {nil, []cut{{session: "m01/2", at: now}}, []int{0}},
		"by another reset":    {[]*strike{reset}, []cut{{session: "m03/1", at: now}}, []int{0}},
		"one connection once": {[]*strike{conn}, []cut{{session: "m03/1", at: now}, {session: "m04/1", at: now}}, []int{1, 0}},
		"the reset has its own": {[]*strike{conn, reset},
			[]cut{{session: "m01/2", at: now}, {session: "m03/1", at: now}}, []int{2, 1}},
		"everybody": {[]*strike{conn, struck(3, fault.Kill, "", "server", now)},
			[]cut{{session: "m01/2", at: now}, {session: "m03/1", at: now}}, []int{3, 3}},
		"too late":   {[]*strike{struck(3, fault.Kill, "", "server", now)}, []cut{{session: "m01/2", at: long}}, []int{0}},
		"a room":     {[]*strike{struck(3, fault.PanicBefore, fault.Room, "room.Post", now)}, []cut{{session: "m01/2", at: now}}, []int{0}},
		"not struck": {[]*strike{{Fault: fault.Fault{ID: 3, Kind: fault.Kill}}}, []cut{{session: "m01/2", at: 0}}, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			spent := map[int]bool{}
			for i, x := range c.cuts {
				got := 0
				if s := excuse(x, c.list, spent); s != nil {
					got = s.ID
				}
				if got != c.want[i] {
					t.Errorf("%s is excused by %d, want %d", x.session, got, c.want[i])
				}
			}
		})
	}
}
