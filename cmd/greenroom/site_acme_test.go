package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const domain = "chat.example.test"

// visitor is a browser that believes the roots alone, and finds every name at
// an address.
func visitor(roots *x509.CertPool, addr string) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	}}
}

func TestThePageHasACertificateOfAnACMEAuthority(t *testing.T) {
	port, to := forward(t)
	ca := startAuthority(t, port, resolver(t))
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	text := fmt.Sprintf("tls_post_quantum = \"required\"\n[web]\nacme_domains = [%q]\nacme_directory = %q\nacme_email = \"ops@example.test\"\n", domain, ca.Directory)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	start := func() (*server, string) {
		srv := serveBy(t, data, func(args []string) *exec.Cmd {
			cmd := command(t, t.TempDir(), args...)
			cmd.Env = append(cmd.Env, "SSL_CERT_FILE="+ca.Trust, "SSL_CERT_DIR="+t.TempDir())
			return cmd
		}, "--config", file, "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0")
		return srv, strings.TrimPrefix(srv.Web, "https://")
	}
	srv, at := start()
	to <- at
	get := func(at string) *x509.Certificate {
		answer, err := visitor(ca.Root, at).Get("https://" + domain + "/")
		if err != nil {
			t.Fatalf("%v\n%s", err, srv.Log())
		}
		defer answer.Body.Close()
		page, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 || answer.TLS.Version != tls.VersionTLS13 || !strings.Contains(string(page), "app/main.js") {
			t.Errorf("%s %d, TLS %x\n%s", answer.Proto, answer.StatusCode, answer.TLS.Version, page)
		}
		return answer.TLS.PeerCertificates[0]
	}
	first := get(at)
	if err := first.VerifyHostname(domain); err != nil || !strings.Contains(first.Issuer.CommonName, "Pebble") {
		t.Errorf("%v, of %s", err, first.Issuer)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	chat, _, err := websocket.Dial(ctx, "wss://"+domain+"/ws", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: visitor(ca.Root, at).Transport}, Subprotocols: []string{"text.ircv3.net"}, HTTPHeader: http.Header{"Origin": {"https://" + domain}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer chat.CloseNow()
	if _, err := visitor(ca.Root, at).Get("https://other.example.test/"); err == nil {
		t.Error("there is a certificate for a name that is not ours")
	}

	// It is kept: no authority is needed at the next start.
	srv.stop(t, syscall.SIGTERM)
	ca.stop()
	srv, at = start()
	if second := get(at); !second.Equal(first) {
		t.Error("the certificate was not kept")
	}
}

func TestWhyThereIsNoCertificateOfAnAuthorityIsInTheLog(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	file := filepath.Join(t.TempDir(), "greenroom.toml")
	text := fmt.Sprintf("[web]\nacme_domains = [%q]\nacme_directory = \"https://%s/dir\"\n", domain, closed.Addr())
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := site(t, "--config", file)
	client := visitor(nil, strings.TrimPrefix(srv.Web, "https://"))
	if _, err := client.Get("https://" + domain + "/"); err == nil {
		t.Fatal("there is a certificate of nobody")
	}
	for deadline := time.Now().Add(patience); !strings.Contains(srv.Log(), "there is no certificate for the page"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is said of it:\n%s", srv.Log())
		}
	}
	if log := srv.Log(); !strings.Contains(log, "connection refused") {
		t.Errorf("not why:\n%s", log)
	}
}
