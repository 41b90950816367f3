package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store/memory"
)

// A city takes in the packs of a ward that works elsewhere.
func TestTakePack(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	for _, u := range []server.Unit{
		{ID: "hai-phong", Name: "UBND thành phố Hải Phòng", Level: server.LevelCity}, {ID: "do-son-2025", Name: "UBND phường Đồ Sơn", Level: server.LevelWard, Parent: "hai-phong"},
		{ID: "tinh-khac", Name: "UBND phường Khác", Level: server.LevelWard},
	} {
		if err := w.svc.PutUnit(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	city, err := w.svc.For(t.Context(), "hai-phong")
	if err != nil {
		t.Fatal(err)
	}
	token := func(svc *server.Service, role server.Role) string {
		text, err := svc.AddToken(t.Context(), server.Token{Role: role})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	cityToken := token(city, server.RoleCity)
	elsewhere := func(key byte) *server.Service { // the ward's own house
		svc, err := server.New(t.Context(), memory.New(), bytes.Repeat([]byte{key}, server.SecretSize), server.Config{Unit: "do-son-2025"})
		if err != nil {
			t.Fatal(err)
		}
		svc.Now = w.clock.now
		return svc
	}
	answer := func(svc *server.Service, from, to int) {
		var as []server.Answer
		for i := from; i < to; i++ {
			as = append(as, server.Answer{ID: fmt.Sprint("a", i), Unit: "do-son-2025", Survey: "sipas-short", Day: "2024-02-05", Lane: server.LaneSlip, Field: "Hộ tịch", Marks: map[string]string{"overall": fmt.Sprint(5 - 3*(i%4/3))}})
		}
		if _, err := svc.PutAnswers(t.Context(), as); err != nil {
			t.Fatal(err)
		}
	}
	p, err := server.ParsePeriod("2024-Q1")
	if err != nil {
		t.Fatal(err)
	}
	pack := func(svc *server.Service) []byte {
		var b bytes.Buffer
		if err := report.WritePack(t.Context(), &b, svc, p, false); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	put := func(token, path string, body []byte) (int, string, http.Header) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.srv.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		page := w.visitor().do(r)
		return page.code, page.body, page.header
	}
	const path = "/api/v1/units/do-son-2025/packs/2024-Q1"
	ward := elsewhere(9)
	answer(ward, 0, 80)
	first := pack(ward)
	for _, tt := range []struct {
		what, token, path string
		body              []byte
		code              int
		says              string
	}{
		{"a changed pack", cityToken, path, tampered(t, first), http.StatusUnprocessableEntity, "answers.csv"},
		{"no pack", cityToken, path, []byte("PK không phải"), http.StatusUnprocessableEntity, "invalid"},
		{"another period", cityToken, "/api/v1/units/do-son-2025/packs/2024-Q2", first, http.StatusUnprocessableEntity, "2024-Q1"},
		{"another unit's ward", cityToken, "/api/v1/units/tinh-khac/packs/2024-Q1", first, http.StatusNotFound, "not-found"},
		{"no such unit", cityToken, "/api/v1/units/khong-co/packs/2024-Q1", first, http.StatusNotFound, "not-found"},
		{"a ward's token", token(w.svc, server.RoleCity), path, first, http.StatusForbidden, "forbidden"},
		{"a role that may not", token(city, server.RoleObserver), path, first, http.StatusForbidden, "forbidden"},
		{"the pack", cityToken, path, first, http.StatusCreated, `"status":"stored","number":1`},
		{"the same pack", cityToken, path, first, http.StatusOK, `"status":"already","number":1`},
	} {
		code, body, header := put(tt.token, tt.path, tt.body)
		if code != tt.code || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d %s", tt.what, code, body)
		}
		if code >= 400 && !strings.HasPrefix(header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %q", tt.what, header.Get("Content-Type"))
		}
	}
	answer(ward, 80, 120)
	if code, body, _ := put(cityToken, path, pack(ward)); code != http.StatusCreated || !strings.Contains(body, `"status":"amendment","number":2`) {
		t.Errorf("an amendment: %d %s", code, body)
	}
	if code, body, _ := put(cityToken, path, first); code != http.StatusOK || !strings.Contains(body, `"already","number":1`) {
		t.Errorf("the first pack again: %d %s", code, body)
	}
	forger := elsewhere(8)
	answer(forger, 0, 90)
	if code, body, _ := put(cityToken, path, pack(forger)); code != http.StatusUnprocessableEntity || !strings.Contains(body, "another key") {
		t.Errorf("signed by somebody else: %d %s", code, body)
	}
	taken, err := city.TakenPacks(t.Context(), "do-son-2025", "2024-Q1")
	if err != nil || len(taken) != 2 {
		t.Fatalf("%d packs, %v", len(taken), err)
	}
	if b, err := json.Marshal(taken); err != nil || strings.Contains(string(b), "Hộ tịch") {
		t.Errorf("more than counters is kept: %s %v", b, err)
	}
	if err := city.SetPassword(t.Context(), "tp", server.RoleLeader, password); err != nil {
		t.Fatal(err)
	}
	page := w.visitor().signIn("tp").get("/cac-don-vi")
	for _, want := range []string{"Quý I/2024", "60/80", "Gói bổ sung nhận ngày 15/01/2025: 90/120 phiếu"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the city's page lacks %q", want)
		}
	}
}

// tampered changes one level of one answer.
func tampered(t *testing.T, pack []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "answers.csv" {
			data = bytes.Replace(data, []byte(",2\r\n"), []byte(",5\r\n"), 1)
		}
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
