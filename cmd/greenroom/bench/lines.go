package bench

import "bytes"

// split takes a line apart as far as the bench needs it: tags and the line's end
// are left out.
func split(line []byte) (source, command, params []byte) {
	line = bytes.TrimRight(line, "\r")
	if len(line) > 0 && line[0] == '@' {
		_, line, _ = bytes.Cut(line, []byte{' '})
	}
	if len(line) > 0 && line[0] == ':' {
		source, line, _ = bytes.Cut(line[1:], []byte{' '})
	}
	command, params, _ = bytes.Cut(line, []byte{' '})
	return source, command, params
}

// last is the parameter that may have spaces in it, without its colon.
func last(params []byte) []byte {
	if len(params) > 0 && params[0] == ':' {
		return params[1:]
	}
	_, after, _ := bytes.Cut(params, []byte(" :"))
	return after
}

// isRefusal tells numerics that say no. That there is no message of the day is
// none of them.
func isRefusal(command []byte) bool {
	return len(command) == 3 && (command[0] == '4' || command[0] == '5') && string(command) != "422"
}

// advice is what to do about the commonest refusals.
func advice(line []byte) string {
	for _, known := range []struct{ word, what string }{
		{"ACCOUNT_REQUIRED", "; give it accounts with --account, or let it admit guests"},
		{"too many", "; raise the server's limit of connections for this address"},
		{"Too many", "; raise the server's limit of connections for this address"},
		{"Throttled", "; turn the server's rate limits off for this address"},
		{"hrottl", "; turn the server's rate limits off for this address"},
		{"lood", "; turn the server's flood limits off"},
	} {
		if bytes.Contains(line, []byte(known.word)) {
			return known.what
		}
	}
	return ""
}
