// Package blobtest holds the tests that every blob.Bucket passes.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"example.org/osprey/internal/blob"
)

// Run checks the contract of blob.Bucket. open returns a bucket over the same
// place each time it is called within one test, empty at first: the suite opens it
// again to see what was durable.
func Run(t *testing.T, open func(t *testing.T) func() blob.Bucket) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, func() blob.Bucket){
		"PutGetDelete": putGetDelete, "Replace": replace, "Durable": durable, "Missing": missing,
		"Owned": owned, "List": list, "ListStops": listStops, "BadKeys": badKeys,
		"TooLarge": tooLarge, "EndedContext": endedContext, "Concurrent": concurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func put(t *testing.T, b blob.Bucket, data []byte) string {
	t.Helper()
	key := blob.NewKey()
	if err := b.Put(context.Background(), key, data); err != nil {
		t.Fatal(err)
	}
	return key
}

func want(t *testing.T, b blob.Bucket, key string, data []byte) {
	t.Helper()
	got, err := b.Get(context.Background(), key)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%s: %d bytes, want %d: %v", key, len(got), len(data), err)
	}
}

func gone(t *testing.T, b blob.Bucket, key string) {
	t.Helper()
	if got, err := b.Get(context.Background(), key); !errors.Is(err, blob.ErrNotFound) || got != nil {
		t.Errorf("%s: %d bytes, %v; want ErrNotFound", key, len(got), err)
	}
}

func putGetDelete(t *testing.T, open func() blob.Bucket) {
	b := open()
	for _, n := range []int{0, 1, 4096, 3 << 20} {
		data := bytes.Repeat([]byte{0x5a}, n)
		key := put(t, b, data)
		want(t, b, key, data)
		if err := b.Delete(context.Background(), key); err != nil {
			t.Fatal(err)
		}
		gone(t, b, key)
	}
}

func replace(t *testing.T, open func() blob.Bucket) {
	b := open()
	key := put(t, b, []byte("a longer text than the second"))
	if err := b.Put(context.Background(), key, []byte("second")); err != nil {
		t.Fatal(err)
	}
	want(t, b, key, []byte("second"))
}

func durable(t *testing.T, open func() blob.Bucket) {
	first := open()
	kept, deleted := put(t, first, []byte("kept")), put(t, first, []byte("deleted"))
	if err := first.Delete(context.Background(), deleted); err != nil {
		t.Fatal(err)
	}
	second := open()
	want(t, second, kept, []byte("kept"))
	gone(t, second, deleted)
}

func missing(t *testing.T, open func() blob.Bucket) {
	b := open()
	key := blob.NewKey()
	gone(t, b, key)
	for range 2 {
		if err := b.Delete(context.Background(), key); err != nil {
			t.Errorf("deleting nothing: %v", err)
		}
	}
}

// owned changes bytes that went in and that came out.
func owned(t *testing.T, open func() blob.Bucket) {
	b := open()
	data := []byte("original")
	key := put(t, b, data)
	data[0] = 'X'
	got, err := b.Get(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	got[1] = 'X'
	want(t, b, key, []byte("original"))
}

func list(t *testing.T, open func() blob.Bucket) {
	b := open()
	var keys []string
	for range 50 {
		keys = append(keys, put(t, b, []byte("x")))
	}
	var got []string
	err := b.List(context.Background(), func(key string) error {
		got = append(got, key)
		return b.Delete(context.Background(), key)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	slices.Sort(got)
	if !slices.Equal(keys, got) {
		t.Errorf("%d keys were listed, %d were put", len(got), len(keys))
	}
	if err := b.List(context.Background(), func(string) error { return errors.New("a key is left") }); err != nil {
		t.Error(err)
	}
}

func listStops(t *testing.T, open func() blob.Bucket) {
	b := open()
	put(t, b, nil)
	put(t, b, nil)
	stop, calls := errors.New("stop"), 0
	err := b.List(context.Background(), func(string) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func badKeys(t *testing.T, open func() blob.Bucket) {
	b, ctx := open(), context.Background()
	good := blob.NewKey()
	for _, key := range []string{"", ".", "..", "../" + good, good + "/..", good[:31], good + "0", "/etc/passwd",
		"ABCDEF0123456789ABCDEF0123456789", good[:30] + "..", "0\x00" + good[2:], good[:2] + "/" + good[3:]} {
		_, err := b.Get(ctx, key)
		for call, err := range map[string]error{"get": err, "put": b.Put(ctx, key, []byte("x")), "delete": b.Delete(ctx, key)} {
			if !errors.Is(err, blob.ErrBadKey) {
				t.Errorf("%s %q: %v, want ErrBadKey", call, key, err)
			}
		}
	}
}

func tooLarge(t *testing.T, open func() blob.Bucket) {
	b := open()
	key := blob.NewKey()
	if err := b.Put(context.Background(), key, make([]byte, blob.MaxBytes+1)); !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
	gone(t, b, key)
}

func endedContext(t *testing.T, open func() blob.Bucket) {
	b := open()
	key := put(t, b, []byte("x"))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := b.Get(ctx, key)
	for call, err := range map[string]error{
		"get": err, "put": b.Put(ctx, blob.NewKey(), nil), "delete": b.Delete(ctx, key),
		"list": b.List(ctx, func(string) error { return nil }),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

// concurrent writes one key from many sides while others read: every reader sees
// a whole blob.
func concurrent(t *testing.T, open func() blob.Bucket) {
	b, ctx := open(), context.Background()
	key := blob.NewKey()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			data := bytes.Repeat([]byte{byte(i)}, 10_000+i)
			if err := b.Put(ctx, key, data); err != nil {
				t.Error(err)
			}
			got, err := b.Get(ctx, key)
			if err != nil || len(got) < 10_000 || len(got) != 10_000+int(got[0]) || !bytes.Equal(got, bytes.Repeat(got[:1], len(got))) {
				t.Errorf("a reader saw %d bytes: %v", len(got), err)
			}
		})
	}
	wg.Wait()
}
