package httpapi

import (
	"time"

	"example.org/osprey"
	"example.org/osprey/internal/access"
)

// userObject is the user of api.md 3.1.
type userObject struct {
	ID         osprey.ID       `json:"user_id"`
	Type       osprey.Role     `json:"user_type"`
	Email      string          `json:"email"`
	FirstName  string          `json:"first_name"`
	LastName   string          `json:"last_name"`
	MiddleName string          `json:"middle_name"`
	Company    *osprey.ID      `json:"company_id"`
	Active     bool            `json:"is_active"`
	Admin      bool            `json:"is_admin"`
	Service    bool            `json:"is_service"`
	Biometry   bool            `json:"can_start_analysis_biometry"`
	Quality    bool            `json:"can_start_analysis_quality"`
	Collection bool            `json:"can_start_analysis_collection"`
	Documents  bool            `json:"can_start_analysis_documents"`
	Erase      bool            `json:"can_erase"`
	OTP        bool            `json:"otp_enabled"`
	LastLogin  osprey.Time     `json:"last_login"`
	Metadata   osprey.Metadata `json:"meta_data"`
	Technical  osprey.Metadata `json:"technical_meta_data"`
}

func showUser(u osprey.User) userObject {
	return userObject{
		ID: u.ID, Type: u.Role, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, MiddleName: u.MiddleName,
		Company: orNull(u.Company), Active: u.Active,
		Admin: u.Role == osprey.RoleClientAdmin, Service: u.Role == osprey.RoleClientService,
		Biometry: u.Flags.Biometry, Quality: u.Flags.Quality, Collection: u.Flags.Collection, Documents: u.Flags.Documents,
		Erase: u.Flags.Erase, LastLogin: u.LastLogin, Metadata: object(u.Metadata), Technical: object(u.Technical),
	}
}

// pairObject answers login and refresh.
type pairObject struct {
	Access  string     `json:"access_token"`
	Refresh string     `json:"expire_token"`
	Expires int64      `json:"expire_date"`
	Session osprey.ID  `json:"session_id"`
	User    userObject `json:"user"`
}

func showPair(p access.Pair) pairObject {
	return pairObject{
		Access: p.AccessToken, Refresh: p.RefreshToken, Expires: seconds(p.Session.Expires),
		Session: p.Session.ID, User: showUser(p.User),
	}
}

// seconds is a moment as an expire_date: whole seconds, the last one begun.
func seconds(t osprey.Time) int64 { return int64(t) / time.Second.Microseconds() }

// sessionObject is a session or token in the list of sessions (api.md 3.4).
type sessionObject struct {
	ID        osprey.ID          `json:"session_id"`
	User      osprey.ID          `json:"user_id"`
	Kind      osprey.SessionKind `json:"kind"`
	Name      *string            `json:"name"`
	IP        *string            `json:"ip"`
	UserAgent *string            `json:"user_agent"`
	Created   osprey.Time        `json:"time_created"`
	LastUsed  osprey.Time        `json:"last_used"`
	Expires   int64              `json:"expire_date"`
}

func showSession(s osprey.Session) sessionObject {
	return sessionObject{
		ID: s.ID, User: s.User, Kind: s.Kind, Name: orNull(s.Name), IP: orNull(s.IP), UserAgent: orNull(s.UserAgent),
		Created: s.Created, LastUsed: s.LastUsed, Expires: seconds(s.Expires),
	}
}

// tokenObject is a service token; its text is there when it is new.
type tokenObject struct {
	ID      osprey.ID   `json:"token_id"`
	Name    string      `json:"name"`
	Access  string      `json:"access_token,omitempty"`
	Expires int64       `json:"expire_date"`
	Created osprey.Time `json:"time_created"`
}

func showToken(s osprey.Session) tokenObject {
	return tokenObject{ID: s.ID, Name: s.Name, Expires: seconds(s.Expires), Created: s.Created}
}
