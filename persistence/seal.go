package persistence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
)

// A sealed value is: number of the data key (2 bytes) | nonce (12) |
// ciphertext and tag of AES-256-GCM. The key under which it is stored is the
// additional data: a value that was moved or swapped does not open.
const (
	keyIDBytes  = 2
	prefixBytes = 8
	nonceBytes  = 12
	sealedExtra = keyIDBytes + nonceBytes + 16
)

var errSeal = errors.New("does not open under the key it is stored at")

// sealer seals with the newest data key and opens with every one it has.
// Opening is safe for concurrent use, sealing is not.
type sealer struct {
	newest uint16
	aeads  map[uint16]cipher.AEAD
	// A nonce is a random prefix and a counter. The prefix is drawn again at
	// every start and when the counter is through, so that no nonce comes
	// twice under a key however many values are sealed; random nonces would
	// allow 2^32 of them.
	nonce   [nonceBytes]byte
	counter uint32
}

func newSealer(keys []dataKey) (*sealer, error) {
	s := &sealer{aeads: make(map[uint16]cipher.AEAD, len(keys))}
	for _, k := range keys {
		aead, err := newGCM(k.Key)
		if err != nil {
			return nil, err
		}
		s.aeads[k.ID] = aead
		s.newest = max(s.newest, k.ID)
	}
	return s, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s *sealer) seal(key, plain []byte) []byte {
	if s.counter == 0 {
		rand.Read(s.nonce[:prefixBytes])
	}
	binary.BigEndian.PutUint32(s.nonce[prefixBytes:], s.counter)
	s.counter++
	out := make([]byte, 0, len(plain)+sealedExtra)
	out = binary.BigEndian.AppendUint16(out, s.newest)
	out = append(out, s.nonce[:]...)
	return s.aeads[s.newest].Seal(out, s.nonce[:], plain, key)
}

// open appends what is sealed to dst.
func (s *sealer) open(dst, key, sealed []byte) ([]byte, error) {
	if len(sealed) < sealedExtra {
		return nil, errSeal
	}
	aead := s.aeads[binary.BigEndian.Uint16(sealed)]
	if aead == nil {
		return nil, errSeal
	}
	plain, err := aead.Open(dst, sealed[keyIDBytes:keyIDBytes+nonceBytes], sealed[keyIDBytes+nonceBytes:], key)
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}
