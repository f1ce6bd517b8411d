package config

import (
	"net"
	"strconv"
)

// STSPort is the port that clients which connect in plain text are told to use
// instead; 0: none. Nobody is told so by default unless they can have come from
// elsewhere and the port has a certificate of an authority: a client that obeys
// takes no other, and would find the server gone.
func (c Config) STSPort() int {
	if c.STS.Port != 0 {
		return max(c.STS.Port, 0)
	}
	plain, port := false, 0
	for _, l := range c.Listen {
		host, service, err := net.SplitHostPort(l.Address)
		if err != nil || Loopback(host) || l.WebSocket {
			continue
		}
		switch number, err := strconv.Atoi(service); {
		case !l.Encrypted():
			plain = true
		case err == nil && l.Cert != "" && port == 0:
			port = number
		}
	}
	if !plain {
		return 0
	}
	return port
}

func (v *verdict) sts(c Config) {
	v.between("sts.port", c.STS.Port, -1, 65535)
	v.check("sts.duration", c.STS.Duration >= 0, "cannot be negative")
}
