package main

import (
	"crypto/tls"
	"net/netip"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/listen"
	"github.com/greenroom-chat/greenroom/net/web"
)

// openSite serves the page where the configuration says; nil: nowhere. Where
// nobody has asked for the address, another program that has it is no reason
// not to serve the chat.
func (r *serving) openSite() (*web.Site, error) {
	w := r.cfg.Web
	if w.Off() {
		return nil, nil
	}
	secure, err := r.siteTLS()
	if err != nil {
		return nil, err
	}
	var trusted []netip.Prefix
	for _, cidr := range w.TrustedProxies {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, err
		}
		trusted = append(trusted, prefix)
	}
	site, err := web.StartSite(web.SiteConfig{
		Address: w.Address, TLS: secure, Origins: w.Origins, Proxies: trusted, About: func() web.About { return about(r.live.config()) },
	})
	if err != nil && !w.Explicit {
		r.log.Warn().Err(err).Msg("the web page is not served; choose another address for it with --web, or --web off")
		return nil, nil
	}
	return site, err
}

// about is what the page is told before anybody has connected.
func about(cfg config.Config) web.About {
	return web.About{
		Network:  cfg.NetworkName,
		Register: cfg.Accounts.Registration == "open" && cfg.Accounts.BeforeConnect,
		Guests:   !cfg.Accounts.Required,
		Password: cfg.ServerPassword != "",
		NickLen:  cfg.Limits.NickLength,
	}
}

// siteTLS is nil for plain HTTP.
func (r *serving) siteTLS() (*tls.Config, error) {
	w := r.cfg.Web
	switch {
	case !w.Encrypted():
		return nil, nil
	case len(w.ACMEDomains) > 0:
		return acmeTLS(r.cfg), nil
	}
	id, err := r.ids.identity(r.cfg, config.Listen{Cert: w.Cert, Key: w.Key})
	if err != nil {
		return nil, err
	}
	return configureTLS(r.cfg, id, true), nil
}

// acmeTLS has certificates made and renewed when somebody first asks for one of
// the domains. It answers the authority on the address of the page itself
// (TLS-ALPN-01), which therefore has to be reachable as port 443.
func acmeTLS(cfg config.Config) *tls.Config {
	cache := cfg.Web.ACMECache
	if cache == "" {
		cache = filepath.Join(cfg.DataDir, "acme")
	}
	manager := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(cache),
		HostPolicy: autocert.HostWhitelist(cfg.Web.ACMEDomains...), Email: cfg.Web.ACMEEmail,
	}
	return &tls.Config{
		GetCertificate: manager.GetCertificate,
		MinVersion:     tls.VersionTLS12, // the authority's own client may be older
		NextProtos:     []string{"h2", "http/1.1", acme.ALPNProto},
	}
}

// sockets are all that net listens on: the page's door is the last.
func (r *serving) sockets() []listen.Socket {
	if r.site == nil {
		return r.ids.sockets
	}
	return append(slices.Clone(r.ids.sockets), listen.Socket{
		Address: "web " + r.site.Addr(), AllowPlaintext: true, Open: r.site.Door.Listen,
	})
}
