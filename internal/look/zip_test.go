package look_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"path"
	"testing"
)

// join makes one shot set of several, in their order.
func join(t *testing.T, sets ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, set := range sets {
		r, err := zip.NewReader(bytes.NewReader(set), int64(len(set)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.File {
			from, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			to, err := w.Create(fmt.Sprintf("%d_%s", i, path.Base(f.Name)))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(to, from); err != nil {
				t.Fatal(err)
			}
			if err := from.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
