package eval

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"example.org/osprey/face"
)

// padScores are the scores of presentations that gave a response, sorted from the
// least like an attack.
type padScores struct {
	bonaFide []float64
	attacks  map[string][]float64 // by species
}

func padScoresOf(items []Judged, score func(Judged) float64) padScores {
	s := padScores{attacks: map[string][]float64{}}
	for _, j := range items {
		switch {
		case j.Reason != "":
		case j.Attack:
			s.attacks[j.Species] = append(s.attacks[j.Species], score(j))
		default:
			s.bonaFide = append(s.bonaFide, score(j))
		}
	}
	slices.Sort(s.bonaFide)
	for _, v := range s.attacks {
		slices.Sort(v)
	}
	return s
}

// all treats the attacks as one species: FMR is then BPCER, FNMR is APCER.
func (s padScores) all() Scores {
	var attacks []float64
	for _, name := range slices.Sorted(maps.Keys(s.attacks)) {
		attacks = append(attacks, s.attacks[name]...)
	}
	return NewScores(attacks, s.bonaFide)
}

// apcer gives the APCER at a threshold: of the worst species and of all attacks.
// Of species with the same rate the one with more attacks is the worst.
func (s padScores) apcer(threshold float64) (species string, worst, all Rate) {
	passed, total := 0, 0
	for _, name := range slices.Sorted(maps.Keys(s.attacks)) {
		r := apcerOf(s.attacks[name], threshold)
		passed, total = passed+r.Errors, total+r.Trials
		if species == "" || r.Value > worst.Value || r.Value == worst.Value && r.Trials > worst.Trials {
			species, worst = name, r
		}
	}
	return species, worst, NewRate(passed, total)
}

func apcerOf(sorted []float64, threshold float64) Rate {
	passed, _ := slices.BinarySearch(sorted, threshold)
	return NewRate(passed, len(sorted))
}

func bpcerOf(sorted []float64, threshold float64) Rate {
	below, _ := slices.BinarySearch(sorted, threshold)
	return NewRate(len(sorted)-below, len(sorted))
}

// responses counts what gave no response.
func (r *PADReport) responses(fusion *face.LivenessFusion) {
	count := map[string]*ReasonCount{}
	none, of := map[string]int{}, map[string]int{}
	lost := 0
	for _, j := range r.Items {
		if j.Attack {
			r.Attacks++
			of[j.Species]++
		} else {
			r.BonaFide++
		}
		if j.Reason == "" {
			continue
		}
		c := count[j.Reason]
		if c == nil {
			c = &ReasonCount{Reason: j.Reason}
			count[j.Reason] = c
		}
		if j.Attack {
			c.Attacks++
			lost++
			none[j.Species]++
		} else {
			c.BonaFide++
		}
	}
	r.Reasons = []ReasonCount{}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		r.Reasons = append(r.Reasons, *count[name])
	}
	r.APNRR = NewRate(lost, r.Attacks)
	r.BPNRR = NewRate(r.BonaFide-len(r.scores.bonaFide), r.BonaFide)
	for name, n := range of {
		s := SpeciesRate{Species: name, APNRR: NewRate(none[name], n), APCER: apcerOf(r.scores.attacks[name], r.Threshold)}
		if stated, ok := fusion.Calibration.APCER[name]; ok {
			s.Manifest = &stated
		}
		r.Species = append(r.Species, s)
	}
	slices.SortFunc(r.Species, func(a, b SpeciesRate) int {
		return cmp.Or(cmp.Compare(b.APCER.Value, a.APCER.Value), cmp.Compare(b.APCER.Trials, a.APCER.Trials), cmp.Compare(a.Species, b.Species))
	})
}

// atThreshold measures the error rates at the threshold; their intervals are the
// wider of Wilson's and of the bootstrap over subjects.
func (r *PADReport) atThreshold() {
	r.BPCER = bpcerOf(r.scores.bonaFide, r.Threshold)
	number := map[string]int{}
	var who []int
	for _, j := range r.Items {
		if _, ok := number[j.cluster]; !ok {
			number[j.cluster] = len(number)
		}
		who = append(who, number[j.cluster])
	}
	place := map[string]int{"": 0}
	for i, s := range r.Species {
		place[s.Species] = i + 1
	}
	intervals := bootstrap(len(number), len(r.Items), r.Seed, func(times []float64) []float64 {
		wrong, total := make([]float64, len(place)), make([]float64, len(place))
		for i, j := range r.Items {
			if j.Reason != "" {
				continue
			}
			k := 0
			if j.Attack {
				k = place[j.Species]
			}
			total[k] += times[who[i]]
			if j.Attack == (j.Confidence < r.Threshold) {
				wrong[k] += times[who[i]]
			}
		}
		for k := range wrong {
			wrong[k] /= total[k] // NaN where the draw has none
		}
		return wrong
	})
	widen(&r.BPCER, intervals[0])
	for i := range r.Species {
		widen(&r.Species[i].APCER, intervals[i+1])
	}
}

// widen makes a rate's interval cover another, where it is measured at all.
func widen(r *Rate, i Interval) {
	if r.Trials > 0 && r.Errors > 0 {
		r.Interval = r.Interval.hull(i)
	}
}

// singles compares the fusion with its members.
func (r *PADReport) singles(fusion *face.LivenessFusion) {
	add := func(name string, score func(Judged) float64) {
		p := padScoresOf(r.Items, score)
		s := p.all()
		worst, apcer, all := p.apcer(s.ThresholdAtFMR(0.03))
		r.Singles = append(r.Singles, SingleModel{name, s.AUC(), s.EER(), worst, apcer, all})
	}
	add("fusion", func(j Judged) float64 { return j.Raw })
	for k, m := range fusion.Members {
		missing := slices.ContainsFunc(r.Items, func(j Judged) bool { return j.Reason == "" && len(j.Members) <= k })
		if !missing {
			add(memberName(m), func(j Judged) float64 { return j.Members[k] })
		}
	}
	slices.SortStableFunc(r.Singles, func(a, b SingleModel) int { return cmp.Compare(b.AUC, a.AUC) })
}

// groups measures each value of the column apart, at the same threshold.
func (r *PADReport) groups() {
	if r.GroupBy == "" {
		return
	}
	by := map[string][]Judged{}
	for _, j := range r.Items {
		by[j.Group] = append(by[j.Group], j)
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		p := padScoresOf(by[name], func(j Judged) float64 { return j.Confidence })
		_, _, all := p.apcer(r.Threshold)
		g := PADGroup{Name: name, BPCER: bpcerOf(p.bonaFide, r.Threshold), APCER: all}
		var bonaFide, attacks, lostBonaFide, lostAttacks int
		for _, j := range by[name] {
			lost := 0
			if j.Reason != "" {
				lost = 1
			}
			if j.Attack {
				attacks, lostAttacks = attacks+1, lostAttacks+lost
			} else {
				bonaFide, lostBonaFide = bonaFide+1, lostBonaFide+lost
			}
		}
		g.BPNRR, g.APNRR = NewRate(lostBonaFide, bonaFide), NewRate(lostAttacks, attacks)
		if auc := p.all().AUC(); !math.IsNaN(auc) {
			g.AUC = auc
		}
		r.Groups = append(r.Groups, g)
	}
}
