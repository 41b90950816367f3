package web

import (
	"net/http"
	"strings"
	"testing"

	"hailong/server"
)

func TestOwnPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	sampleYear(t, w.svc, 600)
	for _, name := range []string{"lan", "moi", "chua-gan"} {
		w.user(name, server.RoleOfficer)
	}
	for name, officer := range map[string]string{"lan": "CC03", "moi": "CC99"} {
		if err := w.svc.SetOfficer(t.Context(), name, officer); err != nil {
			t.Fatal(err)
		}
	}
	p := w.visitor().signIn("lan").get("/cua-toi")
	if p.code != http.StatusOK || !strings.Contains(p.body, "Cả phường") || strings.Contains(p.body, "CC0") {
		t.Errorf("the officer's own page: %d", p.code)
	}
	if p := w.visitor().signIn("moi").get("/cua-toi"); p.code != http.StatusOK || !strings.Contains(p.body, "Chưa đủ") || strings.Contains(p.body, "Cả phường") {
		t.Errorf("an officer without ratings: %d", p.code)
	}
	if p := w.visitor().signIn("chua-gan").get("/cua-toi"); p.code != http.StatusOK || !strings.Contains(p.body, "chưa gắn") {
		t.Errorf("an account tied to nobody: %d", p.code)
	}
}
