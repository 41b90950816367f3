package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"hailong/server"
	"hailong/server/ledger"
)

// The page shows what is signed, and the holder of a slip finds the answer's line
// with a proof that leads to it; nobody learns more than that.
func TestLedgerPage(t *testing.T) {
	t.Parallel()
	w := newWard(t, nil, server.Config{}, false)
	v := w.visitor()
	if p := v.get("/so-kiem-chung"); p.code != http.StatusOK || !strings.Contains(p.body, "Sổ chưa có dòng nào") {
		t.Errorf("an empty ledger: %d", p.code)
	}
	if p := v.get("/so-kiem-chung/checkpoint.txt"); p.code != http.StatusNotFound {
		t.Errorf("no checkpoint yet: %d", p.code)
	}
	d := server.Dossier{Code: "000.21.35.H24-250113-9001", Field: "Hộ tịch", Officer: "CC07", Status: server.StatusReturned,
		Received: w.clock.now().Add(-time.Hour), Returned: w.clock.now()}
	if _, err := w.svc.PutDossiers(t.Context(), []server.Dossier{d}); err != nil {
		t.Fatal(err)
	}
	slip, err := w.svc.Issue(t.Context(), d.Code, server.IssueOnce)
	if err != nil {
		t.Fatal(err)
	}
	look := func(code string) page { return v.post("/so-kiem-chung", url.Values{"code": {code}}) }
	if p := look(slip.Code.Fours()); p.code != http.StatusNotFound || !strings.Contains(p.body, "chưa có câu trả lời") {
		t.Errorf("not answered: %d", p.code)
	}
	if p := look("AAAA-BBBB-CCCC-DDDD"); p.code != http.StatusUnprocessableEntity {
		t.Errorf("no such code: %d", p.code)
	}
	receipt, err := w.svc.AcceptSlip(t.Context(), slip.Code, server.Submission{Given: map[string]string{"overall": "1"}, Comment: "thái độ kém"})
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`<pre>phieu [^<]*</pre>`)
	if p, q := look(slip.Code.Text()), look(strings.ToLower(receipt.Code)); q.code != http.StatusOK || shown.FindString(p.body) == "" || shown.FindString(p.body) != shown.FindString(q.body) {
		t.Errorf("by receipt: %d, %q", q.code, shown.FindString(q.body))
	}
	if p := look("ABCDE-12345"); p.code != http.StatusUnprocessableEntity {
		t.Errorf("no such receipt: %d", p.code)
	}
	if p := look(slip.Code.Text()); p.code != http.StatusOK || !strings.Contains(p.body, "đang chờ ghi sổ") {
		t.Errorf("answered today: %d", p.code)
	}
	var as []server.Answer
	for i := range 20 {
		as = append(as, server.Answer{ID: fmt.Sprint(i), Unit: "phu-lien-2024", Survey: "sipas-short", Day: "2024-12-01", Lane: "slip", Marks: map[string]string{"overall": "4"}})
	}
	if _, err := w.svc.PutAnswers(t.Context(), as); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := v.get("/so-kiem-chung/checkpoint.txt").body
	w.clock.add(3 * 24 * time.Hour)
	if _, err := w.svc.Sequence(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := look(slip.Code.Fours())
	if p.code != http.StatusOK || strings.Contains(p.body, "thái độ") {
		t.Fatalf("entered: %d", p.code)
	}
	key, err := w.svc.LedgerKey()
	if err != nil {
		t.Fatal(err)
	}
	signed := v.get("/so-kiem-chung/checkpoint.txt").body
	head, err := ledger.OpenCheckpoint([]byte(signed), key.Public())
	if err != nil || head.Size != 21 {
		t.Fatalf("%+v, %v", head, err)
	}
	// What the page prints is enough to check the proof.
	body := html.UnescapeString(p.body)
	line := regexp.MustCompile(`phieu 2025-01 [\w-]{43}`).FindString(body)
	var n int64
	if _, err := fmt.Sscanf(regexp.MustCompile(`dòng số \d+`).FindString(body), "dòng số %d", &n); err != nil {
		t.Fatal(err)
	}
	proofText, _, _ := strings.Cut(regexp.MustCompile(`(?s)RFC 6962\)</summary><pre>.*?</pre>`).FindString(body), "hailong/")
	var proof tlog.RecordProof
	for _, h := range regexp.MustCompile(`(?m)[A-Za-z0-9+/]{43}=`).FindAllString(proofText, -1) {
		proof = append(proof, hash(t, h))
	}
	if err := tlog.CheckRecord(proof, head.Size, head.Root, n-1, tlog.RecordHash([]byte(line))); err != nil {
		t.Errorf("line %d, %q, %d hashes: %v", n, line, len(proof), err)
	}
	if !strings.Contains(body, signed) || !strings.Contains(body, key.Public()) {
		t.Error("the page lacks the signed head or the key")
	}
	// And the old head is a beginning of the new one.
	was, err := ledger.OpenCheckpoint([]byte(old), key.Public())
	if err != nil {
		t.Fatal(err)
	}
	var doc consistencyDoc
	if err := json.Unmarshal([]byte(v.get(fmt.Sprintf("/so-kiem-chung/nhat-quan.json?tu=%d&den=%d", was.Size, head.Size)).body), &doc); err != nil {
		t.Fatal(err)
	}
	var tree tlog.TreeProof
	for _, h := range doc.Proof {
		tree = append(tree, hash(t, h))
	}
	if err := tlog.CheckTree(tree, head.Size, head.Root, was.Size, was.Root); err != nil {
		t.Error(err)
	}
	for _, q := range []string{"tu=0&den=5", "tu=5&den=4", "tu=1&den=999", "tu=x", ""} {
		if p := v.get("/so-kiem-chung/nhat-quan.json?" + q); p.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", q, p.code)
		}
	}
}

func hash(t *testing.T, s string) (h tlog.Hash) {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || copy(h[:], b) != len(h) {
		t.Fatalf("%q is no hash", s)
	}
	return h
}
