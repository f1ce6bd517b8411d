package persistence

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"github.com/greenroom-chat/greenroom/actors/journal"
)

// This file is the only place that makes a key of the database. Numbers are
// big-endian. Anything that names a person, a room or a client's message is
// replaced by 16 bytes of HMAC-SHA256 under a key of the keyring, so that a
// stolen disk tells numbers and sizes, no names.
//
//	key                               value
//	a | hmac(account key)             number of the account
//	c | hmac(pair)                    number of the conversation of two people
//	d | hmac(author, client id) | room8   the seq stored under a client id; lives 10 minutes
//	g                                 the last commit's number, and how many accounts and rooms there are
//	h | room8                         head of a room: last seq and time, running hash; in every commit
//	k | hmac(account)                 how many rooms the account is remembered in
//	m | room8 | seq8                  a record
//	n | hmac(room key)                number of the room
//	o | room8                         a room: names, state
//	r | hmac(account) | room8         membership and read marker
//	s | room8 | block8                which words 64 records hold, see index.go
//	t | room8 | chapter8              the same of 64 blocks
//	u | account8                      an account
//
// A block that rots on the disk can bring an older version of a value to light.
// A head must fit to its log and a room's state to its head; for an account its
// block is checked when it is read, and g counts the versions of all accounts
// for Verify.
//
// Rooms and accounts are numbered without holes from 1, and k counts the r of
// an account: Badger passes over what it cannot read, so whatever is listed
// must be countable.
const (
	accountNoKey    = 'a'
	pairKey         = 'c'
	dedupeKey       = 'd'
	commitKey       = 'g'
	headKey         = 'h'
	memberCountKey  = 'k'
	recordKey       = 'm'
	roomNoKey       = 'n'
	roomKey         = 'o'
	memberKey       = 'r'
	blockKey        = 's'
	chapterKey      = 't'
	accountKey      = 'u'
	hashedNameBytes = 16
)

func keyOfCommit() []byte { return []byte{commitKey} }

func keyOfHead(no journal.Room) []byte { return numbered(headKey, uint64(no)) }

func keyOfRoom(no journal.Room) []byte { return numbered(roomKey, uint64(no)) }

func keyOfAccount(no uint64) []byte { return numbered(accountKey, no) }

func keyOfRecord(no journal.Room, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(numbered(recordKey, uint64(no)), seq)
}

func keyOfBlock(no journal.Room, block uint64) []byte {
	return binary.BigEndian.AppendUint64(numbered(blockKey, uint64(no)), block)
}

func keyOfChapter(no journal.Room, chapter uint64) []byte {
	return binary.BigEndian.AppendUint64(numbered(chapterKey, uint64(no)), chapter)
}

func numbered(kind byte, no uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 17), kind), no)
}

// hasher makes the keys that hide a name. It is not safe for concurrent use.
type hasher struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

func newHasher(key []byte) *hasher { return &hasher{mac: hmac.New(sha256.New, key)} }

func (h *hasher) account(key string) []byte { return h.hide(accountNoKey, key) }

func (h *hasher) room(key string) []byte { return h.hide(roomNoKey, key) }

func (h *hasher) pair(p [2]string) []byte { return h.hide(pairKey, p[0], p[1]) }

func (h *hasher) dedupe(author, clientID string, no journal.Room) []byte {
	return binary.BigEndian.AppendUint64(h.hide(dedupeKey, author, clientID), uint64(no))
}

func (h *hasher) memberCount(account string) []byte { return h.hide(memberCountKey, account) }

// members is the prefix of all memberships of an account.
func (h *hasher) members(account string) []byte { return h.hide(memberKey, account) }

func (h *hasher) member(account string, no journal.Room) []byte {
	return binary.BigEndian.AppendUint64(h.members(account), uint64(no))
}

// hide hashes the kind along, so that the same name gives unrelated keys in
// each table, and every length, so that parts cannot be shifted.
func (h *hasher) hide(kind byte, parts ...string) []byte {
	h.mac.Reset()
	buf := append(make([]byte, 0, 128), kind)
	for _, p := range parts {
		buf = binary.AppendUvarint(buf, uint64(len(p)))
		buf = append(buf, p...)
	}
	h.mac.Write(buf)
	key := append(make([]byte, 0, 1+hashedNameBytes+8), kind)
	return append(key, h.mac.Sum(h.sum[:0])[:hashedNameBytes]...)
}

// numberIn reads the number at the end of a key.
func numberIn(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }
