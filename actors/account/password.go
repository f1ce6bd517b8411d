package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/greenroom-chat/greenroom/actors/records"
)

// cost is what one Argon2id hash takes.
type cost struct {
	Memory  uint32 // KiB
	Time    uint32
	Threads uint8
}

// RFC 9106 4, second recommended option, with one thread: a login takes a
// core, not all of them. The other is for tests and worth nothing.
var (
	strongCost = cost{Memory: 64 * 1024, Time: 3, Threads: 1}
	testCost   = cost{Memory: 64, Time: 1, Threads: 1}
)

// weaker tells whether a hash of this cost should be replaced by another.
func (c cost) weaker(than cost) bool {
	return uint64(c.Memory)*uint64(c.Time) < uint64(than.Memory)*uint64(than.Time)
}

const (
	saltSize = 16
	keySize  = 32
)

// derive is argon2.IDKey, or what counts its calls in a test.
type derive func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte

// phc is a password hash, apart from its text:
// $argon2id$v=19$m=65536,t=3,p=1$salt$key
type phc struct {
	cost
	salt, key []byte
}

var errBadHash = errors.New("not an Argon2id hash")

// Bounds of what is accepted from a stored hash: a damaged or forged one must
// not cost the server its memory.
const (
	maxMemory  = 1 << 20 // KiB
	maxTime    = 64
	maxThreads = 16
)

var phcText = base64.RawStdEncoding.Strict()

func (h phc) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.Memory, h.Time, h.Threads, phcText.EncodeToString(h.salt), phcText.EncodeToString(h.key))
}

// parsePHC reads what String prints, and nothing else.
func parsePHC(hash records.Hash) (phc, error) {
	text := string(hash)
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return phc{}, errBadHash
	}
	var h phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.Memory, &h.Time, &h.Threads); err != nil {
		return phc{}, errBadHash
	}
	var errSalt, errKey error
	h.salt, errSalt = phcText.DecodeString(parts[4])
	h.key, errKey = phcText.DecodeString(parts[5])
	if errSalt != nil || errKey != nil || !h.inBounds() || h.String() != text {
		return phc{}, errBadHash
	}
	return h, nil
}

func (h phc) inBounds() bool {
	return h.Threads >= 1 && h.Threads <= maxThreads &&
		h.Time >= 1 && h.Time <= maxTime &&
		h.Memory >= 8*uint32(h.Threads) && h.Memory <= maxMemory &&
		len(h.salt) >= 8 && len(h.salt) <= 64 && len(h.key) >= 16 && len(h.key) <= 64
}

// hasher hashes and verifies at one cost.
type hasher struct {
	cost   cost
	derive derive
	rounds int // of the verifier for SCRAM; 0: none is made
}

func (h hasher) hash(password Secret) records.Hash {
	fresh := phc{cost: h.cost, salt: make([]byte, saltSize)}
	_, _ = rand.Read(fresh.salt) // never fails (crypto/rand)
	fresh.key = h.key(fresh, password, keySize)
	return records.Hash(fresh.String())
}

// verify compares in constant time. outdated: the hash is cheaper than those
// that are made today.
func (h hasher) verify(stored records.Hash, password Secret) (ok, outdated bool, err error) {
	known, err := parsePHC(stored)
	if err != nil {
		return false, false, err
	}
	key := h.key(known, password, uint32(len(known.key)))
	return subtle.ConstantTimeCompare(key, known.key) == 1, known.weaker(h.cost), nil
}

// pretend takes the time of verify, for an account that does not exist.
func (h hasher) pretend(password Secret) {
	nobody := phc{cost: h.cost, salt: make([]byte, saltSize), key: make([]byte, keySize)}
	_, _, _ = h.verify(records.Hash(nobody.String()), password)
}

func (h hasher) key(p phc, password Secret, size uint32) []byte {
	return h.derive([]byte(password.reveal()), p.salt, p.Time, p.Memory, p.Threads, size)
}
