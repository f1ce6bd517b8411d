package supervise

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/rs/zerolog"
)

// NewSystem makes the actor system of a server. What happens in it is logged
// by type: never a message, nor the text of a panic that is not an error.
func NewSystem(log zerolog.Logger) *actor.ActorSystem {
	sys := newSystem(typesOnly{zerolog.NewSlogHandler(log)})
	sys.EventStream.Subscribe(func(event any) { write(log, event) })
	return sys
}

func write(log zerolog.Logger, event any) {
	switch m := event.(type) {
	case *actor.DeadLetterEvent:
		log.Debug().Str("actor", m.PID.GetId()).Type("type", m.Message).Msg("dead letter")
	case Panic:
		log.Error().Str("actor", m.At.GetId()).Str("during", m.During).Str("err", m.Cause).Str("where", m.Where).Msg("panic")
	case Decision:
		log.Warn().Str("actor", m.Child.GetId()).Str("do", doing(m.Do)).Dur("delay", m.Delay).
			Int("failures", m.Failures).Str("err", m.Cause).Msg("supervision")
	case *actor.SupervisorEvent:
		log.Warn().Str("actor", m.Child.GetId()).Str("do", doing(m.Directive)).Str("err", Cause(m.Reason)).Msg("unsupervised")
	case StrayMessage:
		log.Error().Str("actor", m.At.GetId()).Str("type", m.Type).Msg("stray message")
	}
}

func doing(d actor.Directive) string {
	if d == actor.RestartDirective {
		return "restart"
	}
	return "stop"
}

// typesOnly is what protoactor logs through: its messages quote the value of a
// panic, which may be anything, so of any value only the type is kept. All of
// it is debugging; what matters is published as a fact.
type typesOnly struct{ to slog.Handler }

func (h typesOnly) Enabled(ctx context.Context, level slog.Level) bool {
	return h.to.Enabled(ctx, demoted(level))
}

func (h typesOnly) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, demoted(r.Level), r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(typeOf(a))
		return true
	})
	return h.to.Handle(ctx, out)
}

func (h typesOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	kept := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		kept[i] = typeOf(a)
	}
	return typesOnly{h.to.WithAttrs(kept)}
}

func (h typesOnly) WithGroup(name string) slog.Handler { return typesOnly{h.to.WithGroup(name)} }

func demoted(level slog.Level) slog.Level {
	if level < slog.LevelWarn {
		return slog.LevelDebug
	}
	return level
}

func typeOf(a slog.Attr) slog.Attr {
	value := a.Value.Any() // a panic with a text has become a text here
	if pid, ok := value.(*actor.PID); ok {
		return slog.String(a.Key, pid.GetId())
	}
	return slog.String(a.Key, fmt.Sprintf("%T", value))
}
