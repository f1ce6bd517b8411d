package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestTheFirstLoadIsBelow60KiB(t *testing.T) {
	p, err := newPage()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, name := range append([]string{"style/base.css", "style/log.css", "style/frame.css", "icon.svg", "manifest.webmanifest"}, p.atOnce...) {
		a, known := p.assets[name]
		if !known {
			t.Errorf("there is no %s", name)
		}
		sum += len(a.gzipped)
		if a.gzipped == nil {
			sum += len(a.plain)
		}
	}
	sum += len(p.index.gzipped)
	t.Logf("%d bytes in %d modules, compressed", sum, len(p.atOnce))
	if sum > 60_000 {
		t.Errorf("%d bytes", sum)
	}
}

func TestThePageIsServedCompressedAndRevalidated(t *testing.T) {
	s := startSite(t, SiteConfig{About: func() About { return About{Network: "Test", Register: true} }})
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(client.CloseIdleConnections)
	get := func(where string, header ...string) (*http.Response, string) {
		t.Helper()
		r, _ := http.NewRequest("GET", s.URL()+where, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer, string(body)
	}
	index, text := get("/")
	policy := index.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || index.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", index.Header)
	}
	if strings.Contains(text, "{{") {
		t.Errorf("something is not filled in:\n%s", text)
	}
	if again, _ := get("/", "If-None-Match", index.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d", again.StatusCode)
	}
	_, rest, _ := strings.Cut(text, `type="module" src="`)
	main, _, _ := strings.Cut(rest, `"`)
	script, zipped := get(main, "Accept-Encoding", "br, gzip")
	if script.Header.Get("Content-Encoding") != "gzip" || !bytes.HasPrefix([]byte(zipped), []byte{0x1f, 0x8b}) ||
		!strings.Contains(script.Header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(script.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%s: %v", main, script.Header)
	}
	if plain, body := get(main); plain.Header.Get("Content-Encoding") != "" || !strings.Contains(body, "import") {
		t.Errorf("uncompressed: %v", plain.Header)
	}
	if answer, _ := get("/assets/old/app/main.js"); answer.StatusCode != http.StatusNotFound || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("of another version: %d %v", answer.StatusCode, answer.Header)
	}
	about, body := get("/about.json")
	var got About
	if err := json.Unmarshal([]byte(body), &got); err != nil || got.Network != "Test" || about.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s %v", body, about.Header)
	}
	if answer, _ := get("/healthz"); answer.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %d", answer.StatusCode)
	}
	for _, private := range []string{"/metrics", "/readyz", "/debug/pprof/", "/assets/", "/../page.go"} {
		if answer, _ := get(private); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", private, answer.StatusCode)
		}
	}
	if answer, _ := get("/", "Host", "x"); answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", answer.Header)
	}
}
