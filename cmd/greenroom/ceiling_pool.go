package main

import "sync/atomic"

// pool counts bytes that all connections hold together. Connections are handed
// only its method add.
type pool struct {
	held atomic.Int64
	size int64
}

// add counts n more, or less, and tells how much is held of how much.
func (p *pool) add(n int) (held, size int) { return int(p.held.Add(int64(n))), int(p.size) }
