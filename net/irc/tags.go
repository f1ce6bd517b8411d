package irc

import "strings"

// takeTags reads the section that begins with '@' and returns what follows the
// space after it.
func takeTags(line string, limits Limits) (Tags, string, error) {
	section, rest := takeWord(line[1:])
	if len(section) > limits.TagData {
		return nil, rest, ErrTagsTooLong
	}
	var err error
	n := min(strings.Count(section, ";")+1, limits.Tags)
	tags := make(Tags, 0, n)
	for section != "" {
		var tag string
		tag, section, _ = strings.Cut(section, ";")
		key, value, _ := strings.Cut(tag, "=")
		if key == "" {
			continue
		}
		if i := tags.index(key); i >= 0 {
			// ircv3 message-tags: all but the final occurrence are disregarded.
			tags = append(tags[:i], tags[i+1:]...)
		} else if len(tags) == limits.Tags {
			err = ErrTooManyTags
			break
		}
		tags = append(tags, Tag{key, Unescape(value)})
	}
	if len(tags) == 0 {
		tags = nil
	}
	return tags, rest, err
}

// index is linear; Limits.Tags keeps the whole section from being quadratic.
func (t Tags) index(key string) int {
	for i := range t {
		if t[i].Key == key {
			return i
		}
	}
	return -1
}

// Unescape reads a tag value as it is on the wire. An unknown escape loses its
// backslash, and so does a lone one at the end (ircv3 message-tags: escaping).
func Unescape(value string) string {
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	b := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		c := value[i]
		if c == '\\' {
			i++
			if i == len(value) {
				break
			}
			switch c = value[i]; c {
			case ':':
				c = ';'
			case 's':
				c = ' '
			case 'r':
				c = '\r'
			case 'n':
				c = '\n'
			}
		}
		b = append(b, c)
	}
	return string(b)
}

// Escape writes a value as tags, and what is written like them, have it.
func Escape(value string) string { return string(appendEscaped(nil, value)) }

// appendEscaped writes a tag value. NUL has no escape and becomes a space.
func appendEscaped(dst []byte, value string) []byte {
	if !strings.ContainsAny(value, "; \\\r\n\x00") {
		return append(dst, value...)
	}
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case ';':
			dst = append(dst, `\:`...)
		case ' ', 0:
			dst = append(dst, `\s`...)
		case '\\':
			dst = append(dst, `\\`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\n':
			dst = append(dst, `\n`...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendTags writes '@', the tags of all sets and a space; nothing when there
// are none. The server's own go first, so that a client's cannot push them out.
func AppendTags(dst []byte, sets ...Tags) []byte {
	sep := byte('@')
	for _, set := range sets {
		for i := range set {
			if set[i].Key == "" {
				continue
			}
			dst = append(dst, sep)
			sep = ';'
			dst = appendClean(dst, set[i].Key, "; =\r\n\x00")
			if set[i].Value != "" {
				dst = append(dst, '=')
				dst = appendEscaped(dst, set[i].Value)
			}
		}
	}
	if sep == '@' {
		return dst
	}
	return append(dst, ' ')
}

// TagDataLen is the length of the tags on the wire, without '@' and space.
func TagDataLen(sets ...Tags) int {
	n := 0
	for _, set := range sets {
		for i := range set {
			if set[i].Key == "" {
				continue
			}
			n += len(";") + len(set[i].Key)
			if set[i].Value != "" {
				n += len("=") + escapedLen(set[i].Value)
			}
		}
	}
	return max(n-len(";"), 0)
}

func escapedLen(value string) int {
	n := len(value)
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case ';', ' ', '\\', '\r', '\n', 0:
			n++
		}
	}
	return n
}
