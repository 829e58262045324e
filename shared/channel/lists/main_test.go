package main

import (
	"bytes"
	"os"
	"testing"
)

// TestGenerated ensures that what is committed is what the lists say.
func TestGenerated(t *testing.T) {
	want, err := generate(".")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../sites.gen.go")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("sites.gen.go is not made from these lists (%v): run go generate ./shared/channel", err)
	}
}

// TestReadRefuses ensures that a slip in a list is not passed over.
func TestReadRefuses(t *testing.T) {
	for _, bad := range []string{"serach: google.com", "search: https://google.com", "social: Facebook.com", "google.com"} {
		if read(map[string]byte{}, bad, "") == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
