package web

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/ws"
)

// SiteConfig is what people see: the page and the way into the chat.
type SiteConfig struct {
	Address string
	TLS     *tls.Config // nil: plain HTTP
	// Origins are further ones whose pages may connect, such as
	// https://chat.example.org; those whose host is the one that was asked for
	// always may.
	Origins []string
	// Proxies are the networks whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	// About is asked each time that a page is opened.
	About func() About
	// Log is given what the HTTP server has to complain of; nil: nobody is.
	Log *slog.Logger
}

// About is what a page has to know before anybody has connected.
type About struct {
	Network  string `json:"network"`
	Register bool   `json:"register"` // accounts can be made
	Guests   bool   `json:"guests"`   // an account is not required
	Email    bool   `json:"email"`    // making one takes an address
	Password bool   `json:"password"` // the server wants one
	NickLen  int    `json:"nicklen"`
}

// Limits of the site's clients.
const (
	maxSiteOpen    = 512 // requests and idle connections; those that chat are counted by net
	maxSiteAddress = 48  // of one address; loopback and proxies are not counted
)

// Site serves the page. Door is where those who connect to /ws come in.
type Site struct {
	*Server
	Door  *Door
	url   string
	slots *throttled
}

// StartSite binds the address and serves in a goroutine that Close ends.
func StartSite(cfg SiteConfig) (*Site, error) {
	files, err := newPage()
	if err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	l, err := net.Listen("tcp", cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", cfg.Address, err)
	}
	site := &Site{Door: newDoor(l.Addr()), url: urlOf(cfg.TLS != nil, l.Addr())}
	server := newHTTP(site.handler(cfg, files))
	server.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateHijacked {
			letGo(c)
		}
	}
	server.ErrorLog = slog.NewLogLogger(discardUnlessSet(cfg.Log), slog.LevelDebug)
	site.slots = newThrottled(newPerAddress(l, maxSiteAddress, cfg.Proxies), maxSiteOpen)
	limited := net.Listener(site.slots)
	if cfg.TLS != nil {
		own := cfg.TLS.Clone()
		for _, protocol := range []string{"h2", "http/1.1"} {
			if !slices.Contains(own.NextProtos, protocol) {
				own.NextProtos = append(own.NextProtos, protocol)
			}
		}
		limited = tls.NewListener(limited, own)
	}
	site.Server = serve(server, limited, l.Addr())
	return site, nil
}

// URL is where a browser finds the page; "off" when there is no site.
func (s *Site) URL() string {
	if s == nil {
		return "off"
	}
	return s.url
}

func urlOf(secure bool, addr net.Addr) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	return scheme + "://" + addr.String()
}

func discardUnlessSet(l *slog.Logger) slog.Handler {
	if l == nil {
		return slog.DiscardHandler
	}
	return l.Handler()
}

// letGo takes a connection that chats from those that the site counts.
func letGo(c net.Conn) {
	for c != nil {
		if s, ok := c.(interface{ release() }); ok {
			s.release()
		}
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return
		}
		c = inner.NetConn()
	}
}

func (s *Site) handler(cfg SiteConfig, files *page) http.Handler {
	mux := http.NewServeMux()
	files.register(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /about.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(cfg.About()) // the client may have gone
	})
	mux.HandleFunc("GET /ws", func(w http.ResponseWriter, r *http.Request) { s.ws(w, r, cfg) })
	guarded := hardened(mux)
	if host, _, err := net.SplitHostPort(cfg.Address); err == nil && cfg.TLS == nil && isLoopback(host) {
		guarded = knownHosts(cfg.Origins, guarded)
	}
	return guarded
}

// hardened sets what every answer has.
func hardened(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		next.ServeHTTP(w, r)
	})
}

// knownHosts answers only to names of this machine and of the origins: another
// name may have been made to lie on this address by somebody's page (DNS
// rebinding), and would then count as the same origin.
func knownHosts(origins []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := (&url.URL{Host: r.Host}).Hostname()
		for _, o := range origins {
			if u, err := url.Parse(o); err == nil && strings.EqualFold(u.Host, r.Host) {
				next.ServeHTTP(w, r)
				return
			}
		}
		if !isLoopback(host) {
			say(w, http.StatusForbidden, "ask for this address by its number, or name it in web.origins")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// ws lets a client into the chat.
func (s *Site) ws(w http.ResponseWriter, r *http.Request, cfg SiteConfig) {
	origins := ws.Origins{Allowed: cfg.Origins, Own: true}
	sock, err := ws.Upgrade(w, r, origins, proxies(cfg.Proxies).remote(r))
	if err != nil {
		return // the answer says why
	}
	if s.Door.enter(sock) != nil {
		_ = sock.Close()
	}
}

// Close ends the site as Server.Close does; who chats is told by the chat. A
// nil Site is one that was not wanted.
func (s *Site) Close(within time.Duration) error {
	if s == nil {
		return nil
	}
	return s.Server.Close(within)
}
