package conn

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/greenroom-chat/greenroom/net/irc"
)

// modeTypes are the modes of a room, as MODE parses them and 005 tells them.
var modeTypes = irc.ModeTypes{List: "beI", Always: "k", Set: "l", Flag: "CMRUimnstu", Prefix: "qaohv"}

// Limits that are the same on every server: what others may see of an address,
// and the key of a room, in bytes.
const (
	maxHost = 64
	maxKey  = 32
)

// prefixes show roles, in the order of modeTypes.Prefix.
const prefixes = "~&@%+"

// greet tells a client all about the server once it is signed in.
func (c *conn) greet(x *exchange) {
	cfg := c.cfg
	c.numeric(x, irc.RplWelcome, fmt.Sprintf("Welcome to %s, %s", cfg.Network, c.nick))
	c.numeric(x, irc.RplYourHost, fmt.Sprintf("Your host is %s, running %s", cfg.Server, cfg.Version))
	c.numeric(x, irc.RplCreated, "This server was started "+cfg.Started.UTC().Format(time.RFC1123))
	c.numeric(x, irc.RplMyInfo, cfg.Server, cfg.Version, strings.ReplaceAll(allUserModes(), " ", ""),
		modeTypes.Flag+modeTypes.List+modeTypes.Always+modeTypes.Set+modeTypes.Prefix,
		modeTypes.List+modeTypes.Always+modeTypes.Set+modeTypes.Prefix)
	batch := ""
	if c.caps.has(capBatch | capExtendedISupport) {
		batch = c.beginBatch(x, irc.BatchISupport)
	}
	c.sayISupport(x, batch)
	c.endBatch(x, batch)
	if modes := modeLetters(c.profile.Modes); modes != "" {
		c.numeric(x, irc.RplUModeIs, "+"+modes)
	}
	c.sayOwn(x)
	c.sayMotd(x)
}

// isupportCommand is ISUPPORT (ircv3 extended-isupport), which also those may
// send that have the capability and are not signed in.
func (c *conn) isupportCommand(_ actor.Context, x *exchange, _ irc.Message) {
	if c.user == nil && !c.caps.has(capExtendedISupport) {
		c.notRegistered(x)
		return
	}
	if c.caps.has(capBatch | capExtendedISupport) {
		c.openBatch(x, irc.BatchISupport)
	}
	c.sayISupport(x, "")
}

func (c *conn) sayISupport(x *exchange, batch string) {
	const text = "are supported by this server"
	room := irc.MaxText(c.cfg.Server, "005 "+c.shownNick(), text)
	for _, tokens := range irc.ISupport(c.cfg.isupport(), room) {
		c.replyIn(x, batch, c.numericOf(irc.RplISupport, append(tokens, text)...))
	}
}

// isupport is what 005 says. Names ending in LEN are bytes.
func (cfg *Config) isupport() []irc.Token {
	l := &cfg.Limits
	num := strconv.Itoa
	t := func(name, value string) irc.Token { return irc.Token{Name: name, Value: value} }
	list := []irc.Token{
		t("NETWORK", cfg.Network),
		t("CASEMAPPING", "ascii"),
		t("UTF8ONLY", ""),
		t("BOT", "B"),
		t("CHANTYPES", "#"),
		t("CHANMODES", modeTypes.List+","+modeTypes.Always+","+modeTypes.Set+","+modeTypes.Flag),
		t("PREFIX", "("+modeTypes.Prefix+")"+prefixes),
		t("STATUSMSG", prefixes),
		t("EXCEPTS", "e"),
		t("INVEX", "I"),
		t("EXTBAN", ",am"),
		t("ACCOUNTEXTBAN", "a"),
		t("WHOX", ""),
		t("ELIST", "CMNTU"),
		t("SAFELIST", ""),
		t("NICKLEN", num(l.Nick)),
		t("USERLEN", num(l.Username)),
		t("NAMELEN", num(l.Realname)),
		t("HOSTLEN", num(maxHost)),
		t("KEYLEN", num(maxKey)),
		t("CHANNELLEN", num(l.Channel)),
		t("TOPICLEN", num(l.Topic)),
		t("KICKLEN", num(l.Kick)),
		t("AWAYLEN", num(l.Away)),
		t("LINELEN", num(irc.MaxBody)),
		t("MODES", num(l.Modes)),
		t("MAXLIST", modeTypes.List+":"+num(l.ListEntries)),
		t("CHANLIMIT", "#:"+num(l.Rooms)),
		t("TARGMAX", cfg.targmax()),
		t("MAXTARGETS", num(l.Targets)),
	}
	if l.Monitor > 0 {
		list = append(list, t("MONITOR", num(l.Monitor)))
	}
	if cfg.History {
		list = append(list, t("CHATHISTORY", num(l.History)), t("MSGREFTYPES", "msgid,timestamp"))
	}
	if cfg.AccountRequired {
		list = append(list, t("draft/ACCOUNTREQUIRED", ""))
	}
	return list
}

func (cfg *Config) targmax() string {
	n := strconv.Itoa(cfg.Limits.Targets)
	return "JOIN:" + n + ",KICK:" + n + ",NAMES:" + n + ",NOTICE:" + n + ",PART:" + n + ",PRIVMSG:" + n + ",TAGMSG:" + n + ",WHOIS:1,WHOWAS:" + n
}
