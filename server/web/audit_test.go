package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

func TestAuditPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("quan-tri", server.RoleAdmin)
	w.user("lan", server.RoleLeader)
	complaints(t, w)
	lan := w.visitor().signIn("lan")
	lan.get("/phan-anh?q=nghia")
	lan.get("/phan-anh/" + caseID(t, w, "nghĩa"))
	lan.get("/liem-chinh?ky=2024")
	lan.get("/xuat/chi-so.csv?ky=2024")
	w.visitor().post("/dang-nhap", url.Values{"name": {"lan"}, "password": {"mật-khẩu-sai"}})
	w.clock.add(48 * time.Hour)
	admin := w.visitor().signIn("quan-tri")
	p := admin.get("/nhat-ky")
	p.says(t, "lan Đăng nhập leader", "lan Xem danh sách phản ánh", "lan Xem phản ánh", "lan Xem số liệu liêm chính 2024", "lan Tải số liệu chi-so 2024 csv", "lan Đăng nhập sai", "quan-tri Đăng nhập admin", "1 lần không thành")
	if strings.Contains(strings.ToLower(p.text()), "nghĩa") || strings.Contains(p.body, "nghia") || strings.Contains(p.body, "mật-khẩu") {
		t.Error("the audit repeats what was said, searched or typed")
	}
	today := "tu=2025-01-17&den=2025-01-17"
	if text := admin.get("/nhat-ky?" + today).text(); strings.Contains(text, "Xem phản ánh") || !strings.Contains(text, "quan-tri Đăng nhập") {
		t.Errorf("of one day: %s", text)
	}
	if text := admin.get("/nhat-ky?ai=lan").text(); strings.Contains(text, "quan-tri Đăng nhập") || !strings.Contains(text, "lan Xem phản ánh") {
		t.Errorf("of one user: %s", text)
	}
	csv := admin.get("/nhat-ky.csv?tu=2025-01-15&den=2025-01-15&ai=lan")
	if csv.code != http.StatusOK || !strings.Contains(csv.body, "2025-01-15 09:00:00,lan,export,chi-so 2024 csv\r\n") || strings.Contains(csv.body, "quan-tri") {
		t.Errorf("%d %s", csv.code, csv.body)
	}
	admin.get("/nhat-ky").says(t, "quan-tri Tải nhật ký")
	for _, bad := range []string{"tu=x", "tu=2025-02-01&den=2025-01-01", "tu=2020-01-01&den=2025-01-01"} {
		if p := admin.get("/nhat-ky?" + bad); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, p.code)
		}
		if p := admin.get("/nhat-ky.csv?" + bad); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s as CSV: %d", bad, p.code)
		}
	}
}

// Every deed that the program writes to the audit has a name for people.
func TestDeedsHaveNames(t *testing.T) {
	t.Parallel()
	deed := regexp.MustCompile(`(?:\bAudit\([^"\n]*(?:"(?:cli|sso)", )?|auditStaff\(c|changedCredential\(c, u), "([a-z_-]+)"`)
	found := 0
	for _, pattern := range []string{"../*.go", "*.go", "../../cmd/hailong/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range deed.FindAllStringSubmatch(string(src), -1) {
				name := m[1]
				if name == "cli" || name == "sso" || name == "case_" {
					continue
				}
				found++
				if deedText(name) == name {
					t.Errorf("%s: the deed %q has no name", f, name)
				}
			}
		}
	}
	for _, act := range []server.CaseAction{server.ActTake, server.ActThorough, server.ActNote, server.ActConclude, server.ActReply, server.ActReopen} {
		if name := "case_" + string(act); deedText(name) == name {
			t.Errorf("the deed %q has no name", name)
		}
	}
	for _, kind := range []server.ClosingKind{server.KindClose, server.KindReopen, server.KindAmend} {
		if deedText(string(kind)) == string(kind) {
			t.Errorf("the deed %q has no name", kind)
		}
	}
	if found < 20 {
		t.Errorf("only %d deeds found", found)
	}
}
