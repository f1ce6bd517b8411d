package prove

import (
	"net"
	"sync"
	"time"
)

// slowConn sends a byte at a time.
type slowConn struct{ net.Conn }

// Write implements net.Conn.
func (c slowConn) Write(b []byte) (n int, err error) {
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
		time.Sleep(tricklePace)
	}
	return len(b), nil
}

// stillConn stops reading when it is told to.
type stillConn struct {
	net.Conn
	mu     sync.Mutex
	still  bool
	once   sync.Once
	closed chan struct{}
}

func (c *stillConn) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.still = true
}

// Read implements net.Conn; once it is still it returns only when the
// connection is closed.
func (c *stillConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	still := c.still
	c.mu.Unlock()
	if still {
		<-c.closed
		return 0, net.ErrClosed
	}
	return c.Conn.Read(b)
}

// Close implements net.Conn.
func (c *stillConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
