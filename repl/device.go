package repl

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/greenroom-chat/greenroom/net/client"
	"github.com/greenroom-chat/greenroom/net/irc"
)

// A device is this machine, as an account knows it: a key of its own, with a certificate that signs itself. Each
// account of each server gets another one, so that two servers cannot tell that it is the same machine.
type device struct{ file string }

// deviceLasts is a date that no certificate passes: the account is asked to forget it, and not the calendar.
var deviceLasts = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC) // RFC 5280 4.1.2.5

func deviceOf(addr, account string) device {
	sum := sha256.Sum256([]byte(addr + "\x00" + irc.Fold(account)))
	return device{filepath.Join(dataDir(), fmt.Sprintf("device-%x.pem", sum[:8]))}
}

// load gives the certificate with its key; nil where there is none.
func (d device) load() (*tls.Certificate, error) {
	info, err := os.Stat(d.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return nil, fmt.Errorf("the key in %s is not used, for others can read it: chmod 600 mends that", d.file)
	case err != nil:
		return nil, fmt.Errorf("read this device's certificate: %w", err)
	}
	text, err := os.ReadFile(d.file)
	if err != nil {
		return nil, fmt.Errorf("read this device's certificate: %w", err)
	}
	cert, err := tls.X509KeyPair(text, text)
	if err != nil {
		return nil, fmt.Errorf("read this device's certificate in %s: %w", d.file, err)
	}
	return &cert, nil
}

// make puts a new one on file.
func (d device) make(account string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: account}, NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: deviceLasts,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	if err := replaceFile(d.file, text); err != nil {
		return nil, fmt.Errorf("keep this device's certificate: %w", err)
	}
	return d.load()
}

func (d device) remove() error {
	err := os.Remove(d.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// fingerprintOf is what CERT calls a certificate.
func fingerprintOf(cert *tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	return hex.EncodeToString(sum[:])
}

// byDevice signs in without a password, where this machine is known; nil, nil where it is not.
func (s *session) byDevice(ctx context.Context) (*client.Client, error) {
	if s.o.Plaintext || s.env != "" {
		return nil, nil
	}
	d := deviceOf(s.o.Addr, s.login.Nick)
	cert, err := d.load()
	if err != nil {
		s.ui.Print("! " + sentence(err.Error()))
	}
	if cert == nil {
		return nil, nil
	}
	s.login.Certificate = cert
	conn, err := s.dial(ctx)
	if err == nil || !errors.Is(err, client.ErrDenied) || passing(err) {
		return conn, err
	}
	s.login.Certificate = nil
	s.ui.Print("! The account does not know this device any more.")
	return nil, d.remove()
}

// cmdDevice makes this machine known to the account, or forgets it.
func (c *chat) cmdDevice(args string) {
	switch strings.ToLower(args) {
	case "":
		c.knowDevice()
	case "list":
		c.listDevices()
	case "forget":
		c.forgetDevice()
	default:
		c.usage("device")
	}
}

func (c *chat) knowDevice() {
	account := c.conn.Account()
	d := deviceOf(c.o.Addr, account)
	switch {
	case account == "":
		c.refuse("You have no account here.")
		return
	case c.o.Plaintext:
		c.refuse("A device is known by a certificate, for which there has to be TLS: leave --plaintext away.")
		return
	case c.login.Certificate != nil:
		c.say("This device is known already; /device forget undoes that.")
		return
	}
	cert, err := d.load() // this chat was begun with a password all the same
	fresh := cert == nil
	if fresh {
		cert, err = d.make(account)
	}
	if err != nil {
		c.refuse(sentence(err.Error()))
		return
	}
	c.ask(irc.New("CERT", "ADD", fingerprintOf(cert)), func(_ []irc.Message, err error) {
		if err != nil {
			if fresh {
				err = errors.Join(err, d.remove())
			}
			c.answered("Not done", err)
			return
		}
		c.login.Certificate = cert
		c.say("From now on this device needs no password for " + account + ". Its key is in " + d.file + "; /device forget undoes this.")
	})
}

func (c *chat) forgetDevice() {
	d := deviceOf(c.o.Addr, c.conn.Account())
	cert, err := d.load()
	switch {
	case err != nil:
		c.refuse(sentence(err.Error()))
		return
	case cert == nil:
		c.say("This device is not known.")
		return
	}
	c.ask(irc.New("CERT", "DEL", fingerprintOf(cert)), func(_ []irc.Message, err error) {
		var fail *client.Fail
		if err != nil && !(errors.As(err, &fail) && fail.Code == "UNKNOWN_CERTIFICATE") {
			c.answered("Not done", err)
			return
		}
		if err := d.remove(); err != nil {
			c.refuse(sentence(err.Error()))
			return
		}
		c.login.Certificate = nil
		c.say("This device needs a password again.")
		if c.login.Password == "" {
			c.say("If the connection is lost, this chat cannot come back by itself.")
		}
	})
}

func (c *chat) listDevices() {
	ours := ""
	if cert, err := deviceOf(c.o.Addr, c.conn.Account()).load(); err == nil && cert != nil {
		ours = fingerprintOf(cert)
	}
	c.ask(irc.New("CERT", "LIST"), func(replies []irc.Message, err error) {
		c.answered("No devices", err)
		n := 0
		for _, m := range replies {
			if m.Command != "NOTE" || m.Param(1) != "CERTIFICATE" {
				continue
			}
			n++
			line := fmt.Sprintf("%d  %s", n, m.Param(2))
			if m.Param(2) == ours {
				line += "  (this one)"
			}
			c.say(line)
		}
		if n == 0 && err == nil {
			c.say("No device is known to the account; /device makes this one so.")
		}
	})
}
