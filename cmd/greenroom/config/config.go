// Package config reads the server's configuration file: TOML, strict, every
// fault reported at once with its key and line.
package config

import "time"

// Config is the whole file. Its keys are promised in the README; each part of
// the server is given its own few values, never this struct.
type Config struct {
	ServerName     string `toml:"server_name"`
	NetworkName    string `toml:"network_name"`
	Description    string `toml:"description"`
	DataDir        string `toml:"data_dir"`
	MOTD           string `toml:"motd"`
	ServerPassword string `toml:"server_password"`
	UTF8Only       bool   `toml:"utf8_only"`
	TLSPostQuantum string `toml:"tls_post_quantum"` // preferred or required

	Listen    []Listen   `toml:"listen"`
	STS       STS        `toml:"sts"`
	Operators []Operator `toml:"operator"`

	Web        Web      `toml:"web"`
	Accounts   Accounts `toml:"accounts"`
	History    History  `toml:"history"`
	Storage    Storage  `toml:"storage"`
	Limits     Limits   `toml:"limits"`
	RateLimits Switch   `toml:"rate_limits"`
	Throttling Switch   `toml:"login_throttling"`
	Metrics    Metrics  `toml:"metrics"`
	Log        Log      `toml:"log"`
}

// Listen is one address to accept connections on.
type Listen struct {
	Address           string   `toml:"address"`
	TLS               *bool    `toml:"tls"` // absent: true
	AllowPlaintext    bool     `toml:"allow_plaintext"`
	Cert              string   `toml:"cert"`
	Key               string   `toml:"key"`
	WebSocket         bool     `toml:"websocket"`
	Origins           []string `toml:"origins"`             // whose pages may connect to a WebSocket
	ProxyProtocolFrom []string `toml:"proxy_protocol_from"` // CIDRs
}

// Encrypted tells whether the address speaks TLS.
func (l Listen) Encrypted() bool { return l.TLS == nil || *l.TLS }

// Web is where the page is served, and IRC over WebSocket at its /ws.
type Web struct {
	Address        string   `toml:"address"` // empty or "off": nowhere
	Cert           string   `toml:"cert"`
	Key            string   `toml:"key"`
	AllowPlaintext bool     `toml:"allow_plaintext"` // behind a proxy that has TLS
	ACMEDomains    []string `toml:"acme_domains"`
	ACMEEmail      string   `toml:"acme_email"`
	ACMECache      string   `toml:"acme_cache"`     // empty: in the data directory
	ACMEDirectory  string   `toml:"acme_directory"` // empty: Let's Encrypt
	Origins        []string `toml:"origins"`
	TrustedProxies []string `toml:"trusted_proxies"` // CIDRs
	// Explicit: somebody has asked for this address, so that not to have it is
	// an error.
	Explicit bool `toml:"-"`
}

// Off tells whether there is to be no page.
func (w Web) Off() bool { return w.Address == "" || w.Address == "off" }

// Encrypted tells whether the page is served over TLS: everywhere but on
// loopback without a certificate, and where plain text is allowed.
func (w Web) Encrypted() bool {
	if w.Cert != "" || len(w.ACMEDomains) > 0 {
		return true
	}
	return !w.AllowPlaintext && !LocalAddress(w.Address)
}

// STS tells clients that connect in plain text to use TLS from then on.
type STS struct {
	Port     int      `toml:"port"`     // that speaks TLS; 0: as Policy finds it; -1: no policy
	Duration Duration `toml:"duration"` // for how long a client is to remember it
}

// Operator is somebody who may use OPER.
type Operator struct {
	Name     string `toml:"name"`
	Password string `toml:"password"` // PHC string
}

// Accounts says who may chat and how they become known.
type Accounts struct {
	Required          bool   `toml:"required"`
	Registration      string `toml:"registration"` // open, invite or closed
	BeforeConnect     bool   `toml:"before_connect"`
	EmailRequired     bool   `toml:"email_required"`
	CustomAccountName bool   `toml:"custom_account_name"`
	PasswordPolicy    string `toml:"password_policy"` // strong or none
	PasswordHash      string `toml:"password_hash"`   // strong or test
	Scram             bool   `toml:"scram"`
	MultipleSessions  bool   `toml:"multiple_sessions"`
	AlwaysOn          bool   `toml:"always_on"`
	DefaultUserModes  string `toml:"default_user_modes"` // of everybody at sign-in, such as "+i"
}

// History says what is kept and shown again.
type History struct {
	Enabled               bool     `toml:"enabled"`
	DirectMessages        bool     `toml:"direct_messages"`
	MaxMessagesPerRequest int      `toml:"max_messages_per_request"`
	Retention             Duration `toml:"retention"` // 0: for ever
	StoreTagmsgWith       []string `toml:"store_tagmsg_with"`
	AllowRedaction        bool     `toml:"allow_redaction"`
}

// Storage tunes the journal.
type Storage struct {
	MaxBatch      int    `toml:"max_batch"` // messages in a commit
	MasterKeyFile string `toml:"master_key_file"`
}

// Limits bounds what people may send and keep. Lengths are in bytes.
type Limits struct {
	NickLength            int  `toml:"nick_length"`
	ChannelLength         int  `toml:"channel_length"`
	TopicLength           int  `toml:"topic_length"`
	KickLength            int  `toml:"kick_length"`
	AwayLength            int  `toml:"away_length"`
	MonitorEntries        int  `toml:"monitor_entries"`
	ListModeEntries       int  `toml:"list_mode_entries"`
	WhowasEntries         int  `toml:"whowas_entries"`
	LineLength            int  `toml:"line_length"`
	MultilineMaxBytes     int  `toml:"multiline_max_bytes"`
	MultilineMaxLines     int  `toml:"multiline_max_lines"`
	MetadataKeys          int  `toml:"metadata_keys"`
	MetadataSubscriptions int  `toml:"metadata_subscriptions"`
	MetadataValueBytes    int  `toml:"metadata_value_bytes"`
	SendQueue             Size `toml:"send_queue"`
	SendQueueTotal        Size `toml:"send_queue_total"` // of all connections together
	InFlightTotal         Size `toml:"in_flight_total"`  // commands that have no answer yet, of all connections
	Connections           int  `toml:"connections"`      // 0: what memory and open files allow, up to 10,000
	ConnectionsPerIP      int  `toml:"connections_per_ip"`
	CountLoopback         bool `toml:"count_loopback"` // among those who have not logged in
	Accounts              int  `toml:"accounts"`
}

// Switch turns a group of limits on or off.
type Switch struct {
	Enabled bool `toml:"enabled"`
}

// Metrics is where operators look: /metrics, /healthz, /readyz, /debug/pprof.
type Metrics struct {
	Address     string `toml:"address"` // empty: nowhere
	AllowRemote bool   `toml:"allow_remote"`
}

// Log says what is written to standard error, and how.
type Log struct {
	Format string `toml:"format"` // console or json
	Level  string `toml:"level"`  // trace, debug, info, warn or error
}

// Default is the configuration of a server that was given none.
func Default() Config {
	return Config{
		ServerName:  "greenroom.local",
		NetworkName: "Greenroom",
		Description: "a greenroom server",
		DataDir:     "greenroom-data",
		UTF8Only:    true,

		TLSPostQuantum: "preferred",
		Listen:         []Listen{{Address: "127.0.0.1:6697"}},
		Web:            Web{Address: "127.0.0.1:8067"},
		Accounts: Accounts{
			Required: true, Registration: "open", BeforeConnect: true, CustomAccountName: true,
			PasswordPolicy: "strong", PasswordHash: "strong", MultipleSessions: true,
		},
		STS: STS{Duration: Duration(30 * 24 * time.Hour)},
		History: History{
			Enabled: true, DirectMessages: true, MaxMessagesPerRequest: 100,
			StoreTagmsgWith: []string{"+draft/persist", "+persist"}, AllowRedaction: true,
		},
		Storage: Storage{MaxBatch: 128},
		Limits: Limits{
			NickLength: 32, ChannelLength: 64, TopicLength: 390, KickLength: 390, AwayLength: 200,
			MonitorEntries: 100, ListModeEntries: 60, WhowasEntries: 100, LineLength: 512,
			MultilineMaxBytes: 4096, MultilineMaxLines: 32,
			MetadataKeys: 100, MetadataSubscriptions: 100, MetadataValueBytes: 479,
			SendQueue: 256 << 10, SendQueueTotal: 64 << 20, InFlightTotal: 32 << 20,
			ConnectionsPerIP: 32, Accounts: 100_000,
		},
		RateLimits: Switch{Enabled: true},
		Throttling: Switch{Enabled: true},
		Log:        Log{Format: "console", Level: "info"},
	}
}

// Duration is a time.Duration written as Go prints it, or "0".
type Duration time.Duration

// UnmarshalText reads "720h", "90s" or "0".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}
