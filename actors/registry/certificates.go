package registry

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/account"
	"github.com/greenroom-chat/greenroom/actors/ask"
)

// A certificate is a name of an account, too: it leads to one and no other.

func (r *registry) claim(ctx actor.Context, m account.Claim) {
	if key, taken := r.certs[m.Fingerprint]; taken && key != m.Key {
		ask.Refuse(ctx, m.Ticket, account.ErrCertificateTaken)
		return
	}
	if len(r.certs) >= r.Limits.Certificates {
		ask.Refuse(ctx, m.Ticket, account.ErrTooManyCertificates)
		return
	}
	r.certs[m.Fingerprint] = m.Key
	ask.Reply(ctx, m.Ticket, account.Named{Ref: m.Ref, Key: m.Key})
}

func (r *registry) disclaim(m account.Disclaim) {
	if r.certs[m.Fingerprint] == m.Key {
		delete(r.certs, m.Fingerprint)
	}
}

func (r *registry) whose(ctx actor.Context, m account.Whose) {
	key, known := r.certs[m.Fingerprint]
	if !known {
		ask.Refuse(ctx, m.Ticket, account.ErrDenied)
		return
	}
	ask.Reply(ctx, m.Ticket, account.Named{Ref: m.Ref, Key: key})
}
