package main

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
	"github.com/greenroom-chat/greenroom/net/listen"
)

func TestOnlyChatClientsAreAskedForACertificate(t *testing.T) {
	id, err := listen.LoadOrMake(t.TempDir(), []string{"localhost"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	if c := configureTLS(cfg, id, false); c.ClientAuth != tls.RequestClientCert || c.CurvePreferences != nil {
		t.Errorf("a chat client: %v, %v", c.ClientAuth, c.CurvePreferences)
	}
	cfg.TLSPostQuantum = "required"
	if c := configureTLS(cfg, id, true); c.ClientAuth != tls.NoClientCert || len(c.CurvePreferences) == 0 {
		t.Errorf("a browser: %v, %v", c.ClientAuth, c.CurvePreferences)
	}
}
