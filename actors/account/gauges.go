package account

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/gauge"
)

// measure tells what is under way.
func (a *account) measure(ctx actor.Context, m gauge.Ask) {
	gauge.Answer(ctx, m,
		gauge.Number{Name: "account_jobs", Help: "Logins and registrations under way.", Value: len(a.jobs)},
		gauge.Number{Name: "account_hash_queue", Help: "Passwords that wait for a worker.", Value: len(a.queue)},
		gauge.Number{Name: "account_hashes_running", Help: "Passwords that are being hashed.", Value: len(a.slots)},
		gauge.Number{Name: "account_hash_workers", Help: "Passwords that may be hashed at once.", Value: cap(a.slots)},
		gauge.Number{Name: "account_failures_remembered", Help: "Origins and accounts whose failed logins are remembered.",
			Value: len(a.throttle.young) + len(a.throttle.old)},
	)
}
