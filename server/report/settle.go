package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
)

const contentTypes = "[Content_Types].xml"

var contentType = regexp.MustCompile(`<(?:Default|Override) [^>]*>(?:</(?:Default|Override)>)?`)

// settle writes an office package with its parts in one order. The library
// walks maps when it writes, so that the same workbook would be other bytes
// every time.
func settle(w io.Writer, packed []byte) error {
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return fmt.Errorf("reading the workbook again: %w", err)
	}
	files := slices.Clone(r.File)
	slices.SortFunc(files, func(a, b *zip.File) int {
		first := func(f *zip.File) int {
			if f.Name == contentTypes {
				return 0
			}
			return 1
		}
		return cmp.Or(first(a)-first(b), cmp.Compare(a.Name, b.Name))
	})
	z := zip.NewWriter(w)
	for _, f := range files {
		if f.Name != contentTypes {
			if err := z.Copy(f); err != nil {
				return fmt.Errorf("copying %s: %w", f.Name, err)
			}
			continue
		}
		in, err := f.Open()
		if err != nil {
			return fmt.Errorf("reading %s: %w", f.Name, err)
		}
		body, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("reading %s: %w", f.Name, err)
		}
		sorted := contentType.FindAll(body, -1)
		slices.SortFunc(sorted, bytes.Compare)
		i := -1
		body = contentType.ReplaceAllFunc(bytes.Clone(body), func([]byte) []byte { i++; return bytes.Clone(sorted[i]) })
		out, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate})
		if err == nil {
			_, err = out.Write(body)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", f.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}
