package config

import (
	"strings"
	"testing"
)

func TestNoConfigurationIsAWorkingOne(t *testing.T) {
	if faults := Default().Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	cfg, err := parse("x.toml", "")
	if err != nil || len(cfg.Listen) != 1 || cfg.Listen[0].Address != "127.0.0.1:6697" || !cfg.Listen[0].Encrypted() {
		t.Fatalf("%+v, %v", cfg.Listen, err)
	}
}

func TestEveryFaultIsReportedAtOnceWithKeyAndLine(t *testing.T) {
	_, err := parse("x.toml", `server_name = "nodot"
networkname = "typo"

[[listen]]
address = "127.0.0.1:6697"
[[listen]]
address = "0.0.0.0:6667"
tls = false

[accounts]
required = "yes"
registration = "sometimes"
[limits]
nick_length = "long"
send_queue = "many"
topic_length = 100000
`)
	if err == nil {
		t.Fatal("accepted")
	}
	got := err.Error()
	for _, want := range []string{
		"x.toml:1: server_name:",
		"x.toml:2: networkname: there is no such key",
		"x.toml:8: listen[1].tls: plain text is refused",
		"x.toml:11: accounts.required:",
		"x.toml:12: accounts.registration:",
		"x.toml:14: limits.nick_length:",
		"x.toml:15: limits.send_queue:",
		"x.toml:16: limits.topic_length:",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestAFaultIsToldOnceAndOfItsOwnTable(t *testing.T) {
	for text, want := range map[string]string{
		"[[listen]]\naddress = \"127.0.0.1:1\"\ntls = \"yes\"\n[[listen]]\naddress = \"127.0.0.1:2\"\ntls = false": "x.toml:3: listen[0].tls: is a text, but must be true or false",
		"[limits\nx": "x.toml:2: expected '.' or ']' to end table name, but got '\\n' instead",
		"[[listen]]\naddress = \"127.0.0.1:1\"\ntls = 1\n[[listen]]\naddress = \"127.0.0.1:2\"\ntls = 2": "x.toml:3: listen[0].tls: is a number, but must be true or false\n" +
			"x.toml:6: listen[1].tls: is a number, but must be true or false",
	} {
		if _, err := parse("x.toml", text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestFaultsAreToldInWords(t *testing.T) {
	for text, want := range map[string]string{
		"motd = 7":                                  "motd: is a number, but must be a text",
		"[limits]\nnick_length = \"9\"":             "limits.nick_length: is a text, but must be a number",
		"[[listen]]\naddress = \"127.0.0.1:99999\"": "is not a port",
		"[[listen]]\naddress = \"127.0.0.1:1\"\n[[listen]]\naddress = \"127.0.0.1:1\"":           "is there twice",
		"[[listen]]\naddress = \"127.0.0.1:1\"\ncert = \"/no/such.pem\"\nkey = \"/no/such.key\"": "listen[0].cert: cannot be read",
	} {
		if _, err := parse("x.toml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestAttack77MetricsAreForThisMachineOnlyUnlessToldOtherwise(t *testing.T) {
	for _, address := range []string{"0.0.0.0:9090", ":9090", "192.0.2.7:9090", "[::]:9090", "example.org:9090"} {
		_, err := parse("x.toml", "[metrics]\naddress = \""+address+"\"")
		if err == nil || !strings.Contains(err.Error(), "x.toml:2: metrics.address: "+address+" is not a loopback address") ||
			!strings.Contains(err.Error(), "allow_remote = true") {
			t.Errorf("%s: %v", address, err)
		}
		if _, err := parse("x.toml", "[metrics]\naddress = \""+address+"\"\nallow_remote = true"); err != nil {
			t.Errorf("%s, allowed: %v", address, err)
		}
	}
	for _, address := range []string{"127.0.0.1:9090", "[::1]:9090", "localhost:0", "127.8.8.8:1"} {
		if _, err := parse("x.toml", "[metrics]\naddress = \""+address+"\""); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestLimitsOfAllConnectionsTogetherFitThoseOfOne(t *testing.T) {
	for text, want := range map[string]string{
		"[limits]\nsend_queue_total = \"1MiB\"":                               "limits.send_queue_total: must be at least 8 times limits.send_queue",
		"[limits]\nin_flight_total = 1":                                       "limits.in_flight_total: 1 is out of range",
		"[limits]\nconnections = -1":                                          "limits.connections: -1 is out of range",
		"[limits]\naccounts = 0":                                              "limits.accounts: 0 is out of range",
		"[metrics]\naddress = \"127.0.0.1\"":                                  "is not host:port",
		"[[listen]]\naddress = \"[::1]:1\"\n[metrics]\naddress = \"[::1]:1\"": "is an address for chat already",
	} {
		if _, err := parse("x.toml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestValuesOfTheFileReplaceTheDefaults(t *testing.T) {
	cfg, err := parse("x.toml", `server_name = "chat.example.org"
[[listen]]
address = "127.0.0.1:6667"
tls = false
[limits]
send_queue = "1MiB"
[history]
retention = "0"
[storage]
max_batch = 64
`)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.ServerName != "chat.example.org" || cfg.Limits.SendQueue != 1<<20 || cfg.Storage.MaxBatch != 64 ||
		len(cfg.Listen) != 1 || cfg.Listen[0].Encrypted() || cfg.Limits.NickLength != 32 {
		t.Fatalf("%+v", cfg)
	}
}

func TestWhatThisVersionDoesNotDoIsRefusedNotIgnored(t *testing.T) {
	for _, text := range []string{
		"[accounts]\nalways_on = true", "[history]\nretention = \"720h\"",
	} {
		if _, err := parse("x.toml", text); err == nil || !strings.Contains(err.Error(), "not supported by this version") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestKeysOfAListenerFitTogether(t *testing.T) {
	const listen = "[[listen]]\naddress = \"127.0.0.1:1\"\n"
	for text, want := range map[string]string{
		listen + "origins = [\"https://chat.example.org\"]":                    "is of no use without websocket",
		listen + "websocket = true\norigins = [\"chat.example.org\"]":          "is not an origin",
		listen + "websocket = true\norigins = [\"https://x.example.org/a?b\"]": "is not an origin",
		listen + "proxy_protocol_from = [\"10.0.0.1\"]":                        "is not a CIDR",
		"tls_post_quantum = \"always\"":                                        "is not one of preferred, required",
	} {
		if _, err := parse("x.toml", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	cfg, err := parse("x.toml", "tls_post_quantum = \"required\"\n"+listen+
		"websocket = true\norigins = [\"https://chat.example.org\", \"http://localhost:8000/\", \"*\"]\nproxy_protocol_from = [\"10.0.0.0/8\", \"::1/128\"]")
	if err != nil || !cfg.Listen[0].WebSocket || cfg.TLSPostQuantum != "required" {
		t.Errorf("%+v, %v", cfg, err)
	}
}

func TestWhereThePageIsServedIsChecked(t *testing.T) {
	for text, want := range map[string]string{
		"address = \"8067\"":                        "is not host:port, nor \"off\"",
		"address = \"127.0.0.1:6697\"":              "is an address for chat already",
		"cert = \"x.pem\"":                          "cert and key go together",
		"acme_domains = [\"chat\"]":                 "is not a domain",
		"acme_email = \"a@b.example\"":              "is of no use without acme_domains",
		"acme_directory = \"https://acme.example\"": "is of no use without acme_domains",
		"acme_domains = [\"a.example\"]\nacme_directory = \"http://acme.example\"": "is not an address such as https",
		"acme_domains = [\"a.example\"]\ncert = \"config.go\"\nkey = \"x\"":        "from ACME or from files",
		"origins = [\"chat.example.org\"]":                                         "is not an origin",
		"origins = [\"https://chat.example.org/x\"]":                               "is not an origin",
		"trusted_proxies = [\"10.0.0.1\"]":                                         "is not a CIDR",
	} {
		if _, err := parse("x.toml", "[web]\n"+text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]struct{ off, encrypted, explicit bool }{
		"":                             {false, false, false},
		"address = \"127.0.0.1:8067\"": {false, false, true},
		"address = \"off\"":            {true, true, true},
		"address = \"\"":               {true, true, true},
		"address = \"0.0.0.0:443\"":    {false, true, true},
		"address = \"0.0.0.0:80\"\nallow_plaintext = true":            {false, false, true},
		"address = \":443\"\nacme_domains = [\"a.example\"]":          {false, true, true},
		"address = \"127.0.0.1:443\"\nacme_domains = [\"a.example\"]": {false, true, true},
	} {
		cfg, err := parse("x.toml", "[web]\n"+text)
		if err != nil || cfg.Web.Off() != want.off || cfg.Web.Encrypted() != want.encrypted || cfg.Web.Explicit != want.explicit {
			t.Errorf("%s: %v %+v", text, err, cfg.Web)
		}
	}
}
