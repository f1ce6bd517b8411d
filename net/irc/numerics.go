package irc

// Numeric is a three-digit reply. The names are those of modern.ircdocs.horse.
type Numeric string

// Greeting and facts about the server.
const (
	RplWelcome       Numeric = "001"
	RplYourHost      Numeric = "002"
	RplCreated       Numeric = "003"
	RplMyInfo        Numeric = "004"
	RplISupport      Numeric = "005"
	RplUModeIs       Numeric = "221"
	RplLUserClient   Numeric = "251"
	RplLUserOp       Numeric = "252"
	RplLUserUnknown  Numeric = "253"
	RplLUserChannels Numeric = "254"
	RplLUserMe       Numeric = "255"
	RplAdminMe       Numeric = "256"
	RplAdminLoc1     Numeric = "257"
	RplAdminLoc2     Numeric = "258"
	RplAdminEmail    Numeric = "259"
	RplTryAgain      Numeric = "263"
	RplLocalUsers    Numeric = "265"
	RplGlobalUsers   Numeric = "266"
	RplVersion       Numeric = "351"
	RplLinks         Numeric = "364"
	RplEndOfLinks    Numeric = "365"
	RplInfo          Numeric = "371"
	RplMotd          Numeric = "372"
	RplEndOfInfo     Numeric = "374"
	RplMotdStart     Numeric = "375"
	RplEndOfMotd     Numeric = "376"
	RplYoureOper     Numeric = "381"
	RplRehashing     Numeric = "382"
	RplTime          Numeric = "391"
	RplStatsUptime   Numeric = "242"
	RplEndOfStats    Numeric = "219"
	RplHelpStart     Numeric = "704"
	RplHelpTxt       Numeric = "705"
	RplEndOfHelp     Numeric = "706"
)

// People.
const (
	RplAway            Numeric = "301"
	RplUserhost        Numeric = "302"
	RplIsOn            Numeric = "303"
	RplUnAway          Numeric = "305"
	RplNowAway         Numeric = "306"
	RplWhoisCertFP     Numeric = "276"
	RplWhoisRegNick    Numeric = "307"
	RplWhoisUser       Numeric = "311"
	RplWhoisServer     Numeric = "312"
	RplWhoisOperator   Numeric = "313"
	RplWhowasUser      Numeric = "314"
	RplEndOfWho        Numeric = "315"
	RplWhoisIdle       Numeric = "317"
	RplEndOfWhois      Numeric = "318"
	RplWhoisChannels   Numeric = "319"
	RplWhoisAccount    Numeric = "330"
	RplWhoisBot        Numeric = "335"
	RplWhoisActually   Numeric = "338"
	RplWhoisHost       Numeric = "378"
	RplWhoisModes      Numeric = "379"
	RplWhoisSecure     Numeric = "671"
	RplWhoReply        Numeric = "352"
	RplWhoSpcRpl       Numeric = "354"
	RplEndOfWhowas     Numeric = "369"
	RplMonOnline       Numeric = "730"
	RplMonOffline      Numeric = "731"
	RplMonList         Numeric = "732"
	RplEndOfMonList    Numeric = "733"
	ErrMonListFull     Numeric = "734"
	RplWhoisKeyValue   Numeric = "760"
	RplKeyValue        Numeric = "761"
	RplKeyNotSet       Numeric = "766"
	RplMetadataSubOK   Numeric = "770"
	RplMetadataUnsubOK Numeric = "771"
	RplMetadataSubs    Numeric = "772"
	RplMetadataLater   Numeric = "774"
)

// Rooms.
const (
	RplListStart        Numeric = "321"
	RplList             Numeric = "322"
	RplListEnd          Numeric = "323"
	RplChannelModeIs    Numeric = "324"
	RplCreationTime     Numeric = "329"
	RplNoTopic          Numeric = "331"
	RplTopic            Numeric = "332"
	RplTopicWhoTime     Numeric = "333"
	RplInviteList       Numeric = "336"
	RplEndOfInviteList  Numeric = "337"
	RplInviting         Numeric = "341"
	RplInvexList        Numeric = "346"
	RplEndOfInvexList   Numeric = "347"
	RplExceptList       Numeric = "348"
	RplEndOfExceptList  Numeric = "349"
	RplNamReply         Numeric = "353"
	RplEndOfNames       Numeric = "366"
	RplBanList          Numeric = "367"
	RplEndOfBanList     Numeric = "368"
	RplQuietList        Numeric = "728"
	RplEndOfQuietList   Numeric = "729"
	ErrNoPrivs          Numeric = "723"
	ErrInviteOnlyChan   Numeric = "473"
	ErrChannelIsFull    Numeric = "471"
	ErrUnknownMode      Numeric = "472"
	ErrBannedFromChan   Numeric = "474"
	ErrBadChannelKey    Numeric = "475"
	ErrBadChanMask      Numeric = "476"
	ErrNeedReggedNick   Numeric = "477"
	ErrBanListFull      Numeric = "478"
	ErrChanOPrivsNeeded Numeric = "482"
	ErrUserNotInChannel Numeric = "441"
	ErrNotOnChannel     Numeric = "442"
	ErrUserOnChannel    Numeric = "443"
	ErrInvalidModeParam Numeric = "696"
	ErrCannotSendToChan Numeric = "404"
	ErrTooManyChannels  Numeric = "405"
	ErrNoSuchChannel    Numeric = "403"
	ErrInvalidKey       Numeric = "525"
	ErrUModeUnknownFlag Numeric = "501"
)

// Refusals.
const (
	ErrUnknownError      Numeric = "400"
	ErrNoSuchNick        Numeric = "401"
	ErrNoSuchServer      Numeric = "402"
	ErrWasNoSuchNick     Numeric = "406"
	ErrTooManyTargets    Numeric = "407"
	ErrNoOrigin          Numeric = "409"
	ErrInvalidCapCmd     Numeric = "410"
	ErrNoRecipient       Numeric = "411"
	ErrNoTextToSend      Numeric = "412"
	ErrInputTooLong      Numeric = "417"
	ErrUnknownCommand    Numeric = "421"
	ErrNoMotd            Numeric = "422"
	ErrNoNicknameGiven   Numeric = "431"
	ErrErroneusNickname  Numeric = "432"
	ErrNicknameInUse     Numeric = "433"
	ErrNickCollision     Numeric = "436"
	ErrNotRegistered     Numeric = "451"
	ErrNeedMoreParams    Numeric = "461"
	ErrAlreadyRegistered Numeric = "462"
	ErrPasswdMismatch    Numeric = "464"
	ErrYoureBannedCreep  Numeric = "465"
	ErrNoPrivileges      Numeric = "481"
	ErrCantKillServer    Numeric = "483"
	ErrNoOperHost        Numeric = "491"
	ErrUsersDontMatch    Numeric = "502"
	ErrHelpNotFound      Numeric = "524"
	ErrStartTLS          Numeric = "691"
)

// Signing in.
const (
	RplLoggedIn    Numeric = "900"
	RplLoggedOut   Numeric = "901"
	ErrNickLocked  Numeric = "902"
	RplSaslSuccess Numeric = "903"
	ErrSaslFail    Numeric = "904"
	ErrSaslTooLong Numeric = "905"
	ErrSaslAborted Numeric = "906"
	ErrSaslAlready Numeric = "907"
	RplSaslMechs   Numeric = "908"
)

// IsError tells whether the command of a message is a numeric that refuses.
func IsError(command string) bool {
	if len(command) != 3 {
		return false
	}
	switch Numeric(command) {
	case ErrNickLocked, ErrSaslFail, ErrSaslTooLong, ErrSaslAborted, ErrSaslAlready, ErrMonListFull,
		ErrInvalidModeParam, ErrNoPrivs:
		return true
	}
	return command[0] == '4' || command[0] == '5'
}
