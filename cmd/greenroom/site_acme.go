package main

import (
	"crypto/tls"
	"path/filepath"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/time/rate"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/listen"
)

// acmeTLS has certificates made and renewed when somebody first asks for one of
// the domains. It answers the authority on the address of the page itself
// (RFC 8737), which therefore has to be reachable as port 443.
func acmeTLS(cfg config.Config, log zerolog.Logger) *tls.Config {
	cache := cfg.Web.ACMECache
	if cache == "" {
		cache = filepath.Join(cfg.DataDir, "acme")
	}
	manager := &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(cache), Email: cfg.Web.ACMEEmail,
		HostPolicy: autocert.HostWhitelist(cfg.Web.ACMEDomains...),
		Client:     &acme.Client{DirectoryURL: cfg.Web.ACMEDirectory, UserAgent: "greenroom"},
	}
	certificate := sayWhyNot(manager.GetCertificate, cfg.Web.ACMEDomains, log)
	browsers := &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: certificate}
	if cfg.TLSPostQuantum == "required" {
		listen.RequirePostQuantum(browsers)
	}
	// RFC 8737 4: the authority may be older than what we ask of others.
	authority := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certificate, NextProtos: []string{acme.ALPNProto}}
	browsers.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if slices.Equal(hello.SupportedProtos, authority.NextProtos) {
			return authority, nil
		}
		return nil, nil
	}
	return browsers
}

type getCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// sayWhyNot logs, now and then, why there is no certificate for one of the
// domains; others are asked for by whoever tries all addresses.
func sayWhyNot(get getCertificate, domains []string, log zerolog.Logger) getCertificate {
	sometimes := rate.Sometimes{First: 1, Interval: time.Minute}
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		cert, err := get(hello)
		if err != nil && slices.Contains(domains, hello.ServerName) {
			sometimes.Do(func() {
				log.Warn().Err(err).Str("domain", hello.ServerName).Msg("there is no certificate for the page; the authority has to reach it as port 443")
			})
		}
		return cert, err
	}
}
