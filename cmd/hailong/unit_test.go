package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// A second ward on the store takes the same list of dossiers for itself.
func TestUnitCommands(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "hailong.db")
	do := func(want int, args ...string) string {
		t.Helper()
		code, out, errs := command(t, append(args, "--store", db)...)
		if code != want {
			t.Fatalf("%v: %d %q", args, code, errs)
		}
		return out
	}
	if out := do(exitDone, "unit", "list"); !strings.Contains(out, "phu-lien-2024") {
		t.Errorf("one unit: %q", out)
	}
	do(exitDone, "unit", "add", "hai-phong", "--name", "UBND thành phố Hải Phòng", "--level", "city")
	do(exitDone, "unit", "add", "do-son-2025", "--name", "UBND phường Đồ Sơn", "--parent", "hai-phong", "--from", "2025-07-01", "--target", "0.85")
	do(exitUsage, "unit", "add", "do-son-2025", "--name", "UBND phường Đồ Sơn", "--from", "1/7/2025")
	do(exitFailed, "unit", "add", "do/son", "--name", "UBND phường Đồ Sơn")
	if out := do(exitDone, "unit", "list", "--json"); !strings.Contains(out, `"id":"do-son-2025","name":"UBND phường Đồ Sơn","level":"ward","parent":"hai-phong","valid_from":"2025-07-01","target":0.85`) || !strings.Contains(out, `"home":true`) {
		t.Errorf("units: %s", out)
	}
	list := inFolder(t, "hs.csv", "Mã hồ sơ,Lĩnh vực,Ngày tiếp nhận,Trạng thái\n000.21.35.H24-240110-0001,Hộ tịch,10/01/2024 08:00:00,Được tiếp nhận\n")
	for _, unit := range []string{"do-son-2025", "phu-lien-2024"} {
		if out := do(exitDone, "import", list, "--unit", unit, "--json"); !strings.Contains(out, `"new": 1`) {
			t.Errorf("import for %s: %s", unit, out)
		}
		if out := do(exitDone, "index", "--from", "2024-01-01", "--to", "2024-12-31", "--unit", unit, "--json"); !strings.Contains(out, `"received": 1`) {
			t.Errorf("index of %s: %s", unit, out)
		}
	}
	do(exitDone, "user", "add", "minh", "--role", "leader", "--unit", "do-son-2025")
	if out := do(exitDone, "user", "list"); strings.Contains(out, "minh") {
		t.Errorf("the home lists %q", out)
	}
	if out := do(exitDone, "user", "list", "--unit", "do-son-2025"); !strings.Contains(out, "minh") {
		t.Errorf("the ward lists %q", out)
	}
}
