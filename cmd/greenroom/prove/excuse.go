package prove

import (
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/fault"
)

// cut is a connection that has ended though its member wanted to stay.
type cut struct {
	session string
	at      time.Duration
	why     string
}

// What is heard of a fault comes by another way than its consequences do: this
// much earlier or later they still belong to it.
const (
	heardEarly = 500 * time.Millisecond
	heardLate  = 5 * time.Second
)

// excuse finds the fault that a cut follows from; nil: there is none. A fault
// of one connection excuses one cut.
func excuse(c cut, list []*strike, spent map[int]bool) *strike {
	for _, s := range list {
		if !s.struck || c.at < s.began-heardEarly || c.at > max(s.began, s.over)+heardLate {
			continue
		}
		switch reach(s) {
		case everybody:
			return s
		case oneOfThem:
			if spent[s.ID] || s.Kind == fault.Reset && s.what != c.session {
				continue
			}
			spent[s.ID] = true
			return s
		}
	}
	return nil
}

// whom a fault may cut off, as fault.NewPlan says.
type whom uint8

const (
	nobody whom = iota
	oneOfThem
	everybody
)

func reach(s *strike) whom {
	switch s.Kind {
	case fault.Kill, fault.Terminate:
		return everybody
	case fault.Reset:
		return oneOfThem
	case fault.PanicBefore, fault.PanicAfter, fault.CrashLoop:
		switch s.Target {
		case fault.Registry, fault.Net:
			return everybody
		case fault.Conn:
			return oneOfThem
		}
	}
	return nobody
}

// judgeCuts holds each cut against the faults. Those of one connection are
// looked at first to last, so that an exact match is not lost to another.
func (t *trial) judgeCuts() {
	t.mu.Lock()
	defer t.mu.Unlock()
	spent := map[int]bool{}
	for _, c := range t.cuts {
		t.ledger.held(uncut, 1)
		if excuse(c, t.strikes.list, spent) == nil {
			t.ledger.broke(uncut, "%s was cut at %s with no fault to blame: %s", c.session, t.ledger.clock(c.at), c.why)
		}
	}
}
