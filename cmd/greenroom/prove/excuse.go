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

// excuse finds the fault that a cut follows from; nil: there is none. One that
// names the session comes first, and one that may cut any single connection
// last, as it excuses one cut only.
func excuse(c cut, list []*strike, spent map[int]bool) *strike {
	var all, anyOne *strike
	for _, s := range list {
		if !s.struck || c.at < s.began-heardEarly || c.at > max(s.began, s.over)+heardLate {
			continue
		}
		switch reach(s) {
		case theOneNamed:
			if s.what == c.session {
				return s
			}
		case everybody:
			all = s
		case oneOfThem:
			if anyOne == nil && !spent[s.ID] {
				anyOne = s
			}
		}
	}
	if all != nil || anyOne == nil {
		return all
	}
	spent[anyOne.ID] = true
	return anyOne
}

// whom a fault may cut off, as fault.NewPlan says.
type whom uint8

const (
	nobody whom = iota
	theOneNamed
	oneOfThem
	everybody
)

func reach(s *strike) whom {
	switch s.Kind {
	case fault.Kill, fault.Terminate:
		return everybody
	case fault.Reset:
		return theOneNamed
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

// judgeCuts holds each cut against the faults.
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
