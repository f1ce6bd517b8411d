package persistence

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/actors/gauge"
)

// measure tells what waits for a commit.
func (l *ledger) measure(ctx actor.Context, m gauge.Ask) {
	d := l.desk
	flight, down := 0, 0
	if d.flight != nil {
		flight = len(d.flight.items)
	}
	if d.down != nil {
		down = 1
	}
	running, waiting := d.readers.busy()
	gauge.Answer(ctx, m,
		gauge.Number{Name: "journal_queue_operations", Help: "Operations that wait for a commit.", Value: len(l.queue)},
		gauge.Number{Name: "journal_queue_bytes", Help: "Estimated size of the operations that wait for a commit.", Value: l.bytes},
		gauge.Number{Name: "journal_flight_operations", Help: "Operations in the commit that is under way.", Value: flight},
		gauge.Number{Name: "journal_down", Help: "1 while nothing is acknowledged.", Value: down},
		gauge.Number{Name: "journal_accepted_total", Help: "Operations taken into the queue.", Value: int(d.accepted)},
		gauge.Number{Name: "journal_refused_total", Help: "Operations refused because of a full queue or a store that is down.", Value: d.refused},
		gauge.Number{Name: "journal_reads_running", Help: "Reads of history that run.", Value: running},
		gauge.Number{Name: "journal_reads_waiting", Help: "Reads of history that wait for a reader.", Value: waiting},
	)
}

// measure tells of the reads; the writes are the journal's.
func (c *clerk) measure(ctx actor.Context, m gauge.Ask) {
	running, waiting := c.readers.busy()
	gauge.Answer(ctx, m,
		gauge.Number{Name: "records_reads_running", Help: "Reads of accounts, rooms and memberships that run.", Value: running},
		gauge.Number{Name: "records_reads_waiting", Help: "Reads of accounts, rooms and memberships that wait for a reader.", Value: waiting},
	)
}

// busy tells how many reads run and how many wait, about.
func (p *pool) busy() (running, waiting int) { return len(p.slots), len(p.tasks) }
