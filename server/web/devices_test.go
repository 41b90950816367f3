package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

func TestReturnedPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("mot-cua", server.RoleOfficer)
	now := w.clock.now()
	const code = "000.21.35.H24-250114-0001"
	if _, err := w.svc.PutDossiers(t.Context(), []server.Dossier{{
		Code: code, ProcedureName: "Chứng thực bản sao", Status: server.StatusFinished, Channel: server.ChannelCounter,
		Counter: "Quầy 3", Received: now.Add(-2 * time.Hour), Finished: now.Add(-time.Hour),
	}, {Code: "000.21.35.H24-250114-0002", Status: server.StatusWithdrawn, Received: now.Add(-time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	v := w.visitor().signIn("mot-cua")
	if p := v.get("/dang-nhap"); p.header.Get("Location") != "/tra-ket-qua" {
		t.Errorf("an officer begins at %q", p.header.Get("Location"))
	}
	kiosk, _, _ := w.pairDevice("Quầy 3")
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	events := kiosk.listen(ctx, "")
	next(t, events, "settings")
	p := v.post("/tra-ket-qua", url.Values{"ho-so": {" " + code + " "}, "quay": {""}})
	shown := regexp.MustCompile(`[0-9A-Z]{4}(-[0-9A-Z]{4}){3}`).FindString(p.body)
	if p.code != http.StatusOK || shown == "" || !strings.Contains(p.body, "Ki-ốt đang mời") || !strings.Contains(p.body, "<svg class=\"qr\"") {
		t.Fatalf("%d, code %q", p.code, shown)
	}
	next(t, events, "invite")
	d, err := w.svc.Dossier(t.Context(), code)
	if err != nil || d.Status != server.StatusReturned || !d.Returned.Equal(now) {
		t.Errorf("%+v, %v", d, err)
	}
	if p := w.visitor().get("/q/" + shown); p.code != http.StatusOK {
		t.Errorf("the slip that was shown: %d", p.code)
	}
	for _, tt := range []struct {
		name string
		form url.Values
		code int
		want string
	}{
		{"again", url.Values{"ho-so": {code}}, 409, "thay-phieu"},
		{"nonsense", url.Values{"ho-so": {"<b>x"}}, 422, "cần có dạng"},
		{"unknown", url.Values{"ho-so": {"000.21.35.H24-250114-0009"}}, 404, "Không có hồ sơ này"},
		{"withdrawn", url.Values{"ho-so": {"000.21.35.H24-250114-0002"}}, 422, "rút"},
		{"replaced", url.Values{"ho-so": {code}, "thay-phieu": {"co"}}, 200, "Ki-ốt đang mời"},
	} {
		if p := v.post("/tra-ket-qua", tt.form); p.code != tt.code || !strings.Contains(p.body, tt.want) || strings.Contains(p.body, "<b>x") {
			t.Errorf("%s: %d", tt.name, p.code)
		}
	}
	if p := w.visitor().get("/q/" + shown); p.code != http.StatusGone {
		t.Errorf("the slip that was replaced: %d", p.code)
	}
}

func TestDevicesPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	w.user("quan-tri", server.RoleAdmin)
	w.user("lan", server.RoleLeader)
	admin, leader := w.visitor().signIn("quan-tri"), w.visitor().signIn("lan")
	form := url.Values{"quay": {"Quầy 3"}, "ten": {"Sảnh"}, "gian-cach": {"20"}, "gio1": {"7h30-11h30"}, "do-dang": {"bo"}, "nhip": {"2,5"}}
	p := admin.post("/thiet-bi", form)
	code := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(p.body)
	if p.code != http.StatusOK || code == "" || !strings.Contains(p.body, "<svg class=\"qr\"") {
		t.Fatalf("%d %q", p.code, code)
	}
	kiosk := w.visitor()
	if p := kiosk.json(http.MethodPost, "/api/v1/kiosk/pair", fmt.Sprintf(`{"code":%q}`, strings.ToLower(code))); p.code != http.StatusOK {
		t.Fatalf("%d %s", p.code, p.body)
	}
	devices, err := w.svc.Devices(t.Context())
	if err != nil || len(devices) != 1 {
		t.Fatalf("%v, %v", devices, err)
	}
	id := devices[0].ID
	if d := devices[0]; !d.DropHalf || d.ScanPace != 2500 {
		t.Errorf("paired with drop %v and a pace of %d ms", d.DropHalf, d.ScanPace)
	}
	if p := admin.get("/thiet-bi/" + id); !strings.Contains(p.body, `value="2,5"`) || !strings.Contains(p.body, `value="bo" selected`) {
		t.Error("the form does not show what was chosen")
	}
	form.Del("do-dang")
	form.Set("nhip", "")
	state := func(want string, red bool) {
		t.Helper()
		p := leader.get("/thiet-bi")
		if !strings.Contains(p.body, want) || strings.Contains(p.body, "cần xử lý ngay") != red || strings.Contains(p.body, "/thiet-bi/"+id) {
			t.Errorf("the board lacks %q, or red is not %v, or a leader may change", want, red)
		}
	}
	beat := func(body string) {
		t.Helper()
		if p := kiosk.json(http.MethodPost, "/api/v1/kiosk/heartbeat", body); p.code != http.StatusOK {
			t.Fatalf("%d %s", p.code, p.body)
		}
	}
	clock := func() string { return w.clock.now().Format(time.RFC3339) }
	good := `"storage":{"persisted":true,"used":1,"quota":1000}`
	// 15 January 2025 is a Wednesday, on which this kiosk is closed.
	state("Ngoài giờ", false)
	form.Set("gio3", "07:30-11:30, 13:30-17:00")
	if p := admin.post("/thiet-bi/"+id, form); p.code != http.StatusSeeOther {
		t.Fatalf("%d", p.code)
	}
	if d, err := w.svc.Device(t.Context(), id); err != nil || d.DropHalf || d.Pace() != server.DefaultScanPace {
		t.Errorf("changed to drop %v and a pace of %d ms, %v", d.DropHalf, d.Pace(), err)
	}
	state("Chưa báo cáo", false)
	beat(`{"clock":"` + clock() + `","version":"7",` + good + `}`)
	state("Hoạt động", false)
	beat(`{"clock":"` + clock() + `","version":"7"}`)
	state("có thể bị trình duyệt xóa", false)
	beat(`{"clock":"` + w.clock.now().Add(3*time.Hour).Format(time.RFC3339) + `",` + good + `}`)
	state("nhanh 3 giờ", false)
	beat(`{"clock":"` + clock() + `","queue":4,"refused":1,"oldest":"` + w.clock.now().Add(-12*time.Minute).Format(time.RFC3339) + `",` + good + `}`)
	state("Không gửi được", true)
	state("cũ nhất 12 phút trước", true)
	state("1 câu bị từ chối", true)
	beat(`{"clock":"` + clock() + `",` + good + `}`)
	w.clock.add(11 * time.Minute)
	state("Mất liên lạc", true)
	for _, bad := range []url.Values{
		{"quay": {""}}, {"quay": {"1"}, "gio2": {"sáng"}}, {"quay": {"1"}, "gian-cach": {"-1"}}, {"quay": {"1"}, "gian-cach": {"nhiều"}}, {"quay": {"1"}, "nhip": {"0,4"}}, {"quay": {"1"}, "nhip": {"10,1"}}, {"quay": {"1"}, "nhip": {"NaN"}}, {"quay": {strings.Repeat("x", 101)}},
	} {
		for _, path := range []string{"/thiet-bi", "/thiet-bi/" + id} {
			if p := admin.post(path, bad); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `role="alert"`) {
				t.Errorf("%s %v: %d", path, bad, p.code)
			}
		}
	}
	if p := admin.post("/thiet-bi/"+id+"/ghep", nil); p.code != http.StatusOK || !strings.Contains(p.body, "Mã ghép") {
		t.Errorf("%d", p.code)
	}
	for _, path := range []string{"/thiet-bi", "/thiet-bi/" + id, "/thiet-bi/" + id + "/ghep", "/thiet-bi/" + id + "/thu-hoi"} {
		if p := leader.post(path, form); p.code != http.StatusForbidden {
			t.Errorf("a leader at %s: %d", path, p.code)
		}
	}
	if p := admin.post("/thiet-bi/"+id+"/thu-hoi", nil); p.code != http.StatusSeeOther {
		t.Errorf("%d", p.code)
	}
	state("Đã thu hồi", false)
	if p := admin.get("/thiet-bi/" + id); p.code != http.StatusOK || strings.Contains(p.body, "Thu hồi ki-ốt này") {
		t.Errorf("%d", p.code)
	}
	if p := admin.get("/thiet-bi/NOBODY00"); p.code != http.StatusNotFound {
		t.Errorf("%d", p.code)
	}
}
