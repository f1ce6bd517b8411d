// Package pin prints what a certificate is recognized by, so that the server
// shows and the client compares the same words.
package pin

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
)

// Of prints the SHA-256 of the certificate's public key in the manner of SSH.
// It stays when a certificate is renewed with the same key.
func Of(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
