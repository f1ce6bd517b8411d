package config

import (
	"fmt"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes, written as "256KiB", "1MB" or a plain number.
type Size int

const maxSize = 1 << 30

// UnmarshalTOML reads a text or a number, at most 1 GiB.
func (s *Size) UnmarshalTOML(v any) error {
	var n uint64
	switch v := v.(type) {
	case string:
		parsed, err := humanize.ParseBytes(v)
		if err != nil {
			return fmt.Errorf("%q is not a size such as \"256KiB\"", v)
		}
		n = parsed
	case int64:
		n = uint64(max(v, 0))
	default:
		return fmt.Errorf("%v is not a size such as \"256KiB\"", v)
	}
	if n > maxSize {
		return fmt.Errorf("%v is more than 1GiB", v)
	}
	*s = Size(n)
	return nil
}
