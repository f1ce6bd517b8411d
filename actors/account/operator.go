package account

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/ask"
	"github.com/greenroom-chat/greenroom/actors/records"
)

// Operator is somebody who may become an operator of the server. Password is
// an Argon2id hash; plain text is hashed at the start.
type Operator struct {
	Name     string
	Password Secret
}

type (
	// Operate asks to become an operator of the server; answered by Operating.
	Operate struct {
		ask.Ticket
		Name     string
		Password Secret
		Remote   string
	}
	// Operating answers Operate.
	Operating struct{ Ref uint64 }
)

// operatorHashes are the passwords of the operators by name.
func operatorHashes(list []Operator, hash hasher) map[string]records.Hash {
	known := make(map[string]records.Hash, len(list))
	for _, o := range list {
		if stored := o.Password.reveal(); strings.HasPrefix(stored, "$argon2id$") {
			known[o.Name] = records.Hash(stored)
		} else {
			known[o.Name] = hash.hash(o.Password)
		}
	}
	return known
}

// operate checks a password as for a login, also in time: whether there is an
// operator of that name cannot be told.
func (a *account) operate(ctx actor.Context, m Operate) {
	key := "operator " + m.Name // no account can be called that
	if m.Password == "" || len(m.Password) > MaxPassword || len(m.Name) > maxOperatorName {
		ask.Refuse(ctx, m.Ticket, ErrDenied)
		return
	}
	if reason := a.mustWait(key, m.Remote); reason != nil {
		ask.Refuse(ctx, m.Ticket, reason)
		return
	}
	j := &job{Ticket: m.Ticket, operator: true, key: key, password: m.Password, remote: m.Remote}
	if stored, known := a.rules.operators[m.Name]; known {
		j.account = records.Account{Key: key, Password: stored}
	}
	if a.begin(ctx, j) {
		a.enqueue(ctx, j)
	}
}

// maxOperatorName is the longest name that is looked at, in bytes.
const maxOperatorName = 64
