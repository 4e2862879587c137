package osprey

import "fmt"

// Step is what happens to an analysis (api.md 9.6).
type Step string

// The steps.
const (
	StepFinish Step = "finish" // the machine gives its word
	StepFail   Step = "fail"   // no verdict can be given
	StepDecide Step = "decide" // an operator gives theirs
)

// Standing is where an analysis stands: its state and its word, which are never
// set one without the other.
type Standing struct {
	State State
	Word  Resolution
}

// Started is where every analysis begins.
func Started() Standing { return Standing{StateProcessing, ResolutionProcessing} }

// Next is the standing after a step; word is that of the machine or the operator,
// and nothing for StepFail. It reports false, and the standing as it was, for a
// step that the state machine does not have: PROCESSING becomes FINISHED or FAILED,
// once, and then only OPERATOR_REQUIRED becomes SUCCESS or DECLINED.
func (s Standing) Next(step Step, word Resolution) (Standing, bool) {
	switch {
	case step == StepFinish && s == Started() && word.verdict():
		return Standing{StateFinished, word}, true
	case step == StepFail && s == Started():
		return Standing{StateFailed, ResolutionFailed}, true
	case step == StepDecide && s == Standing{StateFinished, ResolutionOperator} && word.decision():
		return Standing{StateFinished, word}, true
	}
	return s, false
}

// verdict reports whether the word is one that a machine may give.
func (r Resolution) verdict() bool {
	return r == ResolutionSuccess || r == ResolutionDeclined || r == ResolutionOperator
}

// decision reports whether the word is one that an operator may give.
func (r Resolution) decision() bool { return r == ResolutionSuccess || r == ResolutionDeclined }

// Standing is where the analysis stands.
func (a *Analysis) Standing() Standing { return Standing{a.State, a.Resolution} }

// take makes a step of the analysis; one that does not exist is a mistake of the
// caller's, and changes nothing.
func (a *Analysis) take(step Step, word Resolution) error {
	next, ok := a.Standing().Next(step, word)
	if !ok {
		return fmt.Errorf("analysis %s is %s/%s: it cannot %s with %q", a.ID, a.State, a.Resolution, step, word)
	}
	a.State, a.Resolution = next.State, next.Word
	if step != StepDecide {
		a.System = next.Word // the operator leaves the machine's word as it is
	}
	return nil
}

// Finish gives the machine's word and the result it rests on.
func (a *Analysis) Finish(word Resolution, r *Result) error {
	if err := a.take(StepFinish, word); err != nil {
		return err
	}
	a.Result = r
	return nil
}

// Fail ends the analysis without a verdict.
func (a *Analysis) Fail(code Code, message string) error {
	if err := a.take(StepFail, ""); err != nil {
		return err
	}
	a.ErrorCode, a.ErrorMessage = &code, message
	return nil
}

// Decide gives an operator's word. The error is that of CheckOperatorVerdict.
func (a *Analysis) Decide(verdict Resolution, operator ID, comment *string, now Time) error {
	if err := CheckOperatorVerdict(*a, verdict); err != nil {
		return err
	}
	if err := a.take(StepDecide, verdict); err != nil {
		return err
	}
	a.OperatorStatus, a.Operator, a.OperatorComment, a.OperatorTime = verdict, operator, comment, now
	return nil
}
