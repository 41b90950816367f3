package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"hailong/server"
	"hailong/server/web/browsertest"
)

// The board of kiosks, pairing and handing out results: nothing for axe to
// complain about, nothing wider than the screen, usable with the keyboard.
func TestDevicePagesInBrowser(t *testing.T) {
	t.Parallel()
	slow(t)
	w := newWard(t, nil, server.Config{}, false)
	now := w.clock.now()
	beat := func(id string, b server.Heartbeat) {
		t.Helper()
		if _, err := w.svc.Report(t.Context(), id, b); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for i := range 6 {
		_, _, id := w.pairDevice(fmt.Sprintf("Quầy %d", i+1))
		ids = append(ids, id)
	}
	full := server.Heartbeat{Clock: now, Version: "2025.1", Persisted: true, Used: 300 << 10, Quota: 1 << 30}
	beat(ids[1], full)
	w.clock.add(25 * time.Minute)
	full.Clock = w.clock.now()
	beat(ids[0], full)
	stuck := full
	stuck.Queue, stuck.Refused, stuck.Oldest = 14, 2, full.Clock.Add(-3*time.Hour)
	beat(ids[2], stuck)
	skewed := full
	skewed.Clock, skewed.Persisted = full.Clock.Add(-26*time.Hour), false
	beat(ids[3], skewed)
	if _, err := w.svc.SetDevice(t.Context(), ids[4], server.DeviceSettings{Counter: "Quầy 5", Label: "Ki-ốt sảnh phía Đông", Hours: &server.Hours{}}); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.RevokeDevice(t.Context(), ids[5]); err != nil {
		t.Fatal(err)
	}
	w.user("quan-tri", server.RoleAdmin)
	w.user("lan", server.RoleLeader)
	w.user("mot-cua", server.RoleOfficer)
	admin, leader, officer := w.visitor().signIn("quan-tri"), w.visitor().signIn("lan"), w.visitor().signIn("mot-cua")
	look := func(name, path string, who *visitor, press string) {
		for _, size := range [][2]int{{1440, 900}, {390, 844}} {
			ctx := who.open(t, size[0], size[1])
			browsertest.Goto(t, ctx, w.srv.URL+path)
			if press != "" {
				browsertest.Do(t, ctx, chromedp.Click(press), chromedp.WaitVisible("svg.qr"))
			}
			if wide := browsertest.Eval[int](t, ctx, "document.documentElement.scrollWidth"); wide > size[0] {
				t.Errorf("%s is %d wide on %d", name, wide, size[0])
			}
			if n := browsertest.Eval[int](t, ctx, "document.querySelectorAll('script,[style],[onclick]').length"); n != 0 {
				t.Errorf("%s holds %d scripts or inline styles", name, n)
			}
			browsertest.Axe(t, ctx)
			browsertest.Screenshot(t, ctx, "devices-"+name+map[bool]string{true: "-wide", false: "-phone"}[size[0] == 1440])
		}
	}
	look("board", "/thiet-bi", leader, "")
	look("board-admin", "/thiet-bi", admin, "")
	look("one", "/thiet-bi/"+ids[0], admin, "")
	look("pairing", "/thiet-bi/"+ids[0], admin, "form[action$=ghep] button")
	look("return", "/tra-ket-qua", officer, "")

	if _, err := w.svc.PutDossiers(t.Context(), []server.Dossier{{
		Code: "000.21.35.H24-250114-0001", ProcedureName: "Chứng thực bản sao từ bản chính", Status: server.StatusFinished, Channel: server.ChannelCounter,
		Counter: "Quầy 3", Received: now.Add(-2 * time.Hour), Finished: now.Add(-time.Hour),
	}}); err != nil {
		t.Fatal(err)
	}
	// A scanner types the code and Enter.
	ctx := officer.open(t, 1280, 900)
	browsertest.Goto(t, ctx, w.srv.URL+"/tra-ket-qua")
	browsertest.Wait(t, ctx, "document.activeElement.id === 'ho-so'")
	browsertest.Press(t, ctx, "000.21.35.H24-250114-0001\r")
	browsertest.Wait(t, ctx, "document.body.innerText.includes('Ki-ốt đang mời')")
	browsertest.Axe(t, ctx)
	browsertest.Screenshot(t, ctx, "devices-returned")
	browsertest.Wait(t, ctx, "document.activeElement.id === 'ho-so'")
	browsertest.Press(t, ctx, "000.21.35.H24-250114-0001\r")
	browsertest.Wait(t, ctx, "document.body.innerText.includes('đã có phiếu mời')")
	browsertest.Axe(t, ctx)
	browsertest.Screenshot(t, ctx, "devices-returned-again")
}
