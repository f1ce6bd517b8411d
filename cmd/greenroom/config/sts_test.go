package config_test

import (
	"testing"

	"github.com/greenroom-chat/greenroom/cmd/greenroom/config"
)

// TestPlainTextIsToldToGoAwayOnlyWhereTLSWillDo (ircv3 sts).
func TestPlainTextIsToldToGoAwayOnlyWhereTLSWillDo(t *testing.T) {
	no := false
	plain := config.Listen{Address: "0.0.0.0:6667", TLS: &no, AllowPlaintext: true}
	local := config.Listen{Address: "127.0.0.1:6667", TLS: &no}
	secure := config.Listen{Address: ":6697", Cert: "c", Key: "k"}
	own := config.Listen{Address: ":6697"}
	for _, test := range []struct {
		name   string
		listen []config.Listen
		port   int
		want   int
	}{
		{"both", []config.Listen{plain, secure}, 0, 6697},
		{"the first of them", []config.Listen{plain, own, secure, {Address: ":7000", Cert: "c"}}, 0, 6697},
		{"TLS only", []config.Listen{secure}, 0, 0},
		{"plain text only", []config.Listen{plain}, 0, 0},
		{"plain text on loopback", []config.Listen{local, secure}, 0, 0},
		{"a certificate of its own", []config.Listen{plain, own}, 0, 0},
		{"as said", []config.Listen{local, own}, 6698, 6698},
		{"not wanted", []config.Listen{plain, secure}, -1, 0},
	} {
		cfg := config.Default()
		cfg.Listen, cfg.STS.Port = test.listen, test.port
		if got := cfg.STSPort(); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
