package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"hailong/server"
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
	if err := hook.post(t.Context(), newNoticeBody(n)); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"id": "a1", "event": "kiosk.trouble", "trouble": "silent", "device": "K7", "counter": "Quầy 3", "queue": 4.0,
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
	if err := hook.post(t.Context(), newNoticeBody(n)); err != nil || !strings.Contains(string(body), `"kiosk.well"`) || !strings.Contains(string(body), "hoạt động trở lại") {
		t.Errorf("%s, %v", body, err)
	}
	due := server.DueReport{DuePeriod: server.DuePeriod{Period: server.Period{ID: "2024-Q1"}, Before: "2024-03-05"}, Left: 6}
	if err := hook.post(t.Context(), newReminderBody(due)); err != nil || !strings.Contains(string(body), `"id":"2024-Q1/7","event":"report.due","period":"2024-Q1","before":"2024-03-05","days_left":6,"closed":false`) ||
		!strings.Contains(string(body), "Báo cáo Quý I năm 2024 phải gửi trước ngày 05/03/2024 (còn 6 ngày), chưa chốt số liệu.") {
		t.Errorf("%s, %v", body, err)
	}
	for _, status = range []int{http.StatusFound, http.StatusNotFound, http.StatusInternalServerError} {
		if err := hook.post(t.Context(), newNoticeBody(n)); err == nil {
			t.Errorf("%d is taken for heard", status)
		}
	}
	srv.Close()
	if err := hook.post(t.Context(), newNoticeBody(n)); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("nobody there: %v", err)
	}
}
