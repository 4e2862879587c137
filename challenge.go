package osprey

// Challenge is what a capture client is asked to film, once (components.md 2.8).
// A take that answers one of its steps names it in its manifest.
type Challenge struct {
	ID      ID
	Company ID
	Session ID     // the capture session that it was made for; may be empty
	Nonce   []byte // goes into the MAC of a take
	Steps   []ChallengeStep
	Created Time
	Expires Time
}

// ChallengeStep is one gesture of a challenge.
type ChallengeStep struct {
	Action   string `json:"action"`       // a gesture tag
	CueDelay int    `json:"cue_delay_ms"` // from the start of the take to the cue
	Hold     int    `json:"hold_ms"`      // how long the gesture is held
}

// MaxChallengeSteps bounds the gestures of a challenge: a folder holds ten media.
const MaxChallengeSteps = 10

// TakeStatus says what became of a medium that claims to answer a challenge
// (api.md 8.2).
type TakeStatus string

// The states of takes. A plain medium has none.
const (
	TakePlain    TakeStatus = ""
	TakeVerified TakeStatus = "verified"
	TakeInvalid  TakeStatus = "invalid"
)

// TechnicalTake is the key of a medium's technical metadata under which the
// verification of a take is kept.
const TechnicalTake = "take"

// TakeOf reads the status of a take from a medium's technical metadata. A status
// that nobody knows is invalid: what was written there claimed to be a take.
func TakeOf(technical Metadata) TakeStatus {
	v, ok := technical[TechnicalTake]
	if !ok || v == nil {
		return TakePlain
	}
	if status, _ := takeNote(v)["status"].(string); TakeStatus(status) == TakeVerified {
		return TakeVerified
	}
	return TakeInvalid
}

// TakeAction reads from a medium's technical metadata which gesture its step of the
// challenge asked for; empty for a medium that is no verified take. The tags, which
// the client writes and may change, have no say in it.
func TakeAction(technical Metadata) string {
	if TakeOf(technical) != TakeVerified {
		return ""
	}
	action, _ := takeNote(technical[TechnicalTake])["action"].(string)
	return action
}

func takeNote(v any) map[string]any {
	if m, ok := v.(Metadata); ok {
		return m
	}
	m, _ := v.(map[string]any)
	return m
}
