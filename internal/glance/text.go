package glance

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"text/tabwriter"

	"example.org/osprey"
)

// matchLevel is the installation's own threshold of matching.
const matchLevel = 0.85

// WriteText tells what was seen, a block for each file, then how alike the faces are.
func (r *Report) WriteText(w io.Writer) error {
	for i := range r.Files {
		if _, err := fmt.Fprintf(w, "%s\n", clean(r.Files[i].Path)); err != nil {
			return err
		}
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, line := range r.Files[i].lines() {
			_, _ = fmt.Fprintf(t, "  %s\t%s\n", line[0], clean(line[1])) // Flush tells of errors
		}
		if err := t.Flush(); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w)
	}
	if len(r.Pairs) > 0 {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(t, "FACES OF\tAND\tCONFIDENCE\tMEANING")
		for _, p := range r.Pairs {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%.3f\t%s\n", clean(r.Files[p.i].base()), clean(r.Files[p.j].base()), p.Confidence, r.meaning(p))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(w)
	}
	_, err := fmt.Fprintf(w, "pack %s: %s\n", r.Pack, strings.Join(r.Models, ", "))
	return err
}

// clean keeps what files contain from breaking the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// meaning says what the confidence of a pair is worth.
func (r *Report) meaning(p Pair) string {
	var text string
	switch {
	case p.OneIn == 0:
		text = fmt.Sprintf("fewer than 1 in %s different people reach this", thousands(r.supported))
	case p.OneIn < 2:
		text = "most different people reach this"
	default:
		text = fmt.Sprintf("about 1 in %s different people reaches this", thousands(p.OneIn))
	}
	if p.Confidence >= matchLevel {
		text += "; a match at 0.85"
	}
	return text
}

// thousands prints a number with two figures and separators.
func thousands(v float64) string {
	if v >= 100 {
		d := math.Pow(10, math.Floor(math.Log10(v))-1)
		v = math.Round(v/d) * d
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lines are the file's facts, name and value.
func (f *File) lines() [][2]string {
	var out [][2]string
	add := func(name, format string, args ...any) {
		out = append(out, [2]string{name, fmt.Sprintf(format, args...)})
	}
	if f.Type != "" {
		add("medium", "%s", f.medium())
	}
	if f.Failure != nil {
		add("refused", "%s", f.Failure)
	}
	if f.Face != nil {
		add("face", "%d x %d pixels at %d, %d; %d found", f.Face.Right-f.Face.Left, f.Face.Bottom-f.Face.Top, f.Face.Left, f.Face.Top, f.Face.FacesFound)
		add("pose", "%s", f.pose())
		add("measures", "%s", measures(f.Measures))
	}
	if f.Face != nil {
		codes := "none: as good capture asks"
		if len(f.Codes) > 0 {
			codes = join(f.Codes)
		}
		add("quality codes", "%s", codes)
		if len(f.Skipped) > 0 {
			add("not measured", "%s", join(f.Skipped))
		}
	}
	if v := f.Liveness; v != nil {
		note := "; 0.5 is the default threshold, above it the medium counts as an attack"
		if v.Extrapolated {
			note += "; extrapolated"
		}
		add("spoofing", "%.3f%s", v.Spoofing, note)
		if len(v.Frames) > 1 {
			add("", "the highest of %d frames: %s", len(v.Frames), v.used())
		}
		if v.Injection != nil {
			add("injection", "%.3f %s", *v.Injection, signs(v.Signs))
		}
	}
	if g := f.Gesture; g != nil {
		reason := ""
		if g.Reason != nil {
			reason = " (" + string(*g.Reason) + ")"
		}
		add("gesture", "%s: detected %v%s", g.Tag, g.Detected, reason)
	}
	out = append(out, f.Document.lines()...)
	if f.Type != "" {
		add("time", "%.0f ms", f.Millis)
	}
	return out
}

// String is the failure for people.
func (f *Failure) String() string {
	s := f.Message
	if f.Code != 0 {
		s += fmt.Sprintf(" (code %d", f.Code)
		if f.Reason != "" {
			s += ", " + f.Reason
		}
		s += ")"
	}
	return s
}

// medium names what the file is.
func (f *File) medium() string {
	name := map[osprey.MediaType]string{osprey.MediaImage: "photo", osprey.MediaVideo: "video", osprey.MediaShotSet: "shot set"}[f.Type]
	s := fmt.Sprintf("%s, %d x %d, %s", name, f.Info.Width, f.Info.Height, f.Info.MIME)
	if f.Info.Frames > 0 {
		s += fmt.Sprintf(", %.1f s, %d frames", f.Info.Seconds, f.Info.Frames)
	}
	return s
}

// pose says the head's turn in words and degrees.
func (f *File) pose() string {
	yaw, pitch, roll := f.Measures[osprey.CheckYaw], f.Measures[osprey.CheckPitch], f.Measures[osprey.CheckRoll]
	side, up, lean := "left", "up", "clockwise"
	if yaw < 0 {
		side = "right"
	}
	if pitch < 0 {
		up = "down"
	}
	if roll < 0 {
		lean = "counter-clockwise"
	}
	return fmt.Sprintf("%.0f degrees to the image's %s, %.0f %s, leaning %.0f %s", math.Abs(yaw), side, math.Abs(pitch), up, math.Abs(roll), lean)
}

// measures lists what was measured, the pose left out.
func measures(m osprey.Measures) string {
	var parts []string
	for name, v := range m {
		switch name {
		case osprey.CheckYaw, osprey.CheckPitch, osprey.CheckRoll:
		default:
			parts = append(parts, fmt.Sprintf("%s %s", name, value(v)))
		}
	}
	sort.Strings(parts)
	return strings.Join(parts, ", ")
}

func value(v float64) string {
	if math.Abs(v) >= 10 || v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func join[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = string(v)
	}
	return strings.Join(parts, ", ")
}

// used lists the frames that decide.
func (v *Liveness) used() string {
	var parts []string
	for _, f := range v.Frames {
		if f.Used {
			parts = append(parts, fmt.Sprintf("%.3f at %.1f s", f.Spoofing, f.Seconds))
		}
	}
	return strings.Join(parts, ", ")
}

// signs lists the signs of injection, the strongest first.
func signs(found map[string]float64) string {
	var parts []string
	for _, s := range sorted(found) {
		parts = append(parts, fmt.Sprintf("%s %.2f", s, found[s]))
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func sorted(found map[string]float64) []string {
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		if found[names[i]] != found[names[j]] {
			return found[names[i]] > found[names[j]]
		}
		return names[i] < names[j]
	})
	return names
}

// lines are the document's facts; none of no document.
func (d *Document) lines() (out [][2]string) {
	switch {
	case d == nil:
		return nil
	case d.Failure != nil:
		return [][2]string{{"document", d.Failure.String()}}
	}
	mrz := "no machine-readable zone found"
	if d.MRZ.Found {
		valid := "check digits do not all fit"
		if d.MRZ.Valid {
			valid = "check digits fit"
		}
		mrz = fmt.Sprintf("%s, %s, confidence %.2f", d.MRZ.Format, valid, d.MRZ.Confidence)
	}
	out = append(out, [2]string{"document", mrz})
	for _, line := range d.MRZ.Lines {
		out = append(out, [2]string{"", line})
	}
	for _, field := range d.Fields {
		if field.MRZ != nil {
			out = append(out, [2]string{"  " + field.Name, *field.MRZ})
		}
	}
	portrait := "none found"
	if p := d.Portrait; p != nil {
		portrait = fmt.Sprintf("%d x %d pixels at %d, %d", p.Right-p.Left, p.Bottom-p.Top, p.Left, p.Top)
	}
	return append(out, [2]string{"portrait", portrait})
}
