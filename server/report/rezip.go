package report

import (
	"archive/zip"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
)

// sortZip writes the entries of a ZIP in the order of their names, the content
// types first as Office writes them, so that the same workbook is the same
// bytes: excelize writes its parts in the order of a map.
func sortZip(w io.Writer, b []byte) error {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return fmt.Errorf("reading the workbook back: %w", err)
	}
	const types = "[Content_Types].xml"
	slices.SortFunc(r.File, func(a, b *zip.File) int {
		if (a.Name == types) != (b.Name == types) {
			return map[bool]int{true: -1, false: 1}[a.Name == types]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	z := zip.NewWriter(w)
	for _, f := range r.File {
		if err := z.Copy(f); err != nil {
			return fmt.Errorf("writing the workbook: %w", err)
		}
	}
	return z.Close()
}
