package lite

import (
	"example.org/osprey"
	"example.org/osprey/face"
	"example.org/osprey/internal/look"
	"example.org/osprey/internal/wire"
	"example.org/osprey/media"
)

// presentedTypes are the types of a part that is judged for liveness.
var presentedTypes = append(append(imageTypes[:len(imageTypes):len(imageTypes)], typeZIP), videoTypes()...)

func videoTypes() []string {
	var out []string
	for _, t := range media.AcceptedClips() {
		if t != typeZIP {
			out = append(out, t)
		}
	}
	return out
}

// livenessObject answers detect.
type livenessObject struct {
	Score    wire.Score `json:"score"`
	Passed   bool       `json:"passed"`
	Decision string     `json:"decision"`
	Spoofing wire.Score `json:"confidence_spoofing"`
}

// mnemonicPassive is the one way of capture that is defined.
const mnemonicPassive = "passive"

// detect judges the liveness of a photo, a shot set or a video as a QUALITY analysis
// does.
func (c *call) detect(in input) (reply, error) {
	sample := in[rawSample]
	if sample == nil {
		if err := checkMetadata(in[aboutPart]); err != nil {
			return nil, err
		}
		sample = in[presentedPart]
	}
	medium, intake, err := c.medium(sample, in[rawSample] == nil)
	if err != nil {
		return nil, err
	}
	if intake != nil && c.o.TakeAction != nil {
		if medium.Gesture, err = c.o.TakeAction(c.ctx(), c.charge.Company, intake); err != nil {
			return nil, err
		}
	}
	seen, err := c.o.Eyes.Observe(c.ctx(), medium, look.Want{Liveness: true})
	if err != nil {
		c.rejected(err)
		return nil, err
	}
	if seen.Liveness == nil {
		return nil, &face.NoModelError{Task: face.TaskLiveness}
	}
	take := osprey.TakePlain
	if intake != nil && c.o.SettleTake != nil {
		if take, err = c.o.SettleTake(c.ctx(), c.charge.Company, intake); err != nil {
			return nil, err
		}
	}
	t := c.o.Thresholds()
	result, word, _ := osprey.JudgeQuality(
		[]osprey.LivenessSight{{
			Model: seen.Liveness.Spoofing, Injection: seen.Liveness.Injection, Gesture: seen.Gesture, Take: take, Action: medium.Gesture,
		}},
		osprey.AnalysisParams{
			ThresholdSpoofing: t.Spoofing, GesturePolicy: t.GesturePolicy, InjectionMode: t.InjectionMode, RequireTake: t.RequireTake,
		})
	o := livenessObject{Score: wire.Score(1 - result.Spoofing), Passed: word == osprey.ResolutionSuccess, Spoofing: wire.Score(result.Spoofing)}
	if o.Decision = declined; o.Passed {
		o.Decision = approved
	}
	return object(o), nil
}

// medium tells by the bytes what is to be judged. A raw body is a photo; a part may be
// a shot set or a video too.
func (c *call) medium(sample *part, whole bool) (look.Medium, *look.Intake, error) {
	t := media.Sniff(sample.data)
	if !t.Clip() || !whole {
		return look.Medium{Type: osprey.MediaImage, Data: sample.data}, nil, nil
	}
	in, err := c.o.Eyes.Survey(c.ctx(), sample.data)
	if err != nil {
		if e := osprey.ErrorOf(err); e.Code == osprey.CodeUnsupportedMedia && e.Details["reason"] == string(media.ReasonVideo) {
			return look.Medium{}, nil, partFault(presentedPart) // this installation takes no video
		}
		return look.Medium{}, nil, err
	}
	return look.Medium{Type: in.Type, Data: sample.data, Info: in.Info, SHA256: in.SHA256}, in, nil
}

// checkMetadata reads the optional part about the sample.
func checkMetadata(p *part) error {
	if p == nil {
		return nil
	}
	o, err := wire.ParseObject(p.data, aboutPart)
	if err != nil {
		return refuse(badMetadata)
	}
	if m := o.String("mnemonic"); m == nil || *m != mnemonicPassive {
		return refuse(incompleteMetadata)
	}
	return nil
}
