package journal

// powers are the bits of a role, from the least power to the most. Their order
// is not that of their numbers, which are on disk.
var powers = [...]uint8{1, 4, 2, 8, 16}

// Rank orders roles, which are sets of bits: that of the most power counts.
func Rank(role uint8) int {
	for i := len(powers) - 1; i >= 0; i-- {
		if role&powers[i] != 0 {
			return i + 1
		}
	}
	return 0
}

// MayRead tells whether a record that is for a role is shown to another.
func MayRead(role, min uint8) bool { return Rank(role) >= Rank(min) }
