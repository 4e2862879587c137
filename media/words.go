package media

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// words are what the child says on its standard error: the only place where
// ffmpeg tells the shape of the first frame before scaling, and why it fails.
// A hostile file can make it say much, so only the tail is kept for a log, and
// facts are taken from lines that a file cannot forge: ffmpeg indents the
// metadata of files and breaks their lines.
type words struct {
	mu       sync.Mutex
	tail     []byte
	rotation int
	// described is closed when the first frame has been described, or when it
	// never will be.
	described chan struct{}
	seen      bool
	shape     frameShape
	noVideo   bool // there is no stream of pictures
	tooMany   bool // a picture has more pixels than allowed
	noCoder   bool // the wanted encoder is not built in
}

// frameShape is a frame before scaling, with the rotation applied.
type frameShape struct {
	width, height int
	aspect        float64 // width to height of a pixel, 1 for unknown
	gray          bool
}

const wordsTail = 2 << 10

var (
	rotationWords = regexp.MustCompile(`^\s+(?:displaymatrix|Display Matrix): rotation of (-?[0-9]+)(?:\.[0-9]+)? degrees`)
	shapeWords    = regexp.MustCompile(`^\[(?:Parsed_)?showinfo_?[^\]]*\] n: *0 .* fmt:([a-z0-9_]+) .*sar:([0-9]+)/([0-9]+) s:([0-9]+)x([0-9]+) `)
)

// listen reads what the child says to its end.
func (w *words) listen(r io.Reader) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.seen {
			close(w.described)
		}
	}()
	in := bufio.NewReaderSize(r, 4<<10)
	for {
		line, err := in.ReadSlice('\n')
		w.hear(line)
		for errors.Is(err, bufio.ErrBufferFull) { // the rest of a long line
			_, err = in.ReadSlice('\n')
		}
		if err != nil {
			return
		}
	}
}

func (w *words) hear(line []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m := rotationWords.FindSubmatch(line); m != nil && w.rotation == 0 {
		turn, _ := strconv.Atoi(string(m[1]))
		w.rotation = clockwise(turn)
	}
	if bytes.Contains(line, []byte("showinfo")) {
		w.hearShape(line)
		return
	}
	w.noVideo = w.noVideo || bytes.Contains(line, []byte("matches no streams"))
	w.tooMany = w.tooMany || bytes.Contains(line, []byte("exceeds specified max pixel count"))
	w.noCoder = w.noCoder || bytes.Contains(line, []byte("Unknown encoder"))
	// ffmpeg indents what it copies out of the file: titles, places, names. Those are
	// somebody's, and no log gets them.
	if len(line) == 0 || line[0] == ' ' || line[0] == '\t' {
		return
	}
	w.tail = append(w.tail, line...)
	if over := len(w.tail) - wordsTail; over > 0 {
		w.tail = append(w.tail[:0], w.tail[over:]...)
	}
}

func (w *words) hearShape(line []byte) {
	m := shapeWords.FindSubmatch(line)
	if m == nil || w.seen {
		return
	}
	var n [4]int // of the last four groups
	for i := range n {
		v, err := strconv.Atoi(string(m[2+i]))
		if err != nil {
			return
		}
		n[i] = v
	}
	w.seen = true
	close(w.described)
	w.shape = frameShape{width: n[2], height: n[3], aspect: 1}
	if a := float64(n[0]) / float64(max(n[1], 1)); n[1] > 0 && a >= leastAspect && a <= mostAspect {
		w.shape.aspect = a
	}
	format := string(m[1])
	w.shape.gray = strings.HasPrefix(format, "gray") || strings.HasPrefix(format, "mono") || strings.HasPrefix(format, "ya")
}

// clockwise turns the counter-clockwise degrees of a display matrix into the
// nearest quarter of a clockwise turn.
func clockwise(degrees int) int {
	return ((-degrees+45+720)%360/90*90 + 360) % 360
}

// first gives the shape of the first frame. The child describes a frame before
// it delivers it, but what it says may still be on its way: first waits for it,
// or for the child's end.
func (w *words) first() (shape frameShape, rotation int, ok bool) {
	<-w.described
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shape, w.rotation, w.seen
}

// lastWords is the end of what was said, for a log.
func (w *words) lastWords() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.ToValidUTF8(strings.TrimSpace(string(w.tail)), "\uFFFD")
}
