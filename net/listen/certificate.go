package listen

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/greenroom-chat/greenroom/net/pin"
)

// Files of a certificate that the server made for itself.
const (
	certFile = "cert.pem"
	keyFile  = "key.pem"
)

// A self-signed certificate is recognized by its key, so that its dates hardly
// matter; it is renewed with the same key.
const (
	validFor    = 10 * 365 * 24 * time.Hour
	renewBefore = 90 * 24 * time.Hour
)

// ErrKeyExposed: others on this machine can read the key.
var ErrKeyExposed = errors.New("the key file can be read by others (chmod 600 it)")

// Identity is the certificate that the server shows, and its key. It may be
// loaded again while connections come in.
type Identity struct {
	current atomic.Pointer[tls.Certificate]
	load    func() (tls.Certificate, error)
}

// Load takes a certificate and its key from PEM files.
func Load(certPath, keyPath string) (*Identity, error) {
	return newIdentity(func() (tls.Certificate, error) { return tls.LoadX509KeyPair(certPath, keyPath) })
}

// LoadOrMake takes the certificate from dir, and at the first start puts a
// self-signed one there, for the names and addresses given. One that is about
// to end is replaced, its key kept.
func LoadOrMake(dir string, names []string, now func() time.Time) (*Identity, error) {
	return newIdentity(func() (tls.Certificate, error) { return loadOrMake(dir, names, now()) })
}

func newIdentity(load func() (tls.Certificate, error)) (*Identity, error) {
	id := &Identity{load: load}
	return id, id.Reload()
}

// Reload reads the files again. If it fails, what was loaded stays.
func (id *Identity) Reload() error {
	cert, err := id.load()
	if err != nil {
		return fmt.Errorf("load certificate: %w", err)
	}
	id.current.Store(&cert)
	return nil
}

// Fingerprint is what clients know the server by.
func (id *Identity) Fingerprint() string { return pin.Of(id.current.Load().Leaf) }

// Bounds of what a client shows of itself. Nobody verifies a chain: accounts say
// which certificate they trust (SASL EXTERNAL), so that one is enough.
const (
	mostCertificates = 4
	mostCertificate  = 16 << 10 // bytes, of all of them
)

var errChain = errors.New("the client shows too many certificates, or too large ones")

func boundedChain(shown [][]byte, _ [][]*x509.Certificate) error {
	size := 0
	for _, raw := range shown {
		size += len(raw)
	}
	if len(shown) > mostCertificates || size > mostCertificate {
		return errChain
	}
	return nil
}

// RequirePostQuantum accepts no key exchange that a quantum computer will break
// (ATTACKS 11): who offers none is told so by an alert.
func RequirePostQuantum(c *tls.Config) {
	c.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024}
}

// TLS is 1.3 only, with the library's order of key exchanges: X25519MLKEM768
// first. There is no resumption: its tickets would outlive a certificate that
// was replaced. There is no 0-RTT either, as the library has none.
func (id *Identity) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		SessionTicketsDisabled: true,
		ClientAuth:             tls.RequestClientCert, // for SASL EXTERNAL; accounts say which to trust
		VerifyPeerCertificate:  boundedChain,
		GetCertificate:         func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return id.current.Load(), nil },
	}
}

func loadOrMake(dir string, names []string, now time.Time) (tls.Certificate, error) {
	certPath, keyPath := filepath.Join(dir, certFile), filepath.Join(dir, keyFile)
	key, err := loadOrMakeKey(dir, keyPath)
	if err != nil {
		return tls.Certificate{}, err
	}
	cert, err := tls.LoadX509KeyPair(certPath, keyPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return tls.Certificate{}, err
	case now.Before(cert.Leaf.NotAfter.Add(-renewBefore)):
		return cert, nil
	}
	der, err := selfSigned(key, names, now)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writeFile(dir, certFile, 0o644, "CERTIFICATE", der); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(certPath, keyPath)
}

// loadOrMakeKey refuses to make a key where a certificate without one lies:
// everybody who knows the server would take the new one for an impostor.
func loadOrMakeKey(dir, path string) (crypto.Signer, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, certFile)); err == nil {
			return nil, fmt.Errorf("%s is there, but not %s: restore the key, or remove the certificate to make a new identity", certFile, keyFile)
		}
		return makeKey(dir)
	}
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrKeyExposed)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: not PEM", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s: not a signing key", path)
	}
	return signer, nil
}

func makeKey(dir string) (crypto.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return key, writeFile(dir, keyFile, 0o600, "PRIVATE KEY", der)
}

func selfSigned(key crypto.Signer, names []string, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "greenroom"},
		NotBefore:             now.Add(-time.Hour), // clocks differ
		NotAfter:              now.Add(validFor),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if name != "" {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// writeFile makes the file appear whole or not at all.
func writeFile(dir, name string, mode fs.FileMode, kind string, der []byte) (err error) {
	f, err := os.CreateTemp(dir, "."+name+"-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	err = errors.Join(pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
