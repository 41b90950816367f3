package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store/memory"
)

func TestAlertFlags(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		f    alertFlags
		ok   bool
	}{
		{"none", alertFlags{AlertAfter: 10}, true},
		{"all", alertFlags{10, "https://canh-bao.example/nhan", strings.Repeat("k", 16)}, true},
		{"no secret", alertFlags{10, "https://canh-bao.example/nhan", ""}, false},
		{"a short secret", alertFlags{10, "https://canh-bao.example/nhan", strings.Repeat("k", 15)}, false},
		{"no address", alertFlags{10, "canh-bao", strings.Repeat("k", 16)}, false},
		{"a file", alertFlags{10, "file:///etc/passwd", strings.Repeat("k", 16)}, false},
		{"at once", alertFlags{0, "", ""}, false},
	} {
		if err := tt.f.check(); (err == nil) != tt.ok || err != nil && !errors.Is(err, errUsage) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	const secret = "một khóa đủ dài để ký"
	now := time.Date(2025, 1, 15, 9, 0, 0, 0, server.Zone)
	status := http.StatusNoContent
	var body []byte
	var signature string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			t.Error(err)
		}
		signature = r.Header.Get("Hailong-Signature")
		w.WriteHeader(status)
	}))
	defer srv.Close()
	hook := webhook{srv.URL, secret, func() time.Time { return now }, srv.Client()}
	n := server.DeviceNotice{
		Device: server.Device{ID: "K7", Counter: "Quầy 3", Status: &server.DeviceStatus{Seen: now.Add(-time.Hour), Queue: 4}},
		Alert:  "a1", Trouble: server.TroubleSilent, Since: now.Add(-time.Minute),
	}
	if err := hook.post(t.Context(), newNoticeBody("phu-lien-2024", n)); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"id": "a1", "event": "kiosk.trouble", "trouble": "silent", "unit": "phu-lien-2024", "device": "K7", "counter": "Quầy 3", "queue": 4.0,
		"since": "2025-01-15T08:59:00+07:00", "last_seen": "2025-01-15T08:00:00+07:00", "over": nil} {
		if got[key] != want {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	if want := sign(secret, now, body); signature != want || !strings.HasPrefix(signature, "t="+strconv.FormatInt(now.Unix(), 10)+",v1=") {
		t.Errorf("signed %q, want %q", signature, want)
	}
	if sign(secret, now, append(body, ' ')) == signature || sign("another", now, body) == signature || sign(secret, now.Add(time.Second), body) == signature {
		t.Error("the signature does not depend on body, secret and time")
	}
	n.Over = now
	if err := hook.post(t.Context(), newNoticeBody("phu-lien-2024", n)); err != nil || !strings.Contains(string(body), `"kiosk.well"`) || !strings.Contains(string(body), "hoạt động trở lại") {
		t.Errorf("%s, %v", body, err)
	}
	home, err := server.New(t.Context(), memory.New(), make([]byte, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	due := server.DueReport{DuePeriod: server.DuePeriod{Period: server.Period{ID: "2024-Q1"}, Before: "2024-03-05"}, Left: 6}
	if err := hook.post(t.Context(), newReminderBody(home, due)); err != nil || !strings.Contains(string(body), `"id":"2024-Q1/7","event":"report.due","unit":"phu-lien-2024","period":"2024-Q1","before":"2024-03-05","days_left":6,"closed":false`) ||
		!strings.Contains(string(body), "Báo cáo Quý I năm 2024 phải gửi trước ngày 05/03/2024 (còn 6 ngày), chưa chốt số liệu.") {
		t.Errorf("%s, %v", body, err)
	}
	for _, status = range []int{http.StatusFound, http.StatusNotFound, http.StatusInternalServerError} {
		if err := hook.post(t.Context(), newNoticeBody("phu-lien-2024", n)); err == nil {
			t.Errorf("%d is taken for heard", status)
		}
	}
	srv.Close()
	if err := hook.post(t.Context(), newNoticeBody("phu-lien-2024", n)); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("nobody there: %v", err)
	}
}

// Every unit on the store is reminded of its own reports, once, and says which it is.
func TestRemindersOfEveryUnit(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	home, err := server.New(ctx, memory.New(), make([]byte, server.SecretSize), server.Config{BaseURL: "https://x.example"})
	if err != nil {
		t.Fatal(err)
	}
	home.Now = func() time.Time { return time.Date(2025, 2, 28, 9, 0, 0, 0, server.Zone) }
	for _, id := range []string{"do-son-2025", "trong-2025"} {
		if err := home.PutUnit(ctx, server.Unit{ID: id, Name: "UBND phường " + id, Level: server.LevelWard}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2025, 1, 15, 9, 0, 0, 0, server.Zone)
	for _, id := range []string{"phu-lien-2024", "do-son-2025"} { // the third has no data
		svc, err := home.For(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := svc.PutDossiers(ctx, []server.Dossier{{Code: "H24.1.2-250115-0001", Status: server.StatusReturned, Received: at, Finished: at, Returned: at}}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	way := channel{server.AlertByWebhook, func(_ context.Context, svc *server.Service, n notice) error {
		b := n.(reminderBody)
		if b.Unit != svc.Config.Unit || got[b.ID] != "" {
			t.Errorf("a reminder of %s again, or from another unit: %+v", svc.Config.Unit, b)
		}
		got[b.ID] = b.Unit
		return nil
	}}
	for range 2 {
		if err := watchReports(ctx, home, way); err != nil {
			t.Fatal(err)
		}
	}
	if want := map[string]string{"2025-Q1/7": "phu-lien-2024", "do-son-2025/2025-Q1/7": "do-son-2025"}; !maps.Equal(got, want) {
		t.Errorf("reminded %v, want %v", got, want)
	}
}
