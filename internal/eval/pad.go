package eval

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"example.org/osprey/face"
	"example.org/osprey/internal/look"
)

// topFrames is how many frames of a sequence decide its liveness: the highest.
const topFrames = 3

// wantedBPCER are the rates that reports give thresholds for.
var wantedBPCER = []float64{0.01, 0.03, 0.05}

// PADOptions say what PAD does.
type PADOptions struct {
	Threshold float64 // of confidence_spoofing, from which a presentation is an attack
	Group     string  // column to tell apart, none when empty
	Seed      uint64
	// Fusion is the pack's, for the names of its members and what its manifest states.
	Fusion   *face.LivenessFusion
	Progress Progress
}

// Judged is one presentation of a report.
type Judged struct {
	Path       string    `json:"path"`
	Attack     bool      `json:"attack"`
	Species    string    `json:"species,omitempty"`
	Group      string    `json:"group,omitempty"`
	Confidence float64   `json:"confidence_spoofing"`
	Raw        float64   `json:"raw"` // mean log-odds of the frames that decide
	Injection  *float64  `json:"injection_score,omitempty"`
	Members    []float64 `json:"members,omitempty"` // the same of each member of the fusion alone
	Frames     int       `json:"frames,omitempty"`
	Reason     string    `json:"reason,omitempty"` // why there was no response

	cluster string
}

// PADReport is what PAD found.
type PADReport struct {
	Head
	BonaFide  int           `json:"bona_fide"`
	Attacks   int           `json:"attacks"`
	Threshold float64       `json:"threshold"`
	BPNRR     Rate          `json:"bpnrr"` // bona fide presentations without response
	APNRR     Rate          `json:"apnrr"`
	Reasons   []ReasonCount `json:"non_response"`
	BPCER     Rate          `json:"bpcer"`
	Species   []SpeciesRate `json:"species"` // the worst first
	AUC       float64       `json:"auc"`
	EER       float64       `json:"d_eer"` // of all attacks together
	Points    []PADPoint    `json:"operating_points"`
	// LeastBPCER is the smallest that the bona fide presentations can tell.
	LeastBPCER float64       `json:"least_supported_bpcer"`
	Singles    []SingleModel `json:"single_models"` // the fusion and each member alone, best first
	GroupBy    string        `json:"group_by,omitempty"`
	Groups     []PADGroup    `json:"groups,omitempty"`
	Items      []Judged      `json:"items"`

	scores padScores
}

// ReasonCount is how often a reason for no response occurred.
type ReasonCount struct {
	Reason   string `json:"reason"`
	BonaFide int    `json:"bona_fide"`
	Attacks  int    `json:"attacks"`
}

// SpeciesRate is what one species of attack did.
type SpeciesRate struct {
	Species string `json:"species"`
	APCER   Rate   `json:"apcer"`
	APNRR   Rate   `json:"apnrr"`
	// Manifest is what the model's manifest states for the species at 0.5.
	Manifest *float64 `json:"apcer_manifest,omitempty"`
}

// PADPoint is the worst APCER where the BPCER is held.
type PADPoint struct {
	BPCER     float64 `json:"bpcer"`     // the one asked for
	Threshold float64 `json:"threshold"` // of confidence_spoofing
	Measured  Rate    `json:"bpcer_measured"`
	Worst     string  `json:"worst_species"`
	APCER     Rate    `json:"apcer_worst"`
	All       Rate    `json:"apcer_all"`
	Supported bool    `json:"supported"`
}

// SingleModel is the fusion, or one member of it alone. Its scores are log-odds,
// gathered over the frames of a sequence as the fusion's are.
type SingleModel struct {
	Name  string  `json:"name"`
	AUC   float64 `json:"auc"`
	EER   float64 `json:"d_eer"`
	Worst string  `json:"worst_species"`
	APCER Rate    `json:"apcer_worst_at_bpcer_3"`
	All   Rate    `json:"apcer_all_at_bpcer_3"`
}

// PADGroup is one value of the column that was asked for.
type PADGroup struct {
	Name  string  `json:"name"`
	BPCER Rate    `json:"bpcer"`
	APCER Rate    `json:"apcer"` // of all its attacks
	AUC   float64 `json:"auc,omitempty"`
	BPNRR Rate    `json:"bpnrr"`
	APNRR Rate    `json:"apnrr"`
}

// PAD measures presentation attack detection through look.Observe. What gives no
// face, or is refused, is a non-response and counted apart from the error rates
// (ISO/IEC 30107-3).
func PAD(ctx context.Context, l *look.Looker, set []Presentation, o PADOptions) (*PADReport, error) {
	if o.Fusion == nil {
		return nil, errors.New("eval: the pack in use has no liveness models")
	}
	paths := make([]string, len(set))
	for i, p := range set {
		paths[i] = p.Path
	}
	items, err := sideBySide(ctx, l, paths, o.Progress, func(ctx context.Context, path string) (Judged, error) {
		return judge(ctx, l, path)
	})
	if err != nil {
		return nil, err
	}
	for i, p := range set {
		j := &items[i]
		j.Path, j.Attack, j.Species, j.Group, j.cluster = p.Path, p.Attack, p.Species, p.group(o.Group), p.cluster()
	}
	return newPADReport(o.Fusion, items, o)
}

// judge looks at one presentation.
func judge(ctx context.Context, l *look.Looker, path string) (Judged, error) {
	data, err := read(path)
	if err != nil {
		return Judged{}, err
	}
	in, err := l.Receive(ctx, data)
	if reason, refused := refusal(err); refused {
		return Judged{Reason: reason}, nil
	}
	if err != nil {
		return Judged{}, fmt.Errorf("eval: %s: %w", path, err)
	}
	seen, err := l.Observe(ctx, look.Medium{Type: in.Type, Data: data, Info: in.Info, SHA256: in.SHA256}, look.Want{Liveness: true})
	if reason, refused := refusal(err); refused {
		return Judged{Reason: reason}, nil
	}
	if err != nil {
		return Judged{}, fmt.Errorf("eval: %s: %w", path, err)
	}
	if seen.Liveness == nil || len(seen.Liveness.Frames) == 0 {
		return Judged{Reason: "no_liveness"}, nil
	}
	return gather(seen.Liveness), nil
}

// gather makes one value of the frames of a presentation.
func gather(v *look.Liveness) Judged {
	j := Judged{Confidence: v.Spoofing, Injection: v.Injection, Frames: len(v.Frames)}
	raws := make([]float64, len(v.Frames))
	members := make([][]float64, 0)
	for i, f := range v.Frames {
		raws[i] = f.Raw
		for k, m := range f.Members {
			if len(members) <= k {
				members = append(members, nil)
			}
			members[k] = append(members[k], m)
		}
	}
	j.Raw = highest(raws)
	for _, m := range members {
		j.Members = append(j.Members, highest(m))
	}
	return j
}

// highest is the mean of the highest values, as many as decide a sequence.
func highest(values []float64) float64 {
	v := slices.Clone(values)
	sort.Sort(sort.Reverse(sort.Float64Slice(v)))
	v = v[:min(topFrames, len(v))]
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// newPADReport is PAD without the looking.
func newPADReport(fusion *face.LivenessFusion, items []Judged, o PADOptions) (*PADReport, error) {
	r := &PADReport{Head: Head{"pad", fusionName(fusion), o.Seed}, Threshold: o.Threshold, GroupBy: o.Group, Items: items}
	r.scores = padScoresOf(items, func(j Judged) float64 { return j.Confidence })
	if len(r.scores.bonaFide) == 0 || len(r.scores.attacks) == 0 {
		return nil, errors.New("eval: both bona fide presentations and attacks that give a response are needed")
	}
	r.responses(fusion)
	r.atThreshold()
	s := r.scores.all()
	r.AUC, r.EER, r.LeastBPCER = s.AUC(), s.EER(), LeastSupported(len(s.NonMated))
	for _, want := range wantedBPCER {
		t := s.ThresholdAtFMR(want)
		worst, apcer, all := r.scores.apcer(t)
		r.Points = append(r.Points, PADPoint{want, t, NewRate(s.falseMatches(t), len(s.NonMated)), worst, apcer, all, Supported(want, len(s.NonMated))})
	}
	r.singles(fusion)
	r.groups()
	return r, nil
}

// fusionName names what judged: the members and their crops.
func fusionName(f *face.LivenessFusion) string {
	name := ""
	for i, m := range f.Members {
		if i > 0 {
			name += " + "
		}
		name += memberName(m)
	}
	return name
}

func memberName(m face.LivenessMember) string { return fmt.Sprintf("%s x%g", m.Model, m.Grow) }
