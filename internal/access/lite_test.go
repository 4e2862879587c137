package access

import (
	"testing"

	"example.org/osprey"
)

// TestMayCallLite is rule 2 of components.md 1.1 for every role and both flags.
func TestMayCallLite(t *testing.T) {
	t.Parallel()
	for _, role := range osprey.Roles {
		for _, kind := range []osprey.AnalysisType{osprey.AnalysisQuality, osprey.AnalysisBiometry, ""} {
			c := Caller{User: osprey.User{Role: role, Flags: osprey.AllAnalyses()}}
			want := role == osprey.RoleOperator && kind != ""
			if err := MayCallLite(c, kind); osprey.IsCode(err, osprey.CodeAuthForbidden) != want || (err != nil) != want {
				t.Errorf("%s, %q: %v", role, kind, err)
			}
			c.User.Flags = osprey.Flags{}
			if err := MayCallLite(c, kind); osprey.IsCode(err, osprey.CodeAuthForbidden) != (kind != "") {
				t.Errorf("%s without flags, %q: %v", role, kind, err)
			}
		}
	}
}
