package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"hailong/server"
)

// picture is an image of 40 by 20 pixels, the left half dark.
func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 40, 20))
	for y := range 20 {
		for x := range 40 {
			m.Set(x, y, color.RGBA{uint8(40 + 160*(x/20)), 90, 30, 255})
		}
	}
	return m
}

// place is what no file may keep: where a photo was taken, as EXIF says it.
const place = "GPSLatitude 20.8449 Hai Phong"

// photo is a JPEG as a phone makes it: EXIF that says it lies on its side and where it
// was taken, XMP, a comment, and another picture behind its end.
func photo(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	segment := func(marker byte, body []byte) []byte {
		s := []byte{0xff, marker, 0, 0}
		binary.BigEndian.PutUint16(s[2:], uint16(len(body)+2))
		return append(s, body...)
	}
	exif := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00")
	exif = append(exif, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0)   // orientation 6
	exif = append(exif, 0x25, 0x88, 4, 0, 1, 0, 0, 0, 100, 0, 0, 0) // the place
	exif = append(exif, append([]byte{0, 0, 0, 0}, place...)...)
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xe1, exif)...)
	out = append(out, segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x>"+place+"</x>"))...)
	out = append(out, segment(0xed, []byte("Photoshop 3.0\x00"+place))...)
	out = append(out, segment(0xfe, []byte(place))...)
	out = append(out, b.Bytes()[2:]...)
	return append(out, "MotionPhoto "+place...)
}

// screenshot is a PNG with texts, EXIF, a time and something behind its end.
func screenshot(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	chunk := func(name, body string) []byte {
		c := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
		c = append(c, name+body...)
		return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
	}
	const head = 8 + 25 // signature and IHDR
	out := bytes.Clone(b.Bytes()[:head])
	for _, name := range []string{"tEXt", "iTXt", "eXIf", "zTXt", "prVt"} {
		out = append(out, chunk(name, place)...)
	}
	out = append(out, b.Bytes()[head:]...)
	return append(out, place...)
}

// handled is a case that lan handles, with its id and the slip of its answer.
func handled(t *testing.T, h *house) (id string, slip server.Slip, lan server.User) {
	t.Helper()
	slip = h.one(t)
	sub := given("1")
	sub.Comment = "Chờ quá lâu"
	if _, err := h.AcceptSlip(t.Context(), slip.Code, sub); err != nil {
		t.Fatal(err)
	}
	lan = server.User{Name: "lan", Role: server.RoleLeader}
	all, err := h.Cases(t.Context(), lan, true)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	if err := h.ActOnCase(t.Context(), lan, all[0].ID, all[0].Version, server.ActTake, ""); err != nil {
		t.Fatal(err)
	}
	return all[0].ID, slip, lan
}

func TestEvidenceFiles(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	id, slip, lan := handled(t, h)
	big := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("dòng chữ mật "), 120_000)...) // three chunks
	big = append(big, "\n%%EOF\n"...)
	given := map[string][]byte{"Biên bản 0912345678.PDF": big, "ảnh.heic": photo(t), "man-hinh": screenshot(t)}
	for name, data := range given {
		f, err := h.AttachEvidence(ctx, lan, id, name, "chụp tại quầy", data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, body, err := h.Evidence(ctx, lan, id, f.ID, "đối chiếu lời kể")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		sum := sha256.Sum256(body)
		if got != f || hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(body)) != f.Size {
			t.Errorf("%s came back as %+v", name, got)
		}
		if bytes.Contains(body, []byte("GPS")) || bytes.Contains(body, []byte("Hai Phong")) {
			t.Errorf("%s still tells the place", name)
		}
		if strings.Contains(f.Name, "0912") {
			t.Errorf("the name %q is not masked", f.Name)
		}
		if f.Kind == "application/pdf" {
			if !bytes.Equal(body, data) || f.Given != "" || !strings.HasSuffix(f.Name, ".pdf") || f.Chunks < 3 {
				t.Errorf("the PDF is not as it was: %+v", f)
			}
			continue
		}
		want := sha256.Sum256(data)
		if f.Given != hex.EncodeToString(want[:]) {
			t.Errorf("%s: the hash of what was handed in is missing", name)
		}
		m, format, err := image.Decode(bytes.NewReader(body))
		if err != nil || "image/"+format != f.Kind || m.Bounds() != picture().Bounds() {
			t.Fatalf("%s: %s, %v", name, format, err)
		}
		was, _, err := image.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []image.Point{{3, 3}, {37, 17}} {
			if m.At(p.X, p.Y) != was.At(p.X, p.Y) {
				t.Errorf("%s: the picture itself was changed", name)
			}
		}
		if f.Kind == "image/jpeg" {
			// It still says how to turn it: IFD of one entry, orientation 6.
			if !bytes.Contains(body[:40], []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06")) {
				t.Errorf("the photo lies on its side: %q", body[:40])
			}
		}
	}
	for coll, docs := range dump(t, h.memory) {
		for _, body := range docs {
			if strings.Contains(body, "dòng chữ mật") || strings.Contains(body, "JVBERi0") { // %PDF- in base64
				t.Errorf("%s holds a file in the clear", coll)
			}
		}
	}
	c, err := h.Case(ctx, lan, id)
	if err != nil || len(c.Files) != 3 || c.Steps[len(c.Steps)-1].Kind != server.StepEvidence {
		t.Fatalf("%+v, %v", c, err)
	}

	// Nobody but who handles it adds or removes; whom it names sees nothing; a reason is due.
	file := c.Files[0]
	other := server.User{Name: "minh", Role: server.RoleInspector}
	if _, err := h.AttachEvidence(ctx, other, id, "a.png", "", screenshot(t)); !errors.Is(err, server.ErrEvidenceOwner) {
		t.Errorf("another attaches: %v", err)
	}
	if err := h.RemoveEvidence(ctx, other, id, file.ID, "một lý do đủ dài"); !errors.Is(err, server.ErrEvidenceOwner) {
		t.Errorf("another removes: %v", err)
	}
	named := server.User{Name: "lan", Role: server.RoleLeader, Officer: c.Officer}
	if c.Officer == "" {
		t.Fatal("the case names nobody")
	}
	for _, u := range []server.User{named, {Name: "lan", Role: server.RoleAdmin}, {Name: "lan", Role: server.RoleReporter}} {
		if _, _, err := h.Evidence(ctx, u, id, file.ID, "một lý do đủ dài"); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s reads: %v", u.Role, err)
		}
		if _, err := h.AttachEvidence(ctx, u, id, "a.png", "", screenshot(t)); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s attaches: %v", u.Role, err)
		}
	}
	if _, _, err := h.Evidence(ctx, other, id, file.ID, "xem"); !errors.Is(err, server.ErrInvalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, _, err := h.Evidence(ctx, other, id, "khong-co", "một lý do đủ dài"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("no such file: %v", err)
	}
	if _, _, err := h.Evidence(ctx, other, id, file.ID, "kiểm tra, gọi 0912345678"); err != nil {
		t.Error(err)
	}
	log, err := h.AuditEntries(ctx, h.Today(), h.Today(), "minh")
	if err != nil || len(log) != 1 || log[0].Deed != "evidence_view" || !strings.Contains(log[0].What, "kiểm tra") || strings.Contains(log[0].What, "0912") {
		t.Errorf("%+v, %v", log, err)
	}
	if err := h.RemoveEvidence(ctx, lan, id, file.ID, "gửi nhầm tài liệu"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.Evidence(ctx, lan, id, file.ID, "một lý do đủ dài"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("after it was removed: %v", err)
	}
	for key := range dump(t, h.memory)["case_evidence"] {
		if strings.Contains(key, file.ID) {
			t.Error("a chunk of the removed file is left")
		}
	}
	// The right to erasure takes the files along.
	if err := h.Erase(ctx, slip.Code, "test"); err != nil {
		t.Fatal(err)
	}
	if left := dump(t, h.memory)["case_evidence"]; len(left) > 0 {
		t.Errorf("%d chunks are left", len(left))
	}
}

func TestEvidenceRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	id, _, lan := handled(t, h)
	pdf := []byte("%PDF-1.4\n…\n%%EOF")
	huge := pngOf(t, 9000, 9000)
	for what, c := range map[string]struct {
		name string
		data []byte
		want error
	}{
		"empty":               {"a.pdf", nil, server.ErrEvidenceEmpty},
		"too large":           {"a.pdf", append(bytes.Repeat([]byte{'%'}, server.MaxEvidence), pdf...), server.ErrEvidenceLarge},
		"a program":           {"a.pdf", []byte("MZ\x90\x00"), server.ErrEvidenceKind},
		"a page":              {"a.png", []byte("<html><script>alert(1)</script>"), server.ErrEvidenceKind},
		"a drawing":           {"a.svg", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), server.ErrEvidenceKind},
		"a PDF cut off":       {"a.pdf", pdf[:10], server.ErrEvidenceKind},
		"a JPEG cut off":      {"a.jpg", photo(t)[:300], server.ErrEvidenceKind},
		"a PNG cut off":       {"a.png", screenshot(t)[:60], server.ErrEvidenceKind},
		"only a head":         {"a.jpg", []byte{0xff, 0xd8, 0xff, 0xd9}, server.ErrEvidenceKind},
		"an enormous picture": {"a.png", huge, server.ErrEvidenceKind},
		"a path":              {"../../etc/passwd.pdf", pdf, server.ErrEvidenceName},
		"another path":        {`C:\Users\lan\a.pdf`, pdf, server.ErrEvidenceName},
		"no name":             {" ", pdf, server.ErrEvidenceName},
		"dots":                {"..pdf", pdf, server.ErrEvidenceName},
		"a line break":        {"a\nb.pdf", pdf, server.ErrEvidenceName},
		"a long name":         {strings.Repeat("ă", 101), pdf, server.ErrEvidenceName},
	} {
		if _, err := h.AttachEvidence(ctx, lan, id, c.name, "", c.data); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if docs := dump(t, h.memory)["case_evidence"]; len(docs) > 0 {
		t.Errorf("%d chunks of what was refused", len(docs))
	}
	for i := range server.MaxEvidenceFiles + 1 {
		_, err := h.AttachEvidence(ctx, lan, id, "a.pdf", "", pdf)
		if (i < server.MaxEvidenceFiles) != (err == nil) || err != nil && !errors.Is(err, server.ErrEvidenceMany) {
			t.Errorf("file %d: %v", i+1, err)
		}
	}
}

// pngOf is a small file that unfolds to a large picture.
func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black, color.White})); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
