package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hailong/server"
)

func readMessages(t *testing.T, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(b), "\xEF\xBB\xBF")
	if !marked {
		t.Error("no byte order mark: Excel shows broken accents")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], []string{"dossier", "channel", "url", "message"}) {
		t.Fatalf("head %q", rows[0])
	}
	return rows[1:]
}

// Only dossiers of the channels asked for get slips; the others get theirs
// later, and each message leads to the survey of its own dossier.
func TestSlipsByChannel(t *testing.T) {
	t.Parallel()
	db, svc := desk(t, 0)
	at := time.Date(2024, 3, 4, 8, 0, 0, 0, server.Zone)
	channels := map[string]string{}
	var ds []server.Dossier
	for i, c := range []server.Channel{server.ChannelCounter, server.ChannelOnline, server.ChannelPost, 0, server.ChannelOnline} {
		d := server.Dossier{Code: server.DossierCode("000.21.35.H24-240301-000" + string(rune('0'+i))), ProcedureName: "Đăng ký khai sinh", Channel: c,
			Status: server.StatusReturned, Received: at, Returned: at.Add(time.Hour)}
		ds, channels[string(d.Code)] = append(ds, d), []string{"", "direct", "online", "postal"}[c]
	}
	if _, err := svc.PutDossiers(t.Context(), ds); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	messages, codes := filepath.Join(dir, "m.csv"), filepath.Join(dir, "codes.csv")
	args := []string{"--store", db, "--from", "2024-03-01", "--to", "2024-03-31", "--out", filepath.Join(dir, "s.pdf"), "--codes", codes, "--messages", messages}
	code, sum := summary(t, append(args, "--channel", "online,postal")...)
	if code != exitDone || sum.Issued != 3 || sum.Uninvited != 2 || sum.Messages != messages {
		t.Fatalf("%d %+v", code, sum)
	}
	rows, list := readMessages(t, messages), readCodes(t, codes)
	if len(rows) != 3 || len(list) != 3 {
		t.Fatalf("%d messages, %d codes", len(rows), len(list))
	}
	for i, row := range rows {
		if row[1] != channels[row[0]] || row[1] == "direct" || row[1] == "" {
			t.Errorf("%s was handed in by %q, not %q", row[0], channels[row[0]], row[1])
		}
		if list[i][0] != row[0] || row[2] != "https://danhgia.example.vn/q/"+list[i][1] {
			t.Errorf("message %q, code %q", row, list[i])
		}
		if n := utf8.RuneCountInString(row[3]); n > 300 || !strings.Contains(row[3], row[2]+" ") || !strings.Contains(row[3], "Đăng ký khai sinh") || strings.Contains(row[3], row[0]) {
			t.Errorf("%d characters: %s", n, row[3])
		}
		c, err := server.ParseSlipCode(row[2][strings.LastIndex(row[2], "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		if inv, err := svc.Invitation(t.Context(), c); err != nil || string(inv.Dossier) != row[0] {
			t.Errorf("the message about %s invites to %+v, %v", row[0], inv, err)
		}
	}
	if info, err := os.Stat(messages); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("messages: %v, %v", info.Mode(), err)
	}
	// By dossier the channel holds too.
	if code, sum := summary(t, "--store", db, "--out", filepath.Join(dir, "d.pdf"), "--dossier", string(ds[0].Code), "--channel", "online"); code != exitRejected || sum.Issued != 0 || len(sum.Rejected) != 1 {
		t.Errorf("%d %+v", code, sum)
	}
	if code, sum := summary(t, args...); code != exitDone || sum.Issued != 2 || sum.Already != 3 || sum.Uninvited != 0 {
		t.Errorf("the rest: %d %+v", code, sum)
	}
}

func TestMessageLength(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Thủ tục rất dài ", 20)
	url := "https://danhgia.example.vn/q/ABCD2345WXYZ"
	for _, tt := range []struct{ procedure, office, has, hasNot string }{
		{"Chứng thực\n bản sao", "UBND phường Phù Liễn", "thủ tục “Chứng thực bản sao” tại UBND phường Phù Liễn: " + url, "\n"},
		{long, "UBND phường Phù Liễn", "giải quyết hồ sơ tại UBND phường Phù Liễn: " + url, "Thủ tục"},
		{"", "", "giải quyết hồ sơ: " + url, "tại"},
		{"Khai sinh", long, "giải quyết hồ sơ: " + url, "Thủ tục"},
	} {
		text, err := message(server.Slip{Procedure: tt.procedure, Expires: "2024-06-30"}, tt.office, url)
		if n := utf8.RuneCountInString(text); err != nil || n > 300 || !strings.Contains(text, tt.has) || strings.Contains(text, tt.hasNot) || !strings.Contains(text, "30/6/2024") && !strings.Contains(text, "30/06/2024") {
			t.Errorf("%d characters: %q, %v", n, text, err)
		}
	}
	if _, err := message(server.Slip{}, "", "https://"+strings.Repeat("x", 300)); err == nil {
		t.Error("a message of any length")
	}
}

// A refused dossier gets a slip only where the unit asks the refused too.
func TestSlipsInviteAt(t *testing.T) {
	t.Parallel()
	db, svc := desk(t, 1)
	at := time.Date(2024, 3, 4, 8, 0, 0, 0, server.Zone)
	refused := server.Dossier{Code: "000.21.35.H24-240301-0009", ProcedureName: "Đăng ký khai sinh", Status: server.StatusRefused, Received: at}
	if _, err := svc.PutDossiers(t.Context(), []server.Dossier{refused}); err != nil {
		t.Fatal(err)
	}
	args := []string{"--store", db, "--from", "2024-03-01", "--to", "2024-03-31", "--out", filepath.Join(t.TempDir(), "s.pdf")}
	if code, sum := summary(t, args...); code != exitDone || sum.Issued != 1 || sum.Uninvited != 0 {
		t.Errorf("by default: %d %+v", code, sum)
	}
	if code, sum := summary(t, append(args, "--invite-at", "10,8")...); code != exitDone || sum.Issued != 0 || sum.Already != 1 {
		t.Errorf("the stopped: %d %+v", code, sum)
	}
	if code, sum := summary(t, append(args, "--invite-at", "10,3,8")...); code != exitDone || sum.Issued != 1 || sum.Already != 1 {
		t.Errorf("the refused: %d %+v", code, sum)
	}
	for _, wrong := range []string{"3,8", "10,4", "10,x", "0", "10,11", "10,,3"} {
		code, out, errs := command(t, append([]string{"slips", "--invite-at", wrong}, args...)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, "--invite-at") || !strings.Contains(errs, "10 (đã trả kết quả)") {
			t.Errorf("--invite-at %s: %d %q %q", wrong, code, out, errs)
		}
	}
	for _, wrong := range [][]string{{"--channel", "fax"}, {"--messages", args[len(args)-1]}} {
		if code, out, errs := command(t, append(append([]string{"slips"}, wrong...), args...)...); code != exitUsage || out != "" || !strings.Contains(errs, wrong[0]) {
			t.Errorf("%v: %d %q %q", wrong, code, out, errs)
		}
	}
}

// A slip ends as many days after it was issued as the unit says.
func TestSlipsInvitationDays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, svc := desk(t, 3)
	from := []string{"--store", db, "--from", "2024-03-01", "--to", "2024-03-31", "--out", filepath.Join(dir, "s.pdf")}
	for _, wrong := range []string{"0", "-1", "1096", "x", "1.5", ""} {
		code, out, errs := command(t, append([]string{"slips", "--invitation-days=" + wrong}, from...)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, "--invitation-days") {
			t.Errorf("%q: %d %q %q", wrong, code, out, errs)
		}
	}
	file := filepath.Join(dir, "codes.csv")
	if code, _, errs := command(t, append([]string{"slips", "--invitation-days=30", "--codes", file}, from...)...); code != exitDone {
		t.Fatalf("%d %s", code, errs)
	}
	rows := readCodes(t, file)
	if len(rows) != 3 {
		t.Errorf("%d slips", len(rows))
	}
	for _, row := range rows {
		code, err := server.ParseSlipCode(row[1])
		if err != nil {
			t.Fatal(err)
		}
		inv, err := svc.Invitation(t.Context(), code)
		if err != nil || inv.Expires != inv.Issued.Add(30) {
			t.Errorf("issued %s, ends %s, %v", inv.Issued, inv.Expires, err)
		}
	}
}
