package listen

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/pires/go-proxyproto"
)

// Behind a proxy a connection begins with a header that says for whom it is
// (haproxy's PROXY protocol, versions 1 and 2). It is believed, and demanded, of
// those whom the configuration trusts; from others it is a line like any other,
// of no protocol that is spoken here. It is read before the connection is
// counted, so that limits hold for the client and not for the proxy (ATTACKS 8).
const (
	headerWithin = 5 * time.Second
	mostHeader   = 4 << 10 // extensions included
	// mostIntroduced bounds the headers that are read at the same time; who
	// comes next waits until one is read, or late.
	mostIntroduced = 512
)

const badHeader = "no good PROXY header"

var errNoSource = errors.New("the header names no client that comes by TCP")

// introduced is a connection that somebody else speaks on, the first bytes of
// which have been read behind the header.
type introduced struct {
	net.Conn
	remote net.Addr
	rest   []byte
}

func (i *introduced) Read(b []byte) (int, error) {
	if len(i.rest) == 0 {
		return i.Conn.Read(b)
	}
	n := copy(b, i.rest)
	if i.rest = i.rest[n:]; len(i.rest) == 0 {
		i.rest = nil
	}
	return n, nil
}

// RemoteAddr is the client's.
func (i *introduced) RemoteAddr() net.Addr { return i.remote }

// NetConn is the proxy's connection.
func (i *introduced) NetConn() net.Conn { return i.Conn }

// trusts tells whether somebody may speak for others.
func (s *Socket) trusts(addr net.Addr) bool {
	if len(s.Proxies) == 0 {
		return false
	}
	from, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return false
	}
	for _, prefix := range s.Proxies {
		if prefix.Contains(from.Addr().Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// introduce reads the header and hands the connection on, in a goroutine that
// ends in time or with stop.
func (a acceptor) introduce(stop context.Context, sock net.Conn) {
	select {
	case a.introducing <- struct{}{}:
	case <-stop.Done():
		_ = sock.Close()
		return
	}
	go func() {
		defer func() { <-a.introducing }()
		end := context.AfterFunc(stop, func() { _ = sock.Close() })
		defer end()
		client, err := readHeader(sock)
		if err != nil {
			a.root.ActorSystem().EventStream.Publish(Rejected{sock.RemoteAddr().String(), badHeader})
			_ = sock.Close()
			return
		}
		a.root.Send(a.network, accepted{a.protect(client)})
	}()
}

func readHeader(sock net.Conn) (net.Conn, error) {
	in := bufio.NewReader(io.LimitReader(sock, mostHeader))
	header, err := proxyproto.ReadHeaderTimeout(sock, in, headerWithin)
	if err != nil {
		return nil, err
	}
	client := &introduced{Conn: sock, remote: sock.RemoteAddr()}
	if n := in.Buffered(); n > 0 {
		rest, err := in.Peek(n)
		if err != nil {
			return nil, err
		}
		client.rest = append(client.rest, rest...)
	}
	switch from := header.SourceAddr.(type) {
	case *net.TCPAddr:
		if header.Command.IsProxy() {
			client.remote = from
		}
	case nil: // the proxy itself wants to know whether we are there
		if header.Command.IsProxy() && header.TransportProtocol != proxyproto.UNSPEC {
			return nil, errNoSource
		}
	default:
		return nil, fmt.Errorf("%w: %v", errNoSource, from)
	}
	return client, nil
}
