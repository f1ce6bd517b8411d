package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// Validate returns every fault of the values. Keys are named as in the file.
func (c Config) Validate() []Fault {
	var v verdict
	v.serverName(c.ServerName)
	v.check("network_name", c.NetworkName != "" && !strings.ContainsAny(c.NetworkName, " \r\n\x00"), "needs a name without spaces")
	v.check("data_dir", c.DataDir != "", "needs a directory")
	v.check("utf8_only", c.UTF8Only, "only true is supported: everything that is stored is UTF-8")
	v.check("server_password", !strings.ContainsAny(c.ServerPassword, " \r\n\x00"), "must not contain spaces")
	v.check("listen", len(c.Listen) > 0, "needs at least one address")
	seen := map[string]bool{}
	for i, l := range c.Listen {
		v.listen(fmt.Sprintf("listen[%d]", i), l)
		v.check(fmt.Sprintf("listen[%d].address", i), !seen[l.Address] || strings.HasSuffix(l.Address, ":0"), l.Address+" is there twice")
		seen[l.Address] = true
	}
	v.web(c)
	v.sts(c)
	v.operators(c)
	v.accounts(c.Accounts)
	v.history(c.History)
	v.between("storage.max_batch", c.Storage.MaxBatch, 1, 512)
	v.limits(c.Limits)
	v.metrics(c)
	v.oneOf("tls_post_quantum", c.TLSPostQuantum, "preferred", "required")
	v.oneOf("log.format", c.Log.Format, "console", "json")
	v.oneOf("log.level", c.Log.Level, "trace", "debug", "info", "warn", "error")
	return v.faults
}

// Warnings are about what works, but should not be so on a server that people
// rely on.
func (c Config) Warnings() []Fault {
	var v verdict
	v.check("accounts.password_hash", c.Accounts.PasswordHash != "test",
		"passwords are hashed cheaply, for tests: whoever gets the data directory gets the passwords")
	return v.faults
}

type verdict struct{ faults []Fault }

func (v *verdict) check(key string, ok bool, what string) {
	if !ok {
		v.faults = append(v.faults, Fault{Key: key, What: what})
	}
}

// later refuses what this version does not do, so that nobody relies on it.
func (v *verdict) later(key string, unused bool) {
	v.check(key, unused, "is not supported by this version; leave it out")
}

func (v *verdict) between(key string, n, low, high int) {
	v.check(key, n >= low && n <= high, fmt.Sprintf("%d is out of range: %d to %d", n, low, high))
}

func (v *verdict) oneOf(key, value string, allowed ...string) {
	for _, a := range allowed {
		if value == a {
			return
		}
	}
	v.check(key, false, fmt.Sprintf("%q is not one of %s", value, strings.Join(allowed, ", ")))
}

func (v *verdict) serverName(name string) {
	ok := strings.Contains(name, ".") && len(name) <= 63 && !strings.ContainsAny(name, " :!@*?#\r\n\x00")
	v.check("server_name", ok, fmt.Sprintf("%q is not a host name with a dot in it, of at most 63 bytes", name))
}

func (v *verdict) listen(key string, l Listen) {
	host, port, err := net.SplitHostPort(l.Address)
	if err != nil || port == "" {
		v.check(key+".address", false, fmt.Sprintf("%q is not host:port", l.Address))
		return
	}
	if n, err := net.LookupPort("tcp", port); err != nil || n > 65535 {
		v.check(key+".address", false, fmt.Sprintf("%q is not a port", port))
	}
	v.readable(key+".cert", l.Cert)
	v.readable(key+".key", l.Key)
	v.check(key+".tls", l.Encrypted() || l.AllowPlaintext || Loopback(host),
		"plain text is refused on an address that is not loopback; use TLS, or set allow_plaintext = true")
	v.check(key+".cert", (l.Cert == "") == (l.Key == ""), "cert and key go together")
	v.check(key+".cert", l.Encrypted() || l.Cert == "", "a certificate is of no use without TLS")
	v.check(key+".origins", l.WebSocket || len(l.Origins) == 0, "is of no use without websocket = true")
	for _, o := range l.Origins {
		v.check(key+".origins", o == "*" || isOrigin(o), fmt.Sprintf("%q is not an origin such as https://chat.example.org", o))
	}
	for _, cidr := range l.ProxyProtocolFrom {
		_, err := netip.ParsePrefix(cidr)
		v.check(key+".proxy_protocol_from", err == nil, fmt.Sprintf("%q is not a CIDR such as 10.0.0.0/8", cidr))
	}
}

// isOrigin tells whether a browser may send it as the origin of a page.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && strings.Trim(u.Path, "/") == "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func (v *verdict) readable(key, file string) {
	if file == "" {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		v.check(key, false, fmt.Sprintf("cannot be read: %v", err))
		return
	}
	f.Close()
}

// Loopback tells whether a host of a listen address is reachable from this
// machine only.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// LocalAddress tells it of host:port.
func LocalAddress(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && Loopback(host)
}

func (v *verdict) operators(c Config) {
	for i, o := range c.Operators {
		key := fmt.Sprintf("operator[%d]", i)
		v.check(key+".name", o.Name != "" && len(o.Name) <= 64 && !strings.ContainsAny(o.Name, " \r\n\x00"),
			"needs a name without spaces, of at most 64 bytes")
		phc := strings.HasPrefix(o.Password, "$argon2id$")
		v.check(key+".password", phc || o.Password != "" && c.Accounts.PasswordHash == "test",
			"needs an Argon2id hash ($argon2id$...); plain text goes only with accounts.password_hash = \"test\"")
	}
}

func (v *verdict) accounts(a Accounts) {
	v.oneOf("accounts.registration", a.Registration, "open", "invite", "closed")
	v.later("accounts.registration", a.Registration != "invite")
	v.check("accounts.default_user_modes", strings.Trim(a.DefaultUserModes, "+RTiw") == "", "has only the letters R, T, i and w")
	v.oneOf("accounts.password_policy", a.PasswordPolicy, "strong", "none")
	v.oneOf("accounts.password_hash", a.PasswordHash, "strong", "test")
	v.later("accounts.always_on", !a.AlwaysOn)
}

func (v *verdict) history(h History) {
	v.between("history.max_messages_per_request", h.MaxMessagesPerRequest, 1, 1000)
	v.later("history.direct_messages", h.DirectMessages)
	v.later("history.retention", h.Retention == 0)
}

func (v *verdict) limits(l Limits) {
	v.between("limits.nick_length", l.NickLength, 1, 64)
	v.between("limits.channel_length", l.ChannelLength, 2, 200)
	v.between("limits.topic_length", l.TopicLength, 1, 390)
	v.between("limits.kick_length", l.KickLength, 1, 390)
	v.between("limits.away_length", l.AwayLength, 1, 390)
	v.between("limits.monitor_entries", l.MonitorEntries, 0, 10000)
	v.between("limits.list_mode_entries", l.ListModeEntries, 1, 1000)
	v.between("limits.whowas_entries", l.WhowasEntries, 0, 10000)
	v.between("limits.line_length", l.LineLength, 512, 512)
	v.between("limits.multiline_max_bytes", l.MultilineMaxBytes, 512, 32<<10)
	v.between("limits.multiline_max_lines", l.MultilineMaxLines, 1, 1000)
	v.between("limits.metadata_keys", l.MetadataKeys, 0, 1000)
	v.between("limits.metadata_subscriptions", l.MetadataSubscriptions, 0, 1000)
	v.between("limits.metadata_value_bytes", l.MetadataValueBytes, 1, 479)
	v.between("limits.send_queue", int(l.SendQueue), 16<<10, 64<<20)
	v.check("limits.send_queue_total", l.SendQueueTotal >= 8*l.SendQueue,
		fmt.Sprintf("must be at least 8 times limits.send_queue, which is %d", l.SendQueue))
	v.between("limits.in_flight_total", int(l.InFlightTotal), 1<<20, maxSize)
	v.between("limits.connections", l.Connections, 0, 1<<20)
	v.between("limits.connections_per_ip", l.ConnectionsPerIP, 1, 1<<20)
	v.between("limits.accounts", l.Accounts, 1, 10_000_000)
}

// metrics refuses an address that others can reach, unless that is wanted.
func (v *verdict) metrics(c Config) {
	m := c.Metrics
	if m.Address == "" {
		return
	}
	host, port, err := net.SplitHostPort(m.Address)
	if err != nil || port == "" {
		v.check("metrics.address", false, fmt.Sprintf("%q is not host:port", m.Address))
		return
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		v.check("metrics.address", false, fmt.Sprintf("%q is not a port", port))
	}
	v.check("metrics.address", m.AllowRemote || Loopback(host), fmt.Sprintf(
		"%s is not a loopback address, and whoever reaches it sees how busy the server is; use 127.0.0.1, or set allow_remote = true", m.Address))
	for _, l := range c.Listen {
		v.check("metrics.address", l.Address != m.Address || port == "0", m.Address+" is an address for chat already")
	}
}
