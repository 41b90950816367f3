package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// Wrapped text loses nothing and stays in its column; text that cannot fit
// says so with "…".
func TestWrapAndFit(t *testing.T) {
	t.Parallel()
	p, err := newPaper("", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := printable(rapid.OneOf(
			rapid.String(),
			rapid.StringMatching(`([A-ZĐÂÊÔa-zđàáảãạăằắẳẵặ]{1,12} ){0,40}`),
			rapid.StringMatching(`[MWmw]{0,200}`),
		).Draw(t, "text"))
		s := style{rapid.SampledFrom([]weight{regular, semibold, bold}).Draw(t, "weight"), rapid.Float64Range(5, 20).Draw(t, "size")}
		width := rapid.Float64Range(15, 180).Draw(t, "width")
		lines := p.wrap(s, text, width)
		if got, want := strings.Join(strings.Fields(strings.Join(lines, "")), ""), strings.Join(strings.Fields(text), ""); got != want {
			t.Fatalf("wrapping changed %q to %q", want, got)
		}
		height := rapid.Float64Range(8, 60).Draw(t, "height")
		fitted, fits := p.fit(s, text, s.size*0.6, width, height)
		if fitted.size > s.size || fitted.size < s.size*0.6-1e-9 {
			t.Fatalf("set at %v of %v", fitted.size, s.size)
		}
		if h := float64(len(fits)) * fitted.line(); h > height+1e-6 {
			t.Fatalf("%d lines take %v mm of %v", len(fits), h, height)
		}
		whole := strings.Join(strings.Fields(strings.Join(fits, "")), "") == strings.Join(strings.Fields(text), "")
		if !whole && !strings.HasSuffix(fits[len(fits)-1], "…") {
			t.Fatalf("cut without a sign: %q", fits)
		}
		for _, line := range append(lines, fits...) {
			if utf8.RuneCountInString(line) > 1 && p.width(s, line) > width+0.01 && p.width(fitted, line) > width+0.01 {
				t.Fatalf("%q is %v mm wide in a column of %v", line, p.width(fitted, line), width)
			}
		}
	})
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"", "Chứng thực", "e\u0302\u0301", "\xff\xfe", "a\u0000b\tc", "😀", "\u202eabc", "\ufeffx", "\U0010ffff"} {
		f.Add(s)
	}
	p, err := newPaper("", time.Time{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := printable(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > 0xffff || r == 0x7f }) {
			t.Fatalf("%q became %q", s, got)
		}
		p.fit(style{regular, 8}, got, 5, 50, 20) // must not panic
	})
}

// Every letter a slip may need has a glyph in every font, for a PDF reader
// finds text that the eye does not see.
func TestFontsHaveVietnamese(t *testing.T) {
	t.Parallel()
	letters := norm.NFC.String("aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵđ")
	letters += strings.ToUpper(letters) + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789–…“”%₫.,:;!?()/-+=<>&@#'\""
	files, err := fs.Glob(fontFiles, "fonts/*.ttf")
	if err != nil || len(files) != 7 {
		t.Fatalf("fonts: %v, %v", files, err)
	}
	for _, name := range files {
		b, err := fontFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		font, err := sfnt.Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, r := range letters {
			if i, err := font.GlyphIndex(nil, r); err != nil || i == 0 {
				t.Errorf("%s has no %q: %v", name, r, err)
			}
		}
	}
}

// Every vendored file in the tree is the one its manifest names.
func TestVendored(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	manifests := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci" && d.Name() != ".." || d.Name() == "node_modules" || d.Name() == "data" && filepath.Dir(path) == root):
			return filepath.SkipDir
		case d.Name() != "vendor.txt":
			return nil
		}
		manifests++
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
				continue
			}
			if len(fields) != 4 {
				t.Errorf("%s: want package@version path target sha256, not %q", path, lines.Text())
				continue
			}
			b, err := os.ReadFile(filepath.Join(filepath.Dir(path), fields[2]))
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != fields[3] {
				t.Errorf("%s: %s is not the file of %s", path, fields[2], fields[0])
			}
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if manifests == 0 {
		t.Error("no manifest found")
	}
}

// The codes are of level M and no larger than alphanumeric mode needs: 61
// characters fit version 3, of 29 modules (ISO/IEC 18004:2015, table 7).
func TestMatrixVersion(t *testing.T) {
	t.Parallel()
	for n, modules := range map[int]int{20: 21, 21: 25, 38: 25, 39: 29, 61: 29, 62: 33, 90: 33, 91: 37} {
		m, err := newMatrix(strings.Repeat("HTTPS://A.VN/Q/", 7)[:n])
		if err != nil || len(m) != modules || len(m[0]) != modules {
			t.Errorf("%d characters take %d modules, want %d: %v", n, len(m), modules, err)
		}
		if q := m.quiet(float64(len(m))); q != 4 {
			t.Errorf("the border is %v modules", q)
		}
	}
	if _, err := newMatrix(strings.Repeat("a", 5000)); err == nil {
		t.Error("5,000 bytes fit a code")
	}
}
