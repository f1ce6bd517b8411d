package prove

import (
	"fmt"
	"time"
)

// promise is something that holds whatever goes wrong.
type promise string

// The promises, in the order of the report.
const (
	stored         promise = "acknowledged: stored once"
	shown          promise = "shown to all who stayed"
	refusedNowhere promise = "refused: nowhere"
	resolved       promise = "unknown: sent again, once"
	ordered        promise = "one order, live and stored"
	linear         promise = "order of a log (porcupine)"
	dense          promise = "no holes, store verifies"
	answered       promise = "one answer to a command"
	uncut          promise = "nobody cut but by a fault"
	returned       promise = "back to the start"
	ended          promise = "ends in order, no own panic"
)

// promises lists them. Those that are vital have been checked in every run
// that is worth anything.
var promises = []struct {
	promise
	vital bool
}{
	{stored, true}, {shown, true}, {refusedNowhere, false}, {resolved, false}, {ordered, true}, {linear, true},
	{dense, true}, {answered, true}, {uncut, true}, {returned, true}, {ended, true},
}

// verdict is what is known of a promise.
type verdict struct {
	checks    int
	breaches  []breach // the first of them
	more      int
	undecided string // why it could not be decided
}

// breach is a promise broken.
type breach struct {
	at   time.Duration
	text string
	in   *place // where, if it is about a message
	seq  uint64
}

// mostBreaches are kept of a promise: the first ones explain the others.
const mostBreaches = 3

func (l *ledger) verdict(of promise) *verdict {
	v := l.verdicts[of]
	if v == nil {
		v = &verdict{}
		l.verdicts[of] = v
	}
	return v
}

// checked counts what held or did not.
func (l *ledger) checked(of promise, n int) { l.verdict(of).checks += n }

// breach notes that a promise is broken; the caller holds the lock.
func (l *ledger) breach(of promise, in *place, seq uint64, format string, args ...any) {
	if l.interrupted != nil && l.interrupted() {
		return
	}
	v := l.verdict(of)
	if len(v.breaches) == mostBreaches {
		v.more++
		return
	}
	v.breaches = append(v.breaches, breach{at: l.now(), text: fmt.Sprintf(format, args...), in: in, seq: seq})
	if l.breached != nil {
		l.breached()
	}
}

// broke is breach for those who do not hold the lock.
func (l *ledger) broke(of promise, format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breach(of, nil, 0, format, args...)
}

// interruptedWhen is asked at each breach, so that none comes before the news.
func (l *ledger) interruptedWhen(givenUp func() bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.interrupted = givenUp
}

// held counts checks for those who do not hold the lock.
func (l *ledger) held(of promise, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.checked(of, n)
}

// undecided notes that a promise could not be checked.
func (l *ledger) undecided(of promise, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.verdict(of).undecided = why
}
