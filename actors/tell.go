package actors

import "github.com/asynkron/protoactor-go/actor"

// Tell asks net to pass a message on to every connection. Not answered; where
// there is no net there is nobody to be told.
type Tell struct{ Message any }

// Tell passes a message on to every connection. It does not wait.
func (t *Tree) Tell(message any) { t.sys.Root.Send(t.root, Tell{message}) }

func (r *root) tell(ctx actor.Context, m Tell) {
	for i, pid := range r.started {
		if pid != nil && parts[i].name == "net" {
			ctx.Send(pid, m)
		}
	}
}
