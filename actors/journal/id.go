package journal

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
)

// ID names a record for ever: its room and its sequence number. As text it is
// the msgid of the wire, so that no index is needed to find the record.
type ID struct {
	Room Room
	Seq  uint64
}

var errBadID = errors.New("not a message id")

var idText = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// String prints the ID in base32, at most 32 characters.
func (id ID) String() string {
	b := binary.AppendUvarint(make([]byte, 0, 2*binary.MaxVarintLen64), uint64(id.Room))
	return idText.EncodeToString(binary.AppendUvarint(b, id.Seq))
}

// ParseID reads what String prints, and nothing else.
func ParseID(text string) (ID, error) {
	b, err := idText.DecodeString(text)
	if err != nil {
		return ID{}, errBadID
	}
	room, n := binary.Uvarint(b)
	if n <= 0 {
		return ID{}, errBadID
	}
	seq, m := binary.Uvarint(b[n:])
	if m <= 0 || n+m != len(b) {
		return ID{}, errBadID
	}
	id := ID{Room(room), seq}
	if id.String() != text {
		return ID{}, errBadID
	}
	return id, nil
}
