package osprey

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// allSteps are all steps with all words, sensible or not.
func allSteps() (out []struct {
	step Step
	word Resolution
},
) {
	for _, step := range []Step{StepFinish, StepFail, StepDecide, "nonsense"} {
		for _, word := range []Resolution{
			"", ResolutionInitial, ResolutionProcessing, ResolutionFailed, ResolutionFinished,
			ResolutionDeclined, ResolutionOperator, ResolutionSuccess,
		} {
			out = append(out, struct {
				step Step
				word Resolution
			}{step, word})
		}
	}
	return out
}

// legalStandings are the rows of the table of api.md 9.6.
var legalStandings = []Standing{
	{StateProcessing, ResolutionProcessing},
	{StateFinished, ResolutionSuccess},
	{StateFinished, ResolutionDeclined},
	{StateFinished, ResolutionOperator},
	{StateFailed, ResolutionFailed},
}

// TestTransitions: the whole state machine, every event in every state.
func TestTransitions(t *testing.T) {
	t.Parallel()
	allowed := map[Standing]map[Step][]Resolution{
		Started(): {
			StepFinish: {ResolutionSuccess, ResolutionDeclined, ResolutionOperator},
			StepFail:   {"", ResolutionInitial, ResolutionProcessing, ResolutionFailed, ResolutionFinished, ResolutionDeclined, ResolutionOperator, ResolutionSuccess},
		},
		{StateFinished, ResolutionOperator}: {StepDecide: {ResolutionSuccess, ResolutionDeclined}},
	}
	standings := append(slices.Clone(legalStandings), Standing{}, Standing{StateFailed, ResolutionOperator}, Standing{StateProcessing, ResolutionOperator})
	for _, s := range standings {
		for _, e := range allSteps() {
			next, ok := s.Next(e.step, e.word)
			if want := slices.Contains(allowed[s][e.step], e.word); ok != want {
				t.Errorf("%v, %s with %q: allowed %t, want %t", s, e.step, e.word, ok, want)
			}
			if !ok && next != s {
				t.Errorf("%v, %s with %q is refused and gives %v", s, e.step, e.word, next)
			}
			if ok && (!slices.Contains(legalStandings, next) || next == Started()) {
				t.Errorf("%v, %s with %q gives %v", s, e.step, e.word, next)
			}
		}
	}
}

// No order of events reaches a state that the contract does not have, a terminal
// analysis never runs again, and the machine's word is given once.
func TestNoOrderOfStepsIsIllegal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := Analysis{ID: "a", State: StateProcessing, Resolution: ResolutionProcessing, System: ResolutionProcessing}
		ends, decisions := 0, 0
		for _, e := range rapid.SliceOfN(rapid.SampledFrom(allSteps()), 1, 12).Draw(t, "steps") {
			before := a
			var err error
			switch e.step {
			case StepFinish:
				err = a.Finish(e.word, &Result{})
			case StepFail:
				err = a.Fail(CodeNoFace, "No face found")
			default:
				err = a.Decide(e.word, "somebody", nil, 7)
			}
			if err != nil {
				if a.State != before.State || a.Resolution != before.Resolution || a.System != before.System || a.Operator != before.Operator || a.Result != before.Result {
					t.Fatalf("%s with %q was refused and changed %+v to %+v", e.step, e.word, before, a)
				}
				continue
			}
			if !slices.Contains(legalStandings, a.Standing()) || a.State == StateProcessing {
				t.Fatalf("%v", a.Standing())
			}
			if e.step == StepDecide || e.step == "nonsense" {
				if decisions++; a.System != before.System || a.OperatorStatus != e.word {
					t.Fatalf("the machine's word was %s and is %s", before.System, a.System)
				}
			} else if ends++; a.System != a.Resolution {
				t.Fatalf("%s, by the machine %s", a.Resolution, a.System)
			}
		}
		if ends > 1 || decisions > 1 {
			t.Fatalf("ended %d times, decided %d times", ends, decisions)
		}
		if (a.State == StateFailed) != (a.ErrorCode != nil) || (a.State == StateFinished) != (a.Result != nil) {
			t.Fatalf("%s with code %v and result %v", a.State, a.ErrorCode, a.Result)
		}
	})
}
