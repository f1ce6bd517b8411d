package journal

import "github.com/greenroom-chat/greenroom/actors/ask"

// Flush asks to be told when every append and write that was taken before it
// has had its outcome; answered by Flushed. An orderly stop asks it before it
// stops the journal. The records actor and the storage supervisor pass it on.
type Flush struct{ ask.Ticket }

// Flushed answers Flush.
type Flushed struct{ Ref uint64 }
