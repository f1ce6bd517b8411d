package account

import "github.com/greenroom-chat/greenroom/actors/records"

// Renew replaces what can change while the server runs. Who is an operator stays
// one until they leave; a verifier that was kept stays where it is. Not answered.
type Renew struct {
	Operators []Operator
	Closed    bool // nobody may register
	Scram     bool // keep verifiers for SCRAM-SHA-256, and take proofs
}

// rules are what is in force, for all incarnations.
type rules struct {
	operators map[string]records.Hash
	closed    bool
	scram     bool
}

func (r *rules) renew(m Renew, hash hasher) {
	*r = rules{operatorHashes(m.Operators, hash), m.Closed, m.Scram}
}

// rounds are those of the verifiers that are made.
func (r *rules) rounds(cost cost) int {
	switch {
	case !r.scram:
		return 0
	case cost == testCost:
		return testRounds
	}
	return strongRounds
}

func (a *account) renew(m Renew) {
	a.rules.renew(m, a.hash)
	a.hash.rounds = a.rules.rounds(a.hash.cost)
}
