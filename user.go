package osprey

// User is an account. Its password is kept by the store as an argon2id hash and
// never leaves it in this type.
type User struct {
	ID           ID
	Role         Role
	Company      ID // empty for ADMIN and OPERATOR
	Email        string
	FirstName    string
	LastName     string
	MiddleName   string
	Active       bool
	Flags        Flags
	LastLogin    Time
	Metadata     Metadata
	Technical    Metadata
	Created      Time
	Updated      Time
	PasswordHash string
}

// Flags are a user's rights beside the role.
type Flags struct {
	Biometry   bool
	Quality    bool
	Collection bool
	Documents  bool
	Erase      bool // only read for CLIENT_SERVICE
}

// AllAnalyses is what a new user may start: everything, but no erasure.
func AllAnalyses() Flags {
	return Flags{Biometry: true, Quality: true, Collection: true, Documents: true}
}

// MayStart reports whether the flags allow a type of analysis, and the name of
// the flag that decides.
func (f Flags) MayStart(t AnalysisType) (bool, string) {
	switch t {
	case AnalysisBiometry:
		return f.Biometry, "can_start_analysis_biometry"
	case AnalysisQuality:
		return f.Quality, "can_start_analysis_quality"
	case AnalysisCollection:
		return f.Collection, "can_start_analysis_collection"
	case AnalysisDocuments:
		return f.Documents, "can_start_analysis_documents"
	}
	return false, ""
}

// SessionKind tells a login from a service token.
type SessionKind string

// The kinds of session.
const (
	SessionLogin SessionKind = "login"
	SessionToken SessionKind = "token"
)

// Session is what an access token opens. Of the tokens only SHA-256 is kept.
type Session struct {
	ID          ID
	User        ID
	Company     ID
	Kind        SessionKind
	Name        string
	IP          string
	UserAgent   string
	AccessHash  string // hex SHA-256 of the access token
	RefreshHash string // hex SHA-256 of the refresh token, empty for service tokens
	// NextAccessHash and NextRefreshHash are the pair a refresh handed out; the
	// first request made with it retires the old pair (api.md 3.3).
	NextAccessHash  string
	NextRefreshHash string
	Created         Time // of the login: session_max_age counts from here
	LastUsed        Time
	Expires         Time
}
