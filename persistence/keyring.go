package persistence

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The keyring holds the keys that are really used: data keys, of which the
// newest writes and all read, and the key that hides names. It lies beside
// the data, sealed by the master key; so the master key can change without
// touching the data, and a data key can be added while the server runs.
type keyring struct {
	Data  []dataKey `cbor:"1,keyasint"`
	Names []byte    `cbor:"2,keyasint"`
}

type dataKey struct {
	ID  uint16 `cbor:"1,keyasint"`
	Key []byte `cbor:"2,keyasint"`
}

const masterKeyBytes = 32

var keyringMagic = []byte("greenroom keyring 1\n")

// loadKeyring opens the keyring of dir. At the very first start, and only
// then, it makes it, and the master key file too if there is none.
func loadKeyring(cfg Config, first bool) (keyring, error) {
	path := filepath.Join(cfg.Dir, keyringName)
	sealed, err := os.ReadFile(path)
	switch {
	case err == nil:
		return openKeyring(cfg, sealed)
	case !errors.Is(err, os.ErrNotExist):
		return keyring{}, err
	case !first:
		return keyring{}, damaged("the keyring %s is missing, and without it nothing can be read", path)
	}
	master, err := readMasterKey(cfg)
	if errors.Is(err, os.ErrNotExist) {
		master, err = makeMasterKey(cfg)
	}
	if err != nil {
		return keyring{}, err
	}
	if len(cfg.MasterKey) == 0 {
		if err := syncNames(cfg.MasterKeyFile); err != nil {
			return keyring{}, err
		}
	}
	ring := keyring{Data: []dataKey{{ID: 1, Key: randomKey()}}, Names: randomKey()}
	return ring, writeKeyring(path, ring, master)
}

func openKeyring(cfg Config, sealed []byte) (keyring, error) {
	master, err := readMasterKey(cfg)
	if errors.Is(err, os.ErrNotExist) {
		return keyring{}, fmt.Errorf("%w file %s is missing, but %s holds data sealed with it; nothing was changed: "+
			"put the file back, or give the key in GREENROOM_MASTER_KEY", ErrMasterKey, cfg.MasterKeyFile, cfg.Dir)
	}
	if err != nil {
		return keyring{}, err
	}
	body, ok := bytes.CutPrefix(sealed, keyringMagic)
	if !ok {
		return keyring{}, damaged("%s is not a keyring", filepath.Join(cfg.Dir, keyringName))
	}
	s, err := newSealer([]dataKey{{ID: 0, Key: master}})
	if err != nil {
		return keyring{}, err
	}
	plain, err := s.open(nil, keyringMagic, body)
	if err != nil {
		return keyring{}, fmt.Errorf("%w does not open the keyring of %s: it is not the one that the data were sealed with, "+
			"or the keyring is damaged; nothing was changed: give the right key", ErrMasterKey, cfg.Dir)
	}
	var ring keyring
	if err := decode(plain, &ring); err != nil {
		return keyring{}, err
	}
	return ring, nil
}

func writeKeyring(path string, ring keyring, master []byte) error {
	s, err := newSealer([]dataKey{{ID: 0, Key: master}})
	if err != nil {
		return err
	}
	plain, err := encode(nil, ring)
	if err != nil {
		return err
	}
	return writeAtomically(path, append(bytes.Clone(keyringMagic), s.seal(keyringMagic, plain)...))
}

// readMasterKey returns an error that is os.ErrNotExist when there is none.
func readMasterKey(cfg Config) ([]byte, error) {
	if len(cfg.MasterKey) > 0 {
		return parseMasterKey(cfg.MasterKey, "the given key")
	}
	info, err := os.Stat(cfg.MasterKeyFile)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%w file %s can be read by others; change that: chmod 600 %[2]s",
			ErrMasterKey, cfg.MasterKeyFile)
	}
	text, err := os.ReadFile(cfg.MasterKeyFile)
	if err != nil {
		return nil, err
	}
	return parseMasterKey(text, cfg.MasterKeyFile)
}

func parseMasterKey(text []byte, from string) ([]byte, error) {
	key, err := hex.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != masterKeyBytes {
		return nil, fmt.Errorf("%w: %s does not hold %d hexadecimal digits", ErrMasterKey, from, 2*masterKeyBytes)
	}
	return key, nil
}

func makeMasterKey(cfg Config) ([]byte, error) {
	key := randomKey()
	if err := os.MkdirAll(filepath.Dir(cfg.MasterKeyFile), 0o700); err != nil {
		return nil, err
	}
	if err := writeAtomically(cfg.MasterKeyFile, append([]byte(hex.EncodeToString(key)), '\n')); err != nil {
		return nil, err
	}
	cfg.Log("made a master key in " + cfg.MasterKeyFile + "; keep a copy elsewhere: without it the data cannot be read")
	return key, nil
}

func randomKey() []byte {
	key := make([]byte, masterKeyBytes)
	rand.Read(key)
	return key
}

// Derive makes a key for a purpose outside of the store, the same as long as
// the keyring is.
func (db *DB) Derive(purpose string) []byte {
	mac := hmac.New(sha256.New, db.nameKey)
	mac.Write([]byte("derive " + purpose))
	return mac.Sum(nil)
}
