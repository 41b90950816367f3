package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The city's store takes in the pack of a ward's store, once.
func TestPackTake(t *testing.T) {
	t.Parallel()
	ward, dir := answered(t), t.TempDir()
	zip := filepath.Join(dir, "q1.zip")
	if code, _, errs := command(t, "report", "--store", ward, "--period", "2024-Q1", "--format", "zip", "--out", zip); code != exitDone {
		t.Fatalf("report: %d %q", code, errs)
	}
	city := "sqlite:" + filepath.Join(dir, "city.db")
	for _, args := range [][]string{{"hai-phong", "--name", "UBND thành phố Hải Phòng", "--level", "city"}, {"phu-lien-2024", "--name", "UBND phường Phù Liễn", "--parent", "hai-phong"}} {
		if code, _, errs := command(t, append([]string{"unit", "add", "--store", city}, args...)...); code != exitDone {
			t.Fatalf("%v: %d %q", args, code, errs)
		}
	}
	broken := filepath.Join(dir, "hong.zip")
	if err := os.WriteFile(broken, []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	take := []string{"pack", "take", broken, zip, "--store", city, "--unit", "hai-phong"}
	code, out, errs := command(t, take...)
	if code != exitRejected || !strings.Contains(out, "phu-lien-2024 2024-Q1 đã nhận / stored") || !strings.Contains(errs, "hong.zip: không nhận") {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if code, out, _ := command(t, take...); code != exitRejected || !strings.Contains(out, "đã nhận trước / already") {
		t.Errorf("again: %d %q", code, out)
	}
	if code, _, errs := command(t, "pack", "take", zip, "--store", city); code != exitFailed || !strings.Contains(errs, "chỉ thành phố") {
		t.Errorf("a ward takes a pack: %d %q", code, errs)
	}
}
