package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hailong/server"
)

// twoWards is a home and a further ward on one store, both with a year of
// answers, a complaint, a kiosk, a dossier and a report's texts, whose words
// tell whose they are.
func twoWards(t *testing.T) (w *ward, wards map[string]*server.Service) {
	t.Helper()
	w = newWard(t, nil, server.Config{}, false)
	w.site.HangUp()
	unit := server.Unit{ID: "do-son-2025", Name: "UBND phường Đồ Sơn, thành phố Hải Phòng", Level: server.LevelWard, ValidFrom: "2024-01-01", Target: 0.85}
	if err := w.svc.PutUnit(t.Context(), unit); err != nil {
		t.Fatal(err)
	}
	b, err := w.svc.For(t.Context(), unit.ID)
	if err != nil {
		t.Fatal(err)
	}
	wards = map[string]*server.Service{"quymui": w.svc, "tansuu": b}
	for word, svc := range wards {
		furnish(t, svc, word)
	}
	return w, wards
}

func furnish(t *testing.T, svc *server.Service, word string) {
	t.Helper()
	ctx, unit := t.Context(), svc.Config.Unit
	at := func(day int) time.Time { return time.Date(2024, 2, day, 9, 0, 0, 0, server.Zone) }
	var as []server.Answer
	for i := range 80 {
		as = append(as, server.Answer{ID: fmt.Sprintf("%s%d", word, i), Unit: unit, Survey: "sipas-short", Day: server.Day("2024-01-03").Add(i), Lane: server.LaneSlip,
			Field: "Lĩnh vực " + word, Counter: "Quầy " + word, Officer: "CC" + word, Marks: map[string]string{"overall": fmt.Sprint(4 + i%2), "official": "5"}})
	}
	if _, err := svc.PutAnswers(ctx, as); err != nil {
		t.Fatal(err)
	}
	code := server.DossierCode("H24.1.2-240201-0001")
	mustPut(t, svc, server.Dossier{Code: code, Field: "Lĩnh vực " + word, Procedure: word, ProcedureName: "Thủ tục " + word, Counter: "Quầy " + word, Officer: "CC" + word,
		Status: server.StatusReturned, Received: at(1), Due: at(9), Finished: at(2), Returned: at(2)})
	slip, err := svc.Issue(ctx, code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := svc.AcceptSlip(ctx, slip.Code, server.Submission{Given: map[string]string{"overall": "1"}, Comment: "chuyện của " + word}); err != nil {
		t.Fatal(err)
	}
	pairing, err := svc.OfferPairing(ctx, "", server.DeviceSettings{Label: "Ki-ốt " + word, Counter: "Quầy " + word})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := svc.Pair(ctx, pairing.Code); err != nil {
		t.Fatal(err)
	}
	p, err := server.ParsePeriod("2024-Q1")
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.PutReportTexts(ctx, p, server.ReportTexts{Causes: "Nguyên nhân " + word}, word); err != nil {
		t.Fatal(err)
	}
	for _, role := range people() {
		if err := svc.SetPassword(ctx, word+"."+string(role), role, password); err != nil {
			t.Fatal(err)
		}
	}
	if err := svc.SetOfficer(ctx, word+".officer", "CC"+word); err != nil {
		t.Fatal(err)
	}
}

func mustPut(t *testing.T, svc *server.Service, d server.Dossier) {
	t.Helper()
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
		t.Fatal(err)
	}
}

// Every route, asked by everybody of one ward for what is the other's: no word of
// it comes back.
func TestUnitsDoNotSeeEachOther(t *testing.T) {
	t.Parallel()
	w, wards := twoWards(t)
	other := map[string]string{"quymui": "tansuu", "tansuu": "quymui"}
	addresses := map[string][]string{} // of the ward's own things
	for word, svc := range wards {
		devices, err := svc.Devices(t.Context())
		if err != nil || len(devices) != 1 {
			t.Fatalf("%s has %d kiosks, %v", word, len(devices), err)
		}
		id := devices[0].ID
		cases := w.visitor().signIn(word + ".leader").get("/phan-anh")
		_, rest, ok := strings.Cut(cases.body, `href="/phan-anh/`)
		one, _, _ := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("%s sees no complaint of its own: %s", word, cases.body)
		}
		addresses[word] = []string{"GET /thiet-bi/" + id, "POST /thiet-bi/" + id, "POST /thiet-bi/" + id + "/ghep", "POST /thiet-bi/" + id + "/thu-hoi", "GET /phan-anh/" + one, "POST /phan-anh/" + one}
	}
	seen := map[string]int{}
	for word, svc := range wards {
		foreign := other[word]
		ask := func(who string, v *visitor, d door, token string) {
			p := v.knock(d, token)
			if strings.Contains(p.body, foreign) {
				t.Errorf("%s of %s, %s: tells of %s", who, word, d.route, foreign)
			}
			if strings.Contains(p.body, "Lĩnh vực "+word) {
				seen[word]++
			}
		}
		for _, role := range append(people(), server.RoleCity) {
			var v *visitor
			token, err := svc.AddToken(t.Context(), server.Token{Role: role})
			if err != nil {
				t.Fatal(err)
			}
			if role != server.RoleCity {
				w.clock.add(5 * time.Minute) // of sign-ins from one place there may be so many
				v = w.visitor().signIn(word + "." + string(role))
			}
			for _, d := range doors() {
				if d.route == "POST /dang-xuat" {
					continue
				}
				if v != nil {
					ask(string(role), v, d, "")
				}
				if d.api() {
					ask("token "+string(role), w.visitor(), d, token)
				}
			}
			for _, route := range addresses[foreign] {
				if v == nil {
					continue
				}
				_, path, _ := strings.Cut(route, " ")
				if p := v.knock(door{route: route, path: path}, ""); p.code != http.StatusNotFound && p.code != http.StatusForbidden && p.code != http.StatusUnprocessableEntity {
					t.Errorf("%s of %s, %s: %d", role, word, route, p.code)
				}
			}
			for _, path := range []string{"/tong-quan?tu=2024-01-01&den=2024-12-31", "/phan-tich?tu=2024-01-01&den=2024-12-31", "/xuat/chi-so.csv?ky=2024-Q1", "/phan-anh?q=chuyen", "/bao-cao/2024-Q1"} {
				if v != nil {
					ask(string(role), v, door{route: "GET " + path, path: path}, "")
				}
			}
		}
	}
	for word, svc := range wards {
		if seen[word] < 5 {
			t.Errorf("%s hardly sees its own figures: %d pages", word, seen[word])
		}
		users, err := svc.Users(t.Context())
		if err != nil || len(users) != len(people()) {
			t.Errorf("%s lists %d users, %v", word, len(users), err)
		}
		if err := svc.SetPassword(t.Context(), other[word]+".admin", server.RoleAdmin, "một mật khẩu khác"); err == nil {
			t.Errorf("%s changes a password of %s", word, other[word])
		}
	}
}

// What citizens and kiosks hold leads to its own ward, through one door.
func TestOneDoorForAllUnits(t *testing.T) {
	t.Parallel()
	w, wards := twoWards(t)
	for word, svc := range wards {
		code := server.DossierCode("H24.1.2-240201-0002")
		at := time.Date(2024, 2, 2, 9, 0, 0, 0, server.Zone)
		mustPut(t, svc, server.Dossier{Code: code, Field: "Lĩnh vực " + word, Status: server.StatusReturned, Received: at, Finished: at, Returned: at})
		slip, err := svc.Issue(t.Context(), code, server.IssueOnce)
		if err != nil {
			t.Fatal(err)
		}
		p := w.visitor().post("/Q/"+slip.Code.Text(), url.Values{"overall": {"5"}})
		if p.code != http.StatusSeeOther {
			t.Fatalf("%s: a slip is answered with %d", word, p.code)
		}
		if m := w.visitor().get("/metrics").body; !strings.Contains(m, fmt.Sprintf(`hailong_answers_total{lane="slip",result="stored",unit=%q} 1`, svc.Config.Unit)) {
			t.Errorf("%s: /metrics does not count the answer", word)
		}
		receipt, err := svc.ReceiptOf(t.Context(), slip.Code)
		if err != nil {
			t.Errorf("%s: the answer is not with its ward: %v", word, err)
		}
		for _, o := range wards {
			if _, err := o.ReceiptOf(t.Context(), slip.Code); o != svc && err == nil {
				t.Errorf("the answer of %s is with the other ward", word)
			}
		}
		if p := w.visitor().post("/bien-nhan", url.Values{"receipt": {receipt.Code}}); p.code != http.StatusOK {
			t.Errorf("%s: the receipt is not found: %d", word, p.code)
		}
		if p := w.visitor().post("/so-kiem-chung", url.Values{"code": {slip.Code.Text()}}); p.code != http.StatusOK || !strings.Contains(p.body, "đang chờ ghi sổ") {
			t.Errorf("%s: the slip is not found in the ledger: %d", word, p.code)
		}
		pairing, err := svc.OfferPairing(t.Context(), "", server.DeviceSettings{Counter: "Quầy 9"})
		if err != nil {
			t.Fatal(err)
		}
		v := w.visitor()
		if p := v.post("/kiosk/pair", url.Values{"token": {pairing.Code}}); p.code != http.StatusSeeOther {
			t.Fatalf("%s: pairing: %d %s", word, p.code, p.body)
		}
		ds, err := svc.Devices(t.Context())
		if err != nil || !slices.ContainsFunc(ds, func(d server.Device) bool { return d.Counter == "Quầy 9" }) {
			t.Errorf("%s: the kiosk stands elsewhere: %v", word, err)
		}
		if token, err := svc.AddToken(t.Context(), server.Token{Role: server.RoleDevice, Counter: "Quầy 8"}); err != nil || w.visitor().post("/kiosk/pair", url.Values{"token": {token}}).code != http.StatusSeeOther {
			t.Errorf("%s: a kiosk is not let in by its token: %v", word, err)
		}
		before := count(t, svc)
		if p := v.post("/kiosk", url.Values{"overall": {"4"}, "id": {"3d0ca315-aff9-4fc2-be61-3b76b9a2d798"}}); p.code >= 400 {
			t.Errorf("%s: an answer at the kiosk: %d %s", word, p.code, p.body)
		}
		if after := count(t, svc); after != before+1 {
			t.Errorf("%s: the kiosk's answer went elsewhere: %d, then %d", word, before, after)
		}
	}
	for path, want := range map[string]string{
		"/cong-khai": "Lĩnh vực quymui", "/cong-khai/do-son-2025": "Lĩnh vực tansuu", "/cong-khai/phu-lien-2024": "Lĩnh vực quymui",
		"/cong-khai.json": `"phu-lien-2024"`, "/cong-khai/do-son-2025.json": `"do-son-2025"`, "/so-kiem-chung/do-son-2025": "Đồ Sơn",
	} {
		if p := w.visitor().get(path); p.code != http.StatusOK || !strings.Contains(p.body, want) {
			t.Errorf("%s: %d without %q", path, p.code, want)
		}
	}
	if p := w.visitor().get("/cong-khai"); !strings.Contains(p.body, `href="/cong-khai/do-son-2025"`) {
		t.Error("the board does not name the other board")
	}
	for _, path := range []string{"/cong-khai/khong-co", "/so-kiem-chung/khong-co", "/cong-khai/do-son-2025/x"} {
		if p := w.visitor().get(path); p.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.code)
		}
	}
	// Its own target: 85 %.
	doc, err := wards["tansuu"].Index(t.Context(), server.IndexQuery{From: "2024-01-01", To: "2024-12-31"})
	if err != nil || doc.Target != 0.85 {
		t.Errorf("target %v, %v", doc.Target, err)
	}
}

func count(t *testing.T, svc *server.Service) (n int) {
	t.Helper()
	for _, err := range svc.Answers(t.Context(), "2020-01-01", "2030-01-01") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}
