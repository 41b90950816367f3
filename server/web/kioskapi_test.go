package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"hailong/server"
	"hailong/server/store/memory"
)

// pairDevice pairs a kiosk at a counter through the API, as its page does.
func (w *ward) pairDevice(counter string) (v *visitor, token, id string) {
	w.t.Helper()
	code, err := w.svc.OfferPairing(w.t.Context(), "", server.DeviceSettings{Counter: counter, Interval: 15})
	if err != nil {
		w.t.Fatal(err)
	}
	v = w.visitor()
	p := v.json(http.MethodPost, "/api/v1/kiosk/pair", fmt.Sprintf(`{"code":%q}`, code.Code))
	var got struct {
		Token  string
		Device struct {
			ID, Counter string
			Half        string
			Interval    int `json:"interval_seconds"`
			Pace        int `json:"scan_pace_ms"`
			Hours       [7][]server.Span
		}
	}
	if err := json.Unmarshal([]byte(p.body), &got); p.code != http.StatusOK || err != nil {
		w.t.Fatalf("pairing: %d %s", p.code, p.body)
	}
	if got.Device.Counter != counter || got.Device.Interval != 15 || got.Device.Half != "keep" || got.Device.Pace != 1500 || len(got.Device.Hours[1]) != 2 || len(got.Device.Hours[0]) != 0 {
		w.t.Fatalf("paired as %+v", got)
	}
	return v, got.Token, got.Device.ID
}

// stored lists the answers in the store.
func (w *ward) stored() []server.Answer {
	w.t.Helper()
	var out []server.Answer
	for a, err := range w.svc.Answers(w.t.Context(), "", "") {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// json makes a call of the API.
func (v *visitor) json(method, path, body string, headers ...string) page {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(v.w.t.Context(), method, v.w.srv.URL+path, strings.NewReader(body))
	if err != nil {
		v.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return v.do(r)
}

func TestPairAPI(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v, token, _ := w.pairDevice("Quầy 3")
	for name, p := range map[string]page{
		"by cookie": v.json(http.MethodPost, "/api/v1/kiosk/heartbeat", `{"clock":"2025-01-15T09:00:00+07:00"}`),
		"by bearer": w.visitor().json(http.MethodPost, "/api/v1/kiosk/heartbeat", `{"clock":"2025-01-15T09:00:00+07:00"}`, "Authorization", "Bearer "+token),
	} {
		if p.code != http.StatusOK {
			t.Errorf("%s: %d %s", name, p.code, p.body)
		}
	}
	if body := v.get("/kiosk").body; strings.Contains(body, "chưa sẵn sàng") || strings.Contains(body, token) {
		t.Error("the paired browser is no kiosk, or its page shows the token")
	}

	// Ten tries a minute, right or wrong, and then none.
	code, err := w.svc.OfferPairing(t.Context(), "", server.DeviceSettings{Counter: "Quầy 4"})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.add(2 * time.Minute)
	for i := range 10 {
		p := w.visitor().json(http.MethodPost, "/api/v1/kiosk/pair", `{"code":"0000-0000"}`)
		if p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, `"wrong"`) {
			t.Fatalf("try %d: %d %s", i, p.code, p.body)
		}
	}
	if p := w.visitor().json(http.MethodPost, "/api/v1/kiosk/pair", fmt.Sprintf(`{"code":%q}`, code.Code)); p.code != http.StatusTooManyRequests {
		t.Errorf("the eleventh try: %d", p.code)
	}
	w.clock.add(2 * time.Minute)
	if p := w.visitor().json(http.MethodPost, "/api/v1/kiosk/pair", fmt.Sprintf(`{"code":%q}`, code.Code)); p.code != http.StatusOK {
		t.Errorf("two minutes later: %d %s", p.code, p.body)
	}
	if p := w.visitor().json(http.MethodPost, "/api/v1/kiosk/pair", `{"code":"x","name":"Lan"}`); p.code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown field: %d", p.code)
	}
}

// The form of a kiosk's page takes a pairing code too.
func TestPairForm(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	code, err := w.svc.OfferPairing(t.Context(), "", server.DeviceSettings{Counter: "Quầy 3"})
	if err != nil {
		t.Fatal(err)
	}
	v := w.visitor()
	if p := v.post("/kiosk/pair", url.Values{"token": {"0000-0000"}}); p.code != http.StatusUnprocessableEntity || !strings.Contains(p.body, "không đúng") {
		t.Errorf("a wrong code: %d", p.code)
	}
	if p := v.post("/kiosk/pair", url.Values{"token": {" " + strings.ToLower(code.Code) + " "}}); p.code != http.StatusSeeOther || p.header.Get("Location") != "/kiosk" {
		t.Fatalf("the right code: %d", p.code)
	}
	if strings.Contains(v.get("/kiosk").body, "chưa sẵn sàng") {
		t.Error("paired, and no kiosk")
	}
	if p := w.visitor().post("/kiosk/pair", url.Values{"token": {code.Code}}); p.code != http.StatusUnprocessableEntity {
		t.Errorf("the same code again: %d", p.code)
	}
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v, _, id := w.pairDevice("Quầy 3")
	// The device's clock is a day fast, and a quarter of an hour.
	p := v.json(http.MethodPost, "/api/v1/kiosk/heartbeat", `{"clock":"2025-01-16T09:15:00+07:00","version":"7","queue":2,"refused":0,"oldest":"2025-01-16T09:05:00+07:00","storage":{"persisted":true,"used":10,"quota":100}}`)
	var got struct {
		Time time.Time `json:"server_time"`
		Skew int64     `json:"skew_ms"`
		Open bool
	}
	if err := json.Unmarshal([]byte(p.body), &got); err != nil || p.code != http.StatusOK || got.Skew != (24*time.Hour+15*time.Minute).Milliseconds() || !got.Open || !got.Time.Equal(w.clock.now()) {
		t.Fatalf("%d %s", p.code, p.body)
	}
	d, err := w.svc.Device(t.Context(), id)
	if err != nil || d.Status.Queue != 2 || !d.Status.Oldest.Equal(time.Date(2025, 1, 15, 8, 50, 0, 0, server.Zone)) {
		t.Errorf("%+v, %v", d.Status, err)
	}
	// An answer of its "just after midnight of the 16th" was given on the 14th, at a quarter to.
	send := func(record string, headers ...string) {
		t.Helper()
		if p := v.json(http.MethodPost, "/api/v1/answers", "["+record+"]", headers...); !strings.Contains(p.body, `"stored"`) {
			t.Errorf("%d %s", p.code, p.body)
		}
	}
	send(`{"id":"7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3d","survey":"sipas-short","answers":{"overall":5},"captured_at":"2025-01-16T00:00:30+07:00"}`)
	// With its clock set right meanwhile and told in the call, nothing is corrected.
	send(`{"id":"7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3e","survey":"sipas-short","answers":{"overall":5},"captured_at":"2025-01-13T00:00:30+07:00"}`, clockHeader, "2025-01-15T09:00:02+07:00")
	days := map[server.Day]int{}
	for _, a := range w.stored() {
		days[a.Day]++
	}
	if days["2025-01-14"] != 1 || days["2025-01-13"] != 1 {
		t.Errorf("days %v", days)
	}
	for _, bad := range []string{`{}`, `{"clock":"gestern"}`, `{"clock":"2025-01-16T09:15:00+07:00","queue":-1}`, `[]`, `{"clock":"2025-01-16T09:15:00+07:00","citizen":"Lan"}`} {
		if p := v.json(http.MethodPost, "/api/v1/kiosk/heartbeat", bad); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", bad, p.code)
		}
	}
	if err := w.svc.RevokeDevice(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/kiosk/heartbeat", "/api/v1/answers"} {
		if p := v.json(http.MethodPost, path, `[]`); p.code != http.StatusUnauthorized {
			t.Errorf("%s of a revoked device: %d", path, p.code)
		}
	}
	if !strings.Contains(v.get("/kiosk").body, "chưa sẵn sàng") {
		t.Error("a revoked kiosk goes on asking")
	}
}

// An event is one server-sent event.
type event struct{ id, name, data string }

// listen opens a kiosk's stream of events.
func (v *visitor) listen(ctx context.Context, last string) <-chan event {
	v.w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.w.srv.URL+"/api/v1/kiosk/events", nil)
	if err != nil {
		v.w.t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip")
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	resp, err := v.Do(r)
	if err != nil {
		v.w.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") || resp.Header.Get("Content-Encoding") != "" {
		b, _ := io.ReadAll(resp.Body)
		v.w.t.Fatalf("%d %v %s", resp.StatusCode, resp.Header, b)
	}
	out := make(chan event, 100)
	go func() {
		defer close(out)
		defer resp.Body.Close()
		var e event
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			switch key {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.name != "" {
					out <- e
				}
				e = event{}
			}
		}
	}()
	return out
}

// next waits for an event of that name and fails at any other.
func next(t *testing.T, events <-chan event, name string) event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok || e.name != name {
			t.Fatalf("event %+v (open %v), want %s", e, ok, name)
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatalf("no %s", name)
	}
	return event{}
}

// returnAPI marks the n-th dossier of counter 3 as returned, through the API.
func (w *ward) returnAPI(n int, body string) map[string]any {
	w.t.Helper()
	code := server.DossierCode(fmt.Sprintf("000.21.35.H24-250114-%04d", n))
	now := w.clock.now()
	if _, err := w.svc.PutDossiers(w.t.Context(), []server.Dossier{{
		Code: code, Procedure: "2.000815", ProcedureName: "Chứng thực bản sao", Field: "Chứng thực", Status: server.StatusFinished, Channel: server.ChannelCounter,
		Officer: "CC07", Counter: "Quầy 3", Received: now.Add(-2 * time.Hour), Finished: now.Add(-time.Hour),
	}}); err != nil {
		w.t.Fatal(err)
	}
	city, err := w.svc.AddToken(w.t.Context(), server.Token{Role: server.RoleCity})
	if err != nil {
		w.t.Fatal(err)
	}
	p := w.visitor().json(http.MethodPost, "/api/v1/dossiers/"+string(code)+"/return", body, "Authorization", "Bearer "+city)
	var got map[string]any
	if err := json.Unmarshal([]byte(p.body), &got); err != nil || p.code != http.StatusOK {
		w.t.Fatalf("%d %s", p.code, p.body)
	}
	return got
}

func handleOf(t *testing.T, e event) string {
	t.Helper()
	var b struct{ Handle string }
	if err := json.Unmarshal([]byte(e.data), &b); err != nil || b.Handle == "" {
		t.Fatalf("%+v", e)
	}
	return b.Handle
}

func TestKioskIsCalled(t *testing.T) {
	t.Parallel()
	st := memory.New()
	w, other := newWard(t, st, server.Config{}, false), newWard(t, st, server.Config{}, false) // two servers, one store
	v, _, id := w.pairDevice("Quầy 3")
	elsewhere, _, _ := w.pairDevice("Quầy 4")
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	events, quiet := v.listen(ctx, ""), elsewhere.listen(ctx, "")
	if e := next(t, events, "settings"); !strings.Contains(e.data, `"counter":"Quầy 3"`) || !strings.Contains(e.data, `"interval_seconds":15`) {
		t.Errorf("%s", e.data)
	}
	next(t, quiet, "settings")

	start := time.Now()
	got := other.returnAPI(1, "{}") // at the other server
	if got["kiosk"] != true {
		t.Errorf("%v", got)
	}
	e := next(t, events, "invite")
	if took := time.Since(start); took > time.Second {
		t.Errorf("the kiosk was called after %v", took)
	}
	code, _ := got["code"].(string)
	if e.id == "" || !strings.Contains(e.data, "Chứng thực bản sao") || !strings.Contains(e.data, `"expires":"2025-01-15T09:03:00+07:00"`) ||
		strings.Contains(e.data, code) || strings.Contains(e.data, "250114") {
		t.Errorf("%+v", e)
	}
	handle := handleOf(t, e)

	// A break: whoever comes back hears what it missed, and nothing twice.
	hangUp()
	other.returnAPI(2, "{}")
	ctx, hangUp = context.WithCancel(t.Context())
	defer hangUp()
	events = v.listen(ctx, e.id)
	next(t, events, "settings")
	second := next(t, events, "invite")
	if second.id <= e.id || handleOf(t, second) == handle {
		t.Errorf("%+v after %+v", second, e)
	}

	// The answer counts in the verified lane; once more is already; another is a conflict.
	record := func(uuid, overall string) string {
		return fmt.Sprintf(`[{"id":%q,"survey":"sipas-short","invite":%q,"answers":{"overall":%q},"captured_at":"2025-01-15T09:00:20+07:00"}]`, uuid, handle, overall)
	}
	for _, tt := range []struct{ body, want string }{
		{record("7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3d", "5"), "stored"},
		{record("7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3d", "5"), "already"},
		{record("7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3e", "2"), "conflict"},
		{strings.Replace(record("7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3f", "2"), handle, "AAAA", 1), "refused"},
		{strings.Replace(record("7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c40", "2"), `"invite"`, `"code":"0000000000000000","invite"`, 1), "refused"},
	} {
		if p := v.json(http.MethodPost, "/api/v1/answers", tt.body); !strings.Contains(p.body, `"status":"`+tt.want+`"`) {
			t.Errorf("%s: %d %s", tt.want, p.code, p.body)
		}
	}
	answers := w.stored()
	if len(answers) != 1 || answers[0].Lane != server.LaneKiosk || answers[0].Field != "Chứng thực" {
		t.Errorf("%+v", answers)
	}
	if e := next(t, events, "withdraw"); handleOf(t, e) != handle {
		// The first call was told on the earlier stream, and is remembered as told on this one.
		t.Errorf("withdrawn %+v", e)
	}

	// By phone meanwhile.
	third := other.returnAPI(3, `{"counter":"Quầy 3"}`)
	e = next(t, events, "invite")
	slip, _ := third["code"].(string)
	if p := w.visitor().post("/q/"+slip, url.Values{"overall": {"1"}}); p.code != http.StatusSeeOther {
		t.Fatalf("by phone: %d", p.code)
	}
	if got := handleOf(t, next(t, events, "withdraw")); got != handleOf(t, e) {
		t.Error("another call was withdrawn")
	}
	handle = handleOf(t, e)
	if p := v.json(http.MethodPost, "/api/v1/answers", record("7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c41", "5")); !strings.Contains(p.body, `"conflict"`) {
		t.Errorf("%s", p.body)
	}

	// Settings that change are told, and revoking ends the stream.
	if _, err := w.svc.SetDevice(t.Context(), id, server.DeviceSettings{Counter: "Quầy 9"}); err != nil {
		t.Fatal(err)
	}
	if e := next(t, events, "settings"); !strings.Contains(e.data, "Quầy 9") {
		t.Errorf("%+v", e)
	}
	if err := other.svc.RevokeDevice(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	next(t, events, "revoked")
	if _, open := <-events; open {
		t.Error("a revoked device listens on")
	}

	// The kiosk of another counter heard nothing of all this; a server that
	// stops hangs up.
	w.site.HangUp()
	for e := range quiet {
		t.Errorf("counter 4 heard %+v", e)
	}
}

// Reasons come with a record; one that belongs to nothing low is refused and
// named, and the other records of the call are stored.
func TestRecordWithReasons(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v, _, _ := w.pairDevice("Quầy 3")
	record := func(last, reasons string) string {
		return `{"id":"7f0a4f0e-7a0c-4f8e-9d6c-6a1f3f1b2c3` + last + `","survey":"sipas-short","answers":{"overall":2,"official":1,"result":4},"reasons":` + reasons + `,"captured_at":"2025-01-14T09:00:00+07:00"}`
	}
	p := v.json(http.MethodPost, "/api/v1/answers", "["+strings.Join([]string{record("1", `["c11","c9"]`), record("2", `["c14"]`), record("3", `null`), record("4", `"c9"`), record("1", `["c9","c11"]`)}, ",")+"]")
	var got []struct {
		Status, Reason string
		Errors         []struct{ Item, Kind string }
	}
	if err := json.Unmarshal([]byte(p.body), &got); err != nil || len(got) != 5 {
		t.Fatalf("%d %s", p.code, p.body)
	}
	for i, want := range []string{"stored", "refused", "stored", "refused", "already"} {
		if got[i].Status != want {
			t.Errorf("record %d is %s, want %s", i, got[i].Status, want)
		}
	}
	if e := got[1].Errors; len(e) != 1 || e[0].Item != "c14" || e[0].Kind != "reason" {
		t.Errorf("what is wrong: %+v", e)
	}
	stored := 0
	for _, a := range w.stored() {
		stored += len(a.Reasons)
	}
	if stored != 2 {
		t.Errorf("%d reasons are stored, want 2", stored)
	}
}
