package capsule

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// recordsOf finds the records of a ZIP file by their signature.
func recordsOf(b []byte, signature uint32) []int {
	var at []int
	mark := binary.LittleEndian.AppendUint32(nil, signature)
	for i := 0; ; {
		n := bytes.Index(b[i:], mark)
		if n < 0 {
			return at
		}
		at = append(at, i+n)
		i += n + len(mark)
	}
}

// TestArchives changes single fields of a ZIP file: what other programs write is read,
// what hides or doubles something is not.
func TestArchives(t *testing.T) {
	t.Parallel()
	files := []file{{name: "a", content: "one"}, {name: "b", content: "two"}, {name: "c", content: "three"}}
	set16 := func(b []byte, at int, v uint16) { binary.LittleEndian.PutUint16(b[at:], v) }
	set32 := func(b []byte, at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	// all changes a field of the directory in the n-th entry, or in all when n is -1.
	central := func(n, offset int, v uint16) func([]byte) {
		return func(b []byte) {
			for i, at := range recordsOf(b, centralSignature) {
				if n < 0 || n == i {
					set16(b, at+offset, v)
				}
			}
		}
	}
	end := func(offset int, v uint16) func([]byte) {
		return func(b []byte) { set16(b, len(b)-endBytes+offset, v) }
	}
	both := func(fs ...func([]byte)) func([]byte) {
		return func(b []byte) {
			for _, f := range fs {
				f(b)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func([]byte)
		reads  bool
	}{
		{"nothing", func([]byte) {}, true},
		{"another system", central(-1, 4, 3<<8|30), true},
		{"another system in one", central(1, 4, 3<<8|20), false},
		{"a version in one", central(1, 4, 30), false},
		{"text", central(-1, 36, 1), true},
		{"text but for one", both(central(-1, 36, 1), central(1, 36, 0)), true},
		{"text in one", central(1, 36, 1), false},
		{"text in the first", central(0, 36, 1), false},
		{"other marks", central(-1, 36, 2), false},
		{"modes", central(-1, 40, 0x81a4), true},
		{"another mode inside", both(central(-1, 40, 0x81a4), central(1, 40, 0x8180)), true},
		{"another mode at the end", both(central(-1, 40, 0x81a4), central(2, 40, 0x8180)), false},
		{"a mode in one", central(1, 40, 0x8180), false},
		{"a mode in the first", central(0, 40, 0x8180), false},
		{"encrypted", central(1, 8, 1), false},
		{"encrypted, both say", func(b []byte) {
			set16(b, recordsOf(b, centralSignature)[1]+8, 1)
			set16(b, recordsOf(b, localSignature)[1]+6, 1)
		}, false},
		{"another method, both say", func(b []byte) {
			set16(b, recordsOf(b, centralSignature)[1]+10, 12)
			set16(b, recordsOf(b, localSignature)[1]+8, 12)
		}, false},
		{"another time in one header", central(1, 12, 7), false},
		{"another time in both", func(b []byte) {
			set16(b, recordsOf(b, centralSignature)[1]+12, 7)
			set16(b, recordsOf(b, localSignature)[1]+10, 7)
		}, true},
		{"an extra field", central(1, 30, 4), false},
		{"a comment", central(1, 32, 1), false},
		{"another disk", central(1, 34, 1), false},
		{"entries that overlap", func(b []byte) { set32(b, recordsOf(b, centralSignature)[1]+42, 0) }, false},
		{"a size of ZIP64", func(b []byte) { set32(b, recordsOf(b, centralSignature)[1]+24, wide32) }, false},
		{"another name in the header", func(b []byte) { b[recordsOf(b, localSignature)[1]+localBytes] = 'x' }, false},
		{"one name twice", func(b []byte) {
			b[recordsOf(b, localSignature)[1]+localBytes] = 'a'
			b[recordsOf(b, centralSignature)[1]+centralBytes] = 'a'
		}, false},
		{"a name that is no text", func(b []byte) {
			b[recordsOf(b, localSignature)[1]+localBytes] = 0xff
			b[recordsOf(b, centralSignature)[1]+centralBytes] = 0xff
		}, false},
		{"fewer entries", both(end(8, 2), end(10, 2)), false},
		{"more entries", both(end(8, 4), end(10, 4)), false},
		{"no entries", both(end(8, 0), end(10, 0)), false},
		{"entries elsewhere", end(8, 2), false},
		{"a disk", end(4, 1), false},
		{"the directory elsewhere", func(b []byte) { set32(b, len(b)-endBytes+16, 0) }, false},
		{"a comment at the end", end(20, 1), false},
	} {
		b := zipOf(t, false, files...)
		c.change(b)
		entries, err := readArchive(b)
		if (err == nil) != c.reads || c.reads && (len(entries) != 3 || string(entries[1].packed) != "two") {
			t.Errorf("%s: %v, %v", c.name, entries, err)
		}
	}
	many := make([]file, maxEntries+1)
	for i := range many {
		many[i] = file{name: "f" + string(rune('a'+i%26)) + string(rune('a'+i/26)), content: ""}
	}
	if _, err := readArchive(zipOf(t, false, many...)); err == nil {
		t.Errorf("%d entries were read", len(many))
	}
	if e, err := readArchive(zipOf(t, false, many[1:]...)); err != nil || len(e) != maxEntries {
		t.Errorf("%d entries: %v", maxEntries, err)
	}
}

// TestBombs: an entry that unpacks to something else than it claims is refused after
// so many bytes as it claims.
func TestBombs(t *testing.T) {
	t.Parallel()
	b := zipOf(t, false, file{"a", string(make([]byte, 1<<20)), true})
	good, err := readArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := good[0].unpack(); err != nil || len(data) != 1<<20 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	for _, size := range []int64{0, 1, 1<<20 - 1, 1<<20 + 1} {
		e := good[0]
		e.size = size
		if _, err := e.unpack(); err == nil {
			t.Errorf("claiming %d bytes: unpacked", size)
		}
	}
	e := good[0]
	e.packed = append(bytes.Clone(e.packed), 0)
	if _, err := e.unpack(); err == nil {
		t.Error("something behind the packed bytes was not missed")
	}
	e = good[0]
	e.crc++
	if _, err := e.unpack(); err == nil {
		t.Error("a wrong CRC was not missed")
	}
}
