package access

import "example.org/osprey"

// MayCallLite refuses (403/9) who may not make a call of API Lite that does what an
// analysis of this type does (components.md 1.1): the operators of the installation,
// and users without the type's flag. Calls of no type are everybody's who has a token.
func MayCallLite(c Caller, t osprey.AnalysisType) error {
	switch {
	case t == "":
		return nil
	case c.User.Role == osprey.RoleOperator:
		return osprey.Forbidden("role", "The role may not make this call")
	}
	if ok, flag := c.User.Flags.MayStart(t); !ok {
		return osprey.Forbidden(flag, "The user may not start this type of analysis")
	}
	return nil
}
