package persistence

import (
	"errors"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/journal"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// item is one operation on its way into a commit.
type item struct {
	op   Op
	size int
}

// Limits of one operation. A stored value must stay below the store's 64 KiB,
// with its framing and seal.
const (
	maxRecord = 60 << 10
	maxState  = 60 << 10
	perField  = 16      // what a field may cost beside its bytes
	stubBytes = 2 << 10 // a redaction's own fields, and what it leaves of a record
)

func tooLarge(it item) bool {
	switch op := it.op; {
	case op.Append != nil:
		return weighRecord(&op.Append.Record) > maxRecord || weighState(op.Append.State) > maxState ||
			len(op.Append.ClientID) > maxClientID || it.size > maxRecord+maxState
	default:
		return it.size > maxRecord
	}
}

// weigh estimates from above what an operation adds to a commit.
func weigh(op Op) int {
	switch {
	case op.Append != nil:
		size := weighRecord(&op.Append.Record) + weighState(op.Append.State) + len(op.Append.ClientID) + perField
		if n := op.Append.Name; n != nil {
			size += len(n.Key) + len(n.Name) + 8*perField
		}
		for _, m := range op.Append.Members {
			size += len(m.Account) + perField
		}
		return size
	case op.Create != nil:
		return weighAccount(&op.Create.Account)
	case op.Update != nil:
		return weighAccount(&op.Update.Account)
	case op.Open != nil:
		o := op.Open
		return len(o.Key) + len(o.Name) + len(o.Pair[0]) + len(o.Pair[1]) + weighState(&o.Initial) + 8*perField
	case op.Forget != nil:
		return len(op.Forget.Key) + 4*perField
	case op.Mark != nil:
		return len(op.Mark.Account) + 4*perField
	}
	return perField
}

func weighAccount(a *records.Account) int {
	return len(a.Key) + len(a.Name) + len(a.Password) + 8*perField
}

func weighRecord(r *journal.Record) int {
	size := len(r.Author.ID) + len(r.Author.Nick) + len(r.Author.Username) + len(r.Author.Host) +
		len(r.Author.Account) + len(r.Subject) + len(r.Text) + len(r.Target) + 13*perField
	if r.Kind == journal.Redact {
		size += stubBytes
	}
	size += 3 * len(r.Cuts)
	for _, t := range r.Tags {
		size += len(t.Key) + len(t.Value) + 2*perField
	}
	return size
}

func weighState(s *journal.State) int {
	if s == nil {
		return 0
	}
	size := len(s.Founder) + len(s.Topic) + len(s.TopicBy) + len(s.Modes) + len(s.Key) + 12*perField
	for _, r := range s.Roles {
		size += len(r.Account) + 2*perField
	}
	for _, c := range s.Caught {
		size += len(c.Mask) + len(c.Account) + 3*perField
	}
	for _, list := range [][]journal.Mask{s.Bans, s.Excepts, s.Invites} {
		for _, m := range list {
			size += len(m.Mask) + len(m.By) + 3*perField
		}
	}
	return size
}

// untried tells whether an error of Commit means that nothing was done.
func untried(err error) bool {
	return errors.Is(err, journal.ErrDiskLow) || errors.Is(err, ErrSuspended) || errors.Is(err, ErrClosed)
}

// reason is what those who wait are told of an error of the store; its text
// is for the log.
func reason(err error) error {
	for _, known := range []error{journal.ErrDiskLow, journal.ErrIntegrity, journal.ErrGap} {
		if errors.Is(err, known) {
			return known
		}
	}
	return ask.ErrUnavailable
}
