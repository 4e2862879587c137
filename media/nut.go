package media

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// nutReader reads a stream in the NUT format (https://ffmpeg.org/nut.html)
// with one video stream of raw RGBA pictures. The decoder's child writes it
// because it is the only simple format in which a picture comes with its exact
// time. Whoever takes over the child may write anything: every number is
// bounded before it is used, and anything unexpected is an error.
type nutReader struct {
	r             *bufio.Reader
	width, height int
	num, den      uint64 // seconds per tick
	shift         uint   // of the low bits of a time
	last          int64  // ticks of the last frame
	codes         [256]nutCode
	elided        [][]byte // bytes that frames may leave out at their beginning
	bytes         int64    // of a picture
}

// nutCode is what the first byte of a frame stands for.
type nutCode struct {
	flags, mul, lsb, reserved, header uint64
	delta                             int64
}

var errNUT = errors.New("not a stream of pictures")

const (
	nutMagic     = "nut/multimedia container\x00"
	nutMain      = 0x4E4D7A561F5F04AD
	nutStream    = 0x4E5311405BF2F9DB
	nutSyncpoint = 0x4E4BE4ADEECA4569
	nutIndex     = 0x4E58DD672F23E64E
	nutInfo      = 0x4E49AB68B596BA78

	nutEOR       = 1 << 1
	nutCodedPTS  = 1 << 3
	nutStreamID  = 1 << 4
	nutSizeMSB   = 1 << 5
	nutChecksum  = 1 << 6
	nutReserved  = 1 << 7
	nutSideData  = 1 << 8
	nutHeaderIdx = 1 << 10
	nutMatchTime = 1 << 11
	nutCoded     = 1 << 12
	nutInvalid   = 1 << 13

	nutMostPacket = 64 << 10 // headers of one stream take some hundred bytes
	nutMostSide   = 1 << 15
)

// newNUTReader reads as far as the size of the pictures.
func newNUTReader(r io.Reader) (*nutReader, error) {
	n := &nutReader{r: bufio.NewReaderSize(r, 32<<10)}
	magic := make([]byte, len(nutMagic))
	if _, err := io.ReadFull(n.r, magic); err != nil {
		return nil, err
	}
	if string(magic) != nutMagic {
		return nil, errNUT
	}
	for n.bytes == 0 {
		first, err := n.r.ReadByte()
		if err == nil && first != 'N' {
			err = errNUT
		}
		if err == nil {
			err = n.packet()
		}
		if err != nil {
			return nil, noEOF(err)
		}
	}
	return n, nil
}

// next finds the next frame and gives its time, and the elided bytes that its
// pixels begin with; the others are what comes next in n.r. It returns io.EOF
// behind the last frame.
func (n *nutReader) next() (at time.Duration, head []byte, err error) {
	for {
		first, err := n.r.ReadByte()
		if err != nil {
			return 0, nil, err
		}
		if first != 'N' {
			return n.frame(first)
		}
		if err := n.packet(); err != nil {
			return 0, nil, noEOF(err)
		}
	}
}

// read fills pix, which has the size of a picture, with the pixels of the frame
// that next has found.
func (n *nutReader) read(pix, head []byte) error {
	_, err := io.ReadFull(n.r, pix[copy(pix, head):])
	return noEOF(err)
}

// discard leaves out the pixels of the frame that next has found.
func (n *nutReader) discard(head []byte) error {
	_, err := n.r.Discard(int(n.bytes) - len(head))
	return noEOF(err)
}

// frame reads the header of a frame.
func (n *nutReader) frame(first byte) (at time.Duration, head []byte, err error) {
	if n.bytes == 0 {
		return 0, nil, errNUT
	}
	c := n.codes[first]
	v := nutValues{r: n.r}
	if c.flags&nutCoded != 0 {
		c.flags ^= v.u()
	}
	if c.flags&(nutInvalid|nutSideData|nutEOR) != 0 {
		return 0, nil, errNUT
	}
	if c.flags&nutStreamID != 0 && v.u() != 0 {
		return 0, nil, errNUT
	}
	pts := n.last + c.delta
	if c.flags&nutCodedPTS != 0 {
		pts = n.pts(v.u())
	}
	size := c.lsb
	if c.flags&nutSizeMSB != 0 {
		size += c.mul * v.u()
	}
	if c.flags&nutMatchTime != 0 {
		v.u()
	}
	if c.flags&nutHeaderIdx != 0 {
		c.header = v.u()
	}
	if c.flags&nutReserved != 0 {
		c.reserved = v.u()
	}
	if c.reserved > 16 {
		return 0, nil, errNUT
	}
	for range c.reserved {
		v.u()
	}
	if c.flags&nutChecksum != 0 {
		v.skip(4)
	}
	if size > 4096 { // the format elides nothing of larger frames
		c.header = 0
	}
	if v.err == nil && (size != uint64(n.bytes) || c.header >= uint64(len(n.elided)) || len(n.elided[c.header]) > int(n.bytes)) {
		v.err = fmt.Errorf("%w: a frame of %d bytes, pictures have %d", errNUT, size, n.bytes)
	}
	if v.err != nil {
		return 0, nil, noEOF(v.err)
	}
	n.last = pts
	return n.time(pts), n.elided[c.header], nil
}

// pts restores a time of which only the low bits may have been coded.
func (n *nutReader) pts(coded uint64) int64 {
	if coded >= 1<<n.shift {
		return int64(coded - 1<<n.shift)
	}
	mask := int64(1)<<n.shift - 1
	delta := n.last - mask/2
	return ((int64(coded) - delta) & mask) + delta
}

func (n *nutReader) time(pts int64) time.Duration {
	s := float64(pts) * float64(n.num) / float64(n.den)
	const most = 1e8 // seconds; keeps differences inside a Duration
	return time.Duration(math.Round(1e6*max(-most, min(most, s)))) * time.Microsecond
}

// packet reads a packet, whose first byte has been read, and takes what is
// needed from it.
func (n *nutReader) packet() error {
	var code [8]byte
	code[0] = 'N'
	if _, err := io.ReadFull(n.r, code[1:]); err != nil {
		return err
	}
	v := nutValues{r: n.r}
	size := v.u()
	if size > 4096 {
		v.skip(4)
	}
	switch {
	case v.err != nil:
		return v.err
	case size > nutMostPacket || size < 4:
		return fmt.Errorf("%w: a packet of %d bytes", errNUT, size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(n.r, body); err != nil {
		return err
	}
	p := nutValues{b: body[:size-4]} // without its checksum: a pipe flips no bits
	switch binary.BigEndian.Uint64(code[:]) {
	case nutMain:
		n.readMain(&p)
	case nutStream:
		n.readStream(&p)
	case nutSyncpoint:
		n.last = int64(p.u())
	case nutIndex, nutInfo:
	default:
		return errNUT
	}
	if p.err != nil {
		return fmt.Errorf("%w: a broken header", errNUT)
	}
	return nil
}

func (n *nutReader) readMain(p *nutValues) {
	if p.u() != 3 || p.u() != 1 { // version, streams
		p.err = errNUT
		return
	}
	p.u() // greatest distance of syncpoints
	if p.u() != 1 {
		p.err = errNUT
		return
	}
	n.num, n.den = p.u(), p.u()
	if n.num == 0 || n.den == 0 {
		p.err = errNUT
		return
	}
	n.readCodes(p)
	n.elided = [][]byte{nil}
	for range min(p.u(), 128) {
		n.elided = append(n.elided, p.take(p.u()))
	}
}

// readCodes reads the table of the first bytes of frames.
func (n *nutReader) readCodes(p *nutValues) {
	c := nutCode{mul: 1}
	for i := 0; i < len(n.codes) && p.err == nil; {
		c.flags, c.lsb, c.reserved = p.u(), 0, 0
		fields := p.u()
		count := c.mul
		for f := range min(fields, 64) {
			switch f {
			case 0:
				c.delta = p.s()
			case 1:
				c.mul = p.u()
			case 2:
				p.u() // stream
			case 3:
				c.lsb = p.u()
			case 4:
				c.reserved = p.u()
			case 5:
				count = p.u()
			case 7:
				c.header = p.u()
			default:
				p.u()
			}
		}
		if fields <= 5 {
			count = c.mul - c.lsb
		}
		if count == 0 || count > uint64(len(n.codes)) {
			p.err = errNUT
		}
		i = n.repeat(c, i, count)
	}
}

// repeat enters a code for so many bytes in a row, but not for 'N', which
// begins a packet.
func (n *nutReader) repeat(c nutCode, i int, count uint64) int {
	for ; count > 0 && i < len(n.codes); i++ {
		if i == 'N' {
			n.codes[i] = nutCode{flags: nutInvalid}
			continue
		}
		n.codes[i] = c
		c.lsb++
		count--
	}
	return i
}

func (n *nutReader) readStream(p *nutValues) {
	if n.den == 0 || p.u() != 0 || p.u() != 0 { // stream 0, class video
		p.err = errNUT
		return
	}
	if string(p.take(p.u())) != "RGBA" || p.u() != 0 { // codec, time base
		p.err = errNUT
		return
	}
	shift := p.u()
	p.u()         // greatest distance of times
	p.u()         // decode delay
	p.u()         // flags
	p.take(p.u()) // codec's own data
	w, h := p.u(), p.u()
	if p.err != nil || shift > 62 || w < 1 || h < 1 || w > nutMostSide || h > nutMostSide {
		p.err = errNUT
		return
	}
	if n.bytes != 0 && (int(w) != n.width || int(h) != n.height) { // headers are repeated, sizes do not change
		p.err = errNUT
		return
	}
	n.shift, n.width, n.height, n.bytes = uint(shift), int(w), int(h), int64(4*w*h)
}

// nutValues reads the numbers of the format from a slice, or else a reader.
// After an error it gives zeros.
type nutValues struct {
	b   []byte
	r   *bufio.Reader
	err error
}

func (v *nutValues) byte() byte {
	switch {
	case v.err != nil:
		return 0
	case v.r != nil:
		var b byte
		b, v.err = v.r.ReadByte()
		return b
	case len(v.b) == 0:
		v.err = errNUT
		return 0
	}
	b := v.b[0]
	v.b = v.b[1:]
	return b
}

// u reads an unsigned number: seven bits a byte, the high bit tells that more
// bytes follow.
func (v *nutValues) u() uint64 {
	var n uint64
	for range 10 {
		b := v.byte()
		n = n<<7 | uint64(b&0x7F)
		if b&0x80 == 0 {
			return n
		}
	}
	if v.err == nil {
		v.err = errNUT
	}
	return 0
}

// s reads a signed number: 0, 1, -1, 2, -2 are coded as 0, 1, 2, 3, 4.
func (v *nutValues) s() int64 {
	n := v.u() + 1
	half := int64(n >> 1)
	if n&1 == 1 {
		return -half
	}
	return half
}

func (v *nutValues) take(n uint64) []byte {
	if v.err != nil || n > uint64(len(v.b)) {
		v.err = errNUT
		return nil
	}
	b := v.b[:n]
	v.b = v.b[n:]
	return b
}

func (v *nutValues) skip(n int) {
	for range n {
		v.byte()
	}
}

// noEOF is for an end inside of something.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
