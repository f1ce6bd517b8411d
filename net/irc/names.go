package irc

// Capabilities, as CAP names them.
const (
	CapAccountNotify    = "account-notify"
	CapAccountTag       = "account-tag"
	CapAwayNotify       = "away-notify"
	CapBatch            = "batch"
	CapCapNotify        = "cap-notify"
	CapChannelRename    = "draft/channel-rename"
	CapChatHistory      = "draft/chathistory"
	CapEchoMessage      = "echo-message"
	CapEventPlayback    = "draft/event-playback"
	CapExtendedISupport = "draft/extended-isupport"
	CapExtendedJoin     = "extended-join"
	CapExtendedMonitor  = "extended-monitor"
	CapInviteNotify     = "invite-notify"
	CapLabeledResponse  = "labeled-response"
	CapMessageTags      = "message-tags"
	CapMetadata         = "draft/metadata-2"
	CapMetadataNumeric  = "draft/metadata-3"
	CapMultiPrefix      = "multi-prefix"
	CapMultiline        = "draft/multiline"
	CapNoImplicitNames  = "no-implicit-names"
	CapPreAway          = "draft/pre-away"
	CapReadMarker       = "draft/read-marker"
	CapRedaction        = "draft/message-redaction"
	CapRegistration     = "draft/account-registration"
	CapSasl             = "sasl"
	CapServerTime       = "server-time"
	CapSetname          = "setname"
	CapSearch           = "soju.im/search"
	CapSTS              = "sts"
	CapStandardReplies  = "standard-replies"
	CapUserhostInNames  = "userhost-in-names"
)

// Tags that have a meaning here.
const (
	TagAccount = "account"
	TagBatch   = "batch"
	TagBot     = "bot"
	TagLabel   = "label"
	TagConcat  = "draft/multiline-concat"
	TagMsgID   = "msgid"
	TagTime    = "time"
	// TagClientID is what a client calls a message so that it may send it
	// again without its being stored twice.
	TagClientID = "+greenroom/id"
)

// MaxLabel is the longest label that a client may send (ircv3 labeled-response).
const MaxLabel = 64

// Batch types.
const (
	BatchLabeled      = "labeled-response"
	BatchChatHistory  = "chathistory"
	BatchISupport     = "draft/isupport"
	BatchMetadata     = "metadata"
	BatchMetadataSubs = "metadata-subs"
	BatchTargets      = "draft/chathistory-targets"
	BatchMultiline    = "draft/multiline"
	BatchSearch       = "soju.im/search"
)

// Fold maps a name to the form under which it is compared: CASEMAPPING=ascii.
func Fold(name string) string {
	for i := 0; i < len(name); i++ {
		if 'A' <= name[i] && name[i] <= 'Z' {
			return foldFrom(name, i)
		}
	}
	return name
}

func foldFrom(name string, i int) string {
	b := []byte(name)
	for ; i < len(b); i++ {
		b[i] = lower(b[i])
	}
	return string(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}
