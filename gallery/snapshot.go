package gallery

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Sealer encrypts and authenticates a piece of a snapshot; aad is authenticated
// with it. The answer may be at most 4 KiB longer than the plaintext, of which the
// Sealer keeps nothing: it is overwritten later.
type Sealer interface {
	Seal(plaintext, aad []byte) ([]byte, error)
}

// Opener undoes what a Sealer with the same key did. It must refuse what was
// changed and what was sealed with another aad. The plaintext it returns is
// overwritten after use, and so must belong to nobody else.
type Opener interface {
	Open(sealed, aad []byte) ([]byte, error)
}

// A snapshot is a header followed by one or more sealed chunks of rows;
// DESIGN.md has the table. All numbers are little-endian.
const (
	snapshotMagic  = "OSPREYGA"
	snapshotFormat = 1

	headerFixed  = 8 + 4 + 4 + 8 + 8 + 32 + 16 + 2 // without the model id
	chunkTarget  = 512 << 10                       // bytes of rows in a chunk, at least one row
	sealOverhead = 4 << 10                         // bytes a Sealer may add to a chunk
	maxBinding   = 1 << 10                         // bytes of a caller's binding
)

// snapshotHeader is the plain beginning of a snapshot. It is not secret, and it
// is part of the aad of every chunk, so that no bit of it can be changed.
type snapshotHeader struct {
	config  Config
	count   uint64
	version int64
	digest  Digest
	nonce   [16]byte // random: no two snapshots can be mixed, even of one version
}

// rowSize returns the bytes of one row in a chunk: image, person, components.
func (c Config) rowSize() int { return 2*16 + 4*c.Dim }

// chunkRows returns the rows of every chunk but the last.
func (c Config) chunkRows() int { return max(1, chunkTarget/c.rowSize()) }

func (h *snapshotHeader) encode() []byte {
	b := make([]byte, 0, headerFixed+len(h.config.Model))
	b = append(b, snapshotMagic...)
	b = binary.LittleEndian.AppendUint32(b, snapshotFormat)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.config.Dim))
	b = binary.LittleEndian.AppendUint64(b, h.count)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.version))
	b = append(b, h.digest[:]...)
	b = append(b, h.nonce[:]...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(h.config.Model)))
	return append(b, h.config.Model...)
}

// readHeader reads and checks a header and returns its bytes as well.
func readHeader(r io.Reader) (snapshotHeader, []byte, error) {
	raw := make([]byte, headerFixed, headerFixed+MaxModelLen)
	if err := readFull(r, raw); err != nil {
		return snapshotHeader{}, nil, err
	}
	if !bytes.HasPrefix(raw, []byte(snapshotMagic)) {
		return snapshotHeader{}, nil, fmt.Errorf("%w: the first bytes are not a snapshot's", ErrSnapshotFormat)
	}
	f := raw[len(snapshotMagic):]
	if got := binary.LittleEndian.Uint32(f); got != snapshotFormat {
		return snapshotHeader{}, nil, fmt.Errorf("%w: version %d, this build reads %d", ErrSnapshotFormat, got, snapshotFormat)
	}
	var h snapshotHeader
	dim := binary.LittleEndian.Uint32(f[4:])
	h.count = binary.LittleEndian.Uint64(f[8:])
	h.version = int64(binary.LittleEndian.Uint64(f[16:]))
	copy(h.digest[:], f[24:56])
	copy(h.nonce[:], f[56:72])
	modelLen := int(binary.LittleEndian.Uint16(f[72:]))
	if dim < 1 || dim > MaxDim || modelLen < 1 || modelLen > MaxModelLen || h.version < 0 {
		return snapshotHeader{}, nil, fmt.Errorf("%w: the header has impossible values", ErrSnapshotCorrupt)
	}
	raw = raw[:headerFixed+modelLen]
	if err := readFull(r, raw[headerFixed:]); err != nil {
		return snapshotHeader{}, nil, err
	}
	h.config = Config{Model: string(raw[headerFixed:]), Dim: int(dim)}
	return h, raw, nil
}

// chunkAAD binds a chunk to its place in its snapshot, and that to its owner.
func chunkAAD(binding string, header []byte, chunk uint64, last bool) []byte {
	b := make([]byte, 0, 4+len(binding)+len(header)+9)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(binding)))
	b = append(b, binding...)
	b = append(b, header...)
	b = binary.LittleEndian.AppendUint64(b, chunk)
	if last {
		return append(b, 1)
	}
	return append(b, 0)
}

func checkBinding(binding string) error {
	if len(binding) > maxBinding {
		return fmt.Errorf("%w: the binding has %d bytes, allowed are %d", ErrSnapshot, len(binding), maxBinding)
	}
	return nil
}

// readFull fills b. The end of the input is ErrSnapshotTruncated; other errors
// of the reader are kept.
func readFull(r io.Reader, b []byte) error {
	switch n, err := io.ReadFull(r, b); err {
	case nil:
		return nil
	case io.EOF, io.ErrUnexpectedEOF:
		return fmt.Errorf("%w: %d bytes where %d should be", ErrSnapshotTruncated, n, len(b))
	default:
		return fmt.Errorf("%w: reading: %w", ErrSnapshot, err)
	}
}
