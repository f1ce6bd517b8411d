// Package web is the HTTP side of the server: the page with the way into the
// chat (site.go), and what operators and their monitoring ask of it.
package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"
)

// Config says what is served. A nil handler or function serves nothing.
type Config struct {
	Metrics http.Handler // of /metrics
	// Ready tells why the server is not to be sent clients; nothing when it is.
	Ready func() []string
	// Profiles serves /debug/pprof. A profile holds what is in memory, secrets
	// too: it is only for addresses that nobody else can reach.
	Profiles bool
}

// Limits of a client, so that none can hold the server up.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 90 * time.Second // a profile takes 30 s, a trace as long as asked
	idleTimeout   = time.Minute
	maxHeader     = 8 << 10
	maxOpen       = 32
)

// Handler answers for the paths that are served.
func Handler(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	if cfg.Ready != nil {
		mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { readyz(w, cfg.Ready()) })
	}
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", cfg.Metrics)
	}
	if cfg.Profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func readyz(w http.ResponseWriter, reasons []string) {
	if len(reasons) == 0 {
		say(w, http.StatusOK, "ready")
		return
	}
	say(w, http.StatusServiceUnavailable, "not ready: "+strings.Join(reasons, "; "))
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // the client may have gone
}

// LoopbackOnly answers only those who ask for this machine by a name or number
// of its own: a page in a browser here may be told that its own host name lies
// on this address (DNS rebinding).
func LoopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			say(w, http.StatusForbidden, "ask for this address by its number")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Server is HTTP on one address.
type Server struct {
	http   *http.Server
	addr   net.Addr
	served chan error
}

// Start binds the address and serves in a goroutine that Close ends.
func Start(address string, handler http.Handler) (*Server, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return serve(newHTTP(handler), newThrottled(l, maxOpen), l.Addr()), nil
}

func newHTTP(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
	}
}

func serve(server *http.Server, l net.Listener, addr net.Addr) *Server {
	s := &Server{http: server, addr: addr, served: make(chan error, 1)}
	go func() { s.served <- server.Serve(l) }()
	return s
}

// Addr is what was bound.
func (s *Server) Addr() string { return s.addr.String() }

// Close ends it: what is being answered has so long. A nil Server is one that
// was not wanted.
func (s *Server) Close(within time.Duration) error {
	if s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
