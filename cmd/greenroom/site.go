package main

import (
	"crypto/tls"
	"net/netip"
	"slices"

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
		Email:    cfg.Accounts.EmailRequired,
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
		return acmeTLS(r.cfg, r.log), nil
	}
	id, err := r.ids.identity(r.cfg, config.Listen{Cert: w.Cert, Key: w.Key})
	if err != nil {
		return nil, err
	}
	return configureTLS(r.cfg, id, true), nil
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
