package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The page has no build step: what is here is what a browser gets, but for
// names of files, which carry a hash of all of them so that they may be kept
// for ever.
//
//go:embed page
var pageFiles embed.FS

// asset is a file of the page, as it goes over the wire.
type asset struct {
	plain, gzipped []byte
	kind           string // Content-Type
	etag           string
}

// page is all of them.
type page struct {
	base   string // path of the assets, a slash at both ends
	assets map[string]asset
	index  asset
	policy string   // Content-Security-Policy
	atOnce []string // the modules that the first one cannot do without
}

// bare are the names by which modules import what is vendored.
var bare = map[string]string{"preact": "vendor/preact.js", "preact/hooks": "vendor/preact-hooks.js", "htm": "vendor/htm.js"}

// newPage reads what is embedded; a fault in it is one of the program.
func newPage() (*page, error) {
	files, err := fs.Sub(pageFiles, "page")
	if err != nil {
		return nil, err
	}
	p := &page{assets: map[string]asset{}}
	all := sha256.New()
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(all, "%s %d\n", name, len(text))
		all.Write(text)
		p.assets[name] = newAsset(name, text)
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.need("app/main.js")
	p.base = "/assets/" + hex.EncodeToString(all.Sum(nil)[:8]) + "/"
	p.writeIndex()
	return p, nil
}

// imported finds what a module imports when it is loaded; what it imports by a
// call comes later.
var imported = regexp.MustCompile(`(?m)^import (?:.* from )?'(.+)';$`)

// need collects a module and what it imports.
func (p *page) need(name string) {
	if slices.Contains(p.atOnce, name) {
		return
	}
	p.atOnce = append(p.atOnce, name)
	for _, m := range imported.FindAllSubmatch(p.assets[name].plain, -1) {
		other := string(m[1])
		if file, vendored := bare[other]; vendored {
			p.need(file)
		} else {
			p.need(path.Join(path.Dir(name), other))
		}
	}
}

// writeIndex fills in what depends on the hash.
func (p *page) writeIndex() {
	imports := p.importMap()
	var preload strings.Builder
	for _, name := range p.atOnce {
		fmt.Fprintf(&preload, "<link rel=modulepreload href=%q>\n", p.base+name)
	}
	text := string(p.assets["index.html"].plain)
	delete(p.assets, "index.html")
	text = strings.NewReplacer("{{base}}", p.base, "{{imports}}", imports, "{{preload}}", preload.String()).Replace(text)
	p.index = newAsset("index.html", []byte(text))
	sum := sha256.Sum256([]byte(imports))
	p.policy = strings.Join([]string{
		"default-src 'none'",
		"script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
		"style-src 'self'", "img-src 'self'", "connect-src 'self'", "manifest-src 'self'",
		"base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		"require-trusted-types-for 'script'", "trusted-types 'none'",
	}, "; ")
}

// importMap is what stands in the script of type importmap, to the byte.
func (p *page) importMap() string {
	var pairs []string
	for name, file := range bare {
		pairs = append(pairs, fmt.Sprintf("%q:%q", name, p.base+file))
	}
	slices.Sort(pairs)
	return `{"imports":{` + strings.Join(pairs, ",") + `}}`
}

func newAsset(name string, text []byte) asset {
	a := asset{plain: text, kind: mime.TypeByExtension(path.Ext(name))}
	switch path.Ext(name) { // whatever the machine's own tables say
	case ".js":
		a.kind = "text/javascript; charset=utf-8"
	case ".webmanifest":
		a.kind = "application/manifest+json"
	case "", ".txt", ".md":
		a.kind = "text/plain; charset=utf-8"
	}
	sum := sha256.Sum256(text)
	a.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
	var b bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is one that exists
	_, _ = zip.Write(text)                                  // a buffer takes all
	_ = zip.Close()
	if b.Len() < len(text) {
		a.gzipped = b.Bytes()
	}
	return a
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if a.gzipped != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body) // the client may have gone; for HEAD nothing is sent
}

var gzipNamed = regexp.MustCompile(`(^|[ ,])gzip($|[ ,]|;q=[^0])`)

func acceptsGzip(r *http.Request) bool { return gzipNamed.MatchString(r.Header.Get("Accept-Encoding")) }

// register adds the page to the paths of a site.
func (p *page) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", p.policy)
		w.Header().Set("Cache-Control", "no-cache")
		p.index.serve(w, r)
	})
	mux.HandleFunc("GET /assets/", func(w http.ResponseWriter, r *http.Request) {
		name, ours := strings.CutPrefix(r.URL.Path, p.base)
		a, known := p.assets[name]
		if !ours || !known {
			say(w, http.StatusNotFound, "there is nothing at "+html.EscapeString(r.URL.Path))
			return
		}
		for _, name := range []string{"Cross-Origin-Opener-Policy", "Content-Security-Policy", "Permissions-Policy"} {
			w.Header().Del(name) // they are about documents
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		a.serve(w, r)
	})
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		p.assets["icon.svg"].serve(w, r)
	})
}
