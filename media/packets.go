package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// packets are the facts about the coded pictures of a video, as ffmpeg's
// framecrc format lists them: a few lines "#key: value", then one line
// "stream, dts, pts, duration, size, ..." for each picture. They come from the
// places in the file where the pictures are, not from a header that sums them
// up.
type packets struct {
	limits        ClipLimits
	typ           Type
	num, den      float64 // seconds per tick
	width, height int     // as stored
	count         int
	first, last   int64 // ticks
	end           int64 // ticks, the greatest time plus duration
}

var errPackets = errors.New("not a list of pictures")

// readPackets reads the list to its end and judges it line by line. The error
// is an *Error where a limit is exceeded, errPackets where it is no such list,
// or that of reading.
func readPackets(r io.Reader, t Type, limits ClipLimits) (packets, error) {
	p := packets{limits: limits, typ: t, first: math.MaxInt64, last: math.MinInt64, end: math.MinInt64}
	const line = 1 << 10 // the longest has some hundred bytes
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, line), line)
	for in.Scan() {
		if err := p.line(in.Text()); err != nil {
			return p, err
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return p, fmt.Errorf("%w: an endless line", errPackets)
	}
	return p, in.Err()
}

func (p *packets) line(text string) error {
	if strings.HasPrefix(text, "#") {
		return p.header(text)
	}
	fields := strings.SplitN(text, ",", 5)
	if len(fields) < 5 || p.den == 0 {
		return fmt.Errorf("%w: %.40q", errPackets, text)
	}
	var v [4]int64 // stream, dts, pts, duration
	for i := range v {
		field := strings.TrimSpace(fields[i])
		n, err := strconv.ParseInt(field, 10, 64)
		if field == "NOPTS" {
			n, err = math.MinInt64, nil
		}
		if err != nil {
			return fmt.Errorf("%w: %.40q", errPackets, text)
		}
		v[i] = n
	}
	return p.picture(v[1], v[2], v[3])
}

func (p *packets) header(text string) error {
	key, value, _ := strings.Cut(text, ":")
	var a, b int
	var err error
	switch key {
	case "#tb 0":
		_, err = fmt.Sscanf(value, "%d/%d", &a, &b)
		if err != nil || a <= 0 || b <= 0 {
			return fmt.Errorf("%w: %.40q", errPackets, text)
		}
		p.num, p.den = float64(a), float64(b)
	case "#dimensions 0":
		_, err = fmt.Sscanf(value, "%dx%d", &a, &b)
		if err != nil || a < 0 || b < 0 {
			return fmt.Errorf("%w: %.40q", errPackets, text)
		}
		p.width, p.height = a, b
		if most := max(a, b); most > p.limits.MaxSide {
			return &Error{Reason: ReasonPixels, Type: p.typ, Limit: int64(p.limits.MaxSide), Actual: int64(most)}
		}
	}
	return nil
}

// picture counts one. Where the file has no time of showing, as AVI has none,
// that of decoding serves.
func (p *packets) picture(dts, pts, duration int64) error {
	p.count++
	if most := p.limits.maxPackets(); p.count > most {
		return &Error{Reason: ReasonFrames, Type: p.typ, Limit: int64(most), Actual: int64(p.count)}
	}
	if pts == math.MinInt64 {
		pts = dts
	}
	const sane = 1 << 60
	if pts < -sane || pts > sane {
		return nil
	}
	p.first, p.last = min(p.first, pts), max(p.last, pts)
	p.end = max(p.end, pts+max(0, min(duration, sane)))
	if long := p.duration(); long > p.limits.MaxDuration {
		return &Error{Reason: ReasonDuration, Type: p.typ, Limit: p.limits.MaxDuration.Milliseconds(), Actual: long.Milliseconds()}
	}
	return nil
}

// duration is from the first picture to the end of the last one. Where the last
// has no duration of its own, as in WebM, it is taken to be as long as the mean
// of those before.
func (p *packets) duration() time.Duration {
	if p.last < p.first {
		return 0
	}
	ticks := float64(p.end) - float64(p.first)
	if p.end == p.last && p.count > 1 {
		ticks += (float64(p.last) - float64(p.first)) / float64(p.count-1)
	}
	const most = 1e9 // seconds, which a Duration can hold
	return time.Duration(math.Round(1e6*min(most, ticks*p.num/p.den))) * time.Microsecond
}
