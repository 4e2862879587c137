package capsule

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"unicode/utf8"
)

// The records of a ZIP file and their fixed sizes in bytes.
const (
	localSignature      = 0x04034b50
	centralSignature    = 0x02014b50
	endSignature        = 0x06054b50
	descriptorSignature = 0x08074b50

	localBytes      = 30
	centralBytes    = 46
	endBytes        = 22
	descriptorBytes = 16 // with its signature

	methodStored  = 0
	methodDeflate = 8

	flagDescriptor = 1 << 3 // sizes and CRC follow the data
	flagUTF8       = 1 << 11
	// flagLevel is what deflaters say about their zeal; it changes nothing.
	flagLevel = 3 << 1

	markText = 1 // among the internal attributes

	wide16, wide32 = 0xffff, 0xffffffff // "see the ZIP64 record"
)

// maxEntries bounds the files of a capsule.
const maxEntries = 128

var errArchive = errors.New("not a capsule's ZIP file")

// entry is one file of the archive. The size and the CRC of a compressed one are what
// the directory claims; unpack holds the bytes to them.
type entry struct {
	name   string
	packed []byte
	method uint16
	crc    uint32
	size   int64
}

// archive reads records off a ZIP file.
type archive struct {
	b  []byte
	at int
}

// readArchive reads a ZIP file that is nothing but its entries in the order of the
// directory, the directory, and the end record without a comment. Everything that
// stands twice, in the header of an entry and in the directory, is the same; one program
// wrote all entries (see sameWriter); there are no extra fields. So no entry is hidden
// from one reader that another sees, and none overlaps another. Where nothing is
// compressed and no file modes are noted there is no bit whose change goes unnoticed.
func readArchive(b []byte) ([]entry, error) {
	end := len(b) - endBytes
	if end < 0 || binary.LittleEndian.Uint32(b[end:]) != endSignature {
		return nil, errArchive
	}
	e := b[end:]
	count := int(binary.LittleEndian.Uint16(e[10:]))
	size, offset := binary.LittleEndian.Uint32(e[12:]), binary.LittleEndian.Uint32(e[16:])
	switch {
	case binary.LittleEndian.Uint32(e[4:]) != 0: // number of this disk, and of the directory's
		return nil, errArchive
	case count != int(binary.LittleEndian.Uint16(e[8:])) || count == 0 || count > maxEntries:
		return nil, errArchive
	case binary.LittleEndian.Uint16(e[20:]) != 0: // comment
		return nil, errArchive
	case int64(offset)+int64(size) != int64(end):
		return nil, errArchive
	}
	directory := archive{b: b[:end], at: int(offset)}
	files := archive{b: b[:offset]}
	return readEntries(&directory, &files, count)
}

func readEntries(directory, files *archive, count int) ([]entry, error) {
	entries := make([]entry, 0, count)
	names := make(map[string]bool, count)
	records := make([]central, 0, count)
	for range count {
		c, ok := directory.central()
		if !ok || names[c.name] || c.offset != files.at {
			return nil, errArchive
		}
		names[c.name] = true
		records = append(records, c)
		packed, ok := files.local(c)
		if !ok {
			return nil, errArchive
		}
		if c.method == methodStored && crc32.ChecksumIEEE(packed) != c.crc {
			return nil, errArchive
		}
		entries = append(entries, entry{name: c.name, packed: packed, method: c.method, crc: c.crc, size: c.size})
	}
	if directory.at != len(directory.b) || files.at != len(files.b) || !sameWriter(records) {
		return nil, errArchive
	}
	return entries, nil
}

// sameWriter reports whether one program wrote all entries. The system is the same in
// all, and so is the version of the format that it claims to know, unless it claims
// with each entry just what that entry needs (Java does). What differs between files on
// a disk, their modes and whether they are text, is the same in the first and the last,
// manifest and signature, which are alike; and where those two say nothing of it, as
// programs that write no files do, the others do not either.
func sameWriter(records []central) bool {
	first, last := records[0], records[len(records)-1]
	same, needed := true, true
	for _, c := range records {
		if c.system != first.system || c.marks > first.marks || first.mode == 0 && c.mode != 0 {
			return false
		}
		same = same && c.version == first.version
		needed = needed && c.version == c.common[0]
	}
	return (same || needed) && first.marks == last.marks && first.marks <= markText && first.mode == last.mode
}

// take is the next n bytes; nil when there are not so many.
func (a *archive) take(n int) []byte {
	if n < 0 || n > len(a.b)-a.at {
		return nil
	}
	a.at += n
	return a.b[a.at-n : a.at : a.at]
}

// central is one record of the directory.
type central struct {
	common  []byte // what the entry's own header repeats: version needed, flags, method, time, date
	version byte   // of the format that the writer knows
	system  byte   // that it was made on
	marks   uint16 // internal attributes
	mode    uint32 // external attributes
	flags   uint16
	method  uint16
	crc     uint32
	packed  int
	size    int64
	offset  int
	name    string
	crcSize []byte // CRC and both sizes as they stand there
}

func (a *archive) central() (central, bool) {
	h := a.take(centralBytes)
	if h == nil || binary.LittleEndian.Uint32(h) != centralSignature {
		return central{}, false
	}
	packed, size := binary.LittleEndian.Uint32(h[20:]), binary.LittleEndian.Uint32(h[24:])
	nameBytes, offset := int(binary.LittleEndian.Uint16(h[28:])), binary.LittleEndian.Uint32(h[42:])
	c := central{
		common: h[6:16], version: h[4], system: h[5], marks: binary.LittleEndian.Uint16(h[36:]), mode: binary.LittleEndian.Uint32(h[38:]),
		flags: binary.LittleEndian.Uint16(h[8:]), method: binary.LittleEndian.Uint16(h[10:]),
		crc: binary.LittleEndian.Uint32(h[16:]), packed: int(packed), size: int64(size), offset: int(offset), crcSize: h[16:28],
	}
	switch {
	case c.flags&^(flagDescriptor|flagUTF8|flagLevel) != 0: // encrypted, patched, masked
		return c, false
	case c.method != methodStored && c.method != methodDeflate, c.method == methodStored && packed != size:
		return c, false
	case packed == wide32 || size == wide32 || offset == wide32 || nameBytes == wide16: // ZIP64
		return c, false
	case binary.LittleEndian.Uint32(h[30:]) != 0: // an extra field, a comment
		return c, false
	case binary.LittleEndian.Uint16(h[34:]) != 0: // on another disk
		return c, false
	}
	name := a.take(nameBytes)
	c.name = string(name)
	return c, len(name) > 0 && utf8.Valid(name)
}

// local reads the header of an entry and what it says must be the directory's words,
// and returns the packed bytes.
func (a *archive) local(c central) ([]byte, bool) {
	h := a.take(localBytes)
	if h == nil || binary.LittleEndian.Uint32(h) != localSignature || !bytes.Equal(h[4:14], c.common) {
		return nil, false
	}
	if binary.LittleEndian.Uint16(h[28:]) != 0 || string(a.take(int(binary.LittleEndian.Uint16(h[26:])))) != c.name {
		return nil, false
	}
	if c.flags&flagDescriptor == 0 {
		packed := a.take(c.packed)
		return packed, packed != nil && bytes.Equal(h[14:26], c.crcSize)
	}
	if !bytes.Equal(h[14:26], make([]byte, 12)) {
		return nil, false
	}
	packed := a.take(c.packed)
	if packed == nil {
		return nil, false
	}
	d := a.take(descriptorBytes)
	return packed, d != nil && binary.LittleEndian.Uint32(d) == descriptorSignature && bytes.Equal(d[4:], c.crcSize)
}

// unpack returns the bytes of an entry, exactly as many as it claims and with the
// CRC it claims; those of a stored one are the archive's own. Whoever calls it has
// bounded the size.
func (e entry) unpack() ([]byte, error) {
	if e.method == methodStored {
		return e.packed, nil // readArchive compared its size and CRC
	}
	in := bytes.NewReader(e.packed)
	// From a ByteReader flate takes byte by byte, none behind its end.
	r := flate.NewReader(in)
	data := make([]byte, e.size)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, errArchive
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n != 0 || !errors.Is(err, io.EOF) || in.Len() != 0 {
		return nil, errArchive
	}
	if crc32.ChecksumIEEE(data) != e.crc {
		return nil, errArchive
	}
	return data, nil
}
