package persistence

import (
	"bytes"
	"crypto/sha256"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// A redaction is a record of its own. In the same commit it replaces the record
// that it names by a stub, without text and tags. The two vouch for each other:
// the stub keeps the digest of what was there, so that the hash of the room holds,
// and the redaction that of the stub, so that neither the content can come back
// nor another record lose its own unnoticed.

// stageStub replaces what rec, which will be number seq, redacts, and returns
// the digest of what is left.
func (b *batch) stageStub(rec *journal.Record, seq uint64, rule journal.Redaction) ([]byte, error) {
	if rec.Redacts == 0 || rec.Redacts >= seq {
		return nil, journal.ErrNoMessage
	}
	target, err := b.record(rec.Room, rec.Redacts)
	switch {
	case err != nil:
		return nil, err
	case !journal.Kind(target.Kind).Posted() || target.Redacted > 0 || !journal.MayRead(rule.Role, target.MinRole):
		return nil, journal.ErrNoMessage
	case rule.Author != "" && rule.Author != target.ID:
		return nil, journal.ErrNotTheirs
	}
	plain, err := encode(nil, target)
	if err != nil {
		return nil, err
	}
	target.Text, target.Tags, target.Cuts = "", nil, nil
	target.Redacted, target.Digest = seq, digestOf(plain)
	if plain, err = encode(plain[:0], target); err != nil {
		return nil, err
	}
	rec.MinRole = target.MinRole
	b.reindex(rec.Room, rec.Redacts)
	return digestOf(plain), b.stagePlain(keyOfRecord(rec.Room, rec.Redacts), plain)
}

func digestOf(plain []byte) []byte {
	sum := sha256.Sum256(plain)
	return sum[:]
}

// checkStub compares what redactions say with what they have left. It is given
// the records of a room in their order, and keeps in stubs those of which the
// redaction has yet to come.
func checkStub(stubs map[uint64][]byte, no journal.Room, seq uint64, r storedRecord, plain []byte) error {
	switch {
	case r.Redacted > 0:
		stubs[seq] = digestOf(plain)
	case journal.Kind(r.Kind) == journal.Redact:
		if !bytes.Equal(stubs[r.Redacts], r.Stub) {
			return damaged("message %d of room %d is not as its redaction has left it", r.Redacts, no)
		}
		delete(stubs, r.Redacts)
	}
	return nil
}
