package importer

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits of a workbook. A deflated part can be a thousand times as large as it
// looks; sheets of dossiers are ten to fifty times.
const (
	maxParts     = 10_000
	maxUnpacked  = 1 << 30 // bytes of all parts together
	maxRatio     = 200     // of a part above ratioFree
	ratioFree    = 1 << 20
	maxIndexPart = 8 << 20   // bytes of the parts that say where the sheets are
	maxToken     = 4 << 20   // bytes of one piece of XML
	maxStrings   = 256 << 20 // bytes of shared text
	maxRowNumber = 1 << 20
	maxColumns   = 1 << 14
)

// A workbook is an XLSX file. It is read with the standard library, part by
// part as a stream: spreadsheet libraries end quietly where a sheet is damaged,
// and unpack it, with the people in it, into files of the temporary folder.
type workbook struct {
	parts    map[string]*zip.File // by lower-case name
	sheets   []sheetPart
	strings  *sharedStrings
	from1904 bool
}

// A sheetPart is a sheet's name and the part of the file that holds it.
type sheetPart struct{ name, part string }

// openWorkbook checks that every part of the file can be unpacked whole, within
// the limits, and finds the sheets.
func openWorkbook(r io.ReaderAt, size int64) (*workbook, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, damagedBook(err)
	}
	w := &workbook{parts: map[string]*zip.File{}}
	if err := w.admit(z.File); err != nil {
		return nil, err
	}
	if err := w.notXLSX(); err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if err := unpack(f); err != nil {
			return nil, damagedBook(fmt.Errorf("unpacking %s: %w", f.Name, err))
		}
	}
	if err := w.index(); err != nil {
		return nil, err
	}
	return w, nil
}

// admit holds what the table of contents promises against the limits.
func (w *workbook) admit(files []*zip.File) error {
	if len(files) > maxParts {
		return fileError("tệp nén có quá nhiều phần", "the archive has too many parts")
	}
	var total uint64
	for _, f := range files {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > maxUnpacked || total > maxUnpacked ||
			f.UncompressedSize64 > ratioFree && f.UncompressedSize64/maxRatio > f.CompressedSize64 {
			return fileError("tệp nén phình to bất thường khi giải nén (zip bomb), không nhập",
				"the archive grows out of all proportion when unpacked (a zip bomb): refused")
		}
		if f.Flags&1 != 0 {
			return fileError("tệp nén có mật khẩu", "the archive is encrypted")
		}
		w.parts[partName(f.Name)] = f
	}
	return nil
}

func partName(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "/"))
}

// notXLSX says what a zip file is that is no XLSX.
func (w *workbook) notXLSX() error {
	switch {
	case w.parts["xl/workbook.bin"] != nil:
		return notThat("tệp XLSB (lưu lại thành .xlsx)", "an XLSB file (save it as .xlsx)")
	case w.parts["content.xml"] != nil:
		return notThat("tệp OpenDocument (lưu lại thành .xlsx)", "an OpenDocument file (save it as .xlsx)")
	case w.parts["word/document.xml"] != nil:
		return notThat("tệp Word", "a Word file")
	case w.parts["ppt/presentation.xml"] != nil:
		return notThat("tệp PowerPoint", "a PowerPoint file")
	case w.parts["[content_types].xml"] == nil:
		return notThat("tệp nén zip", "a zip archive")
	}
	return nil
}

// unpack reads a part to its end, where its checksum is compared.
func unpack(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r) // ends with an error beyond the size promised
	return errors.Join(err, r.Close())
}

func damagedBook(err error) error {
	return &FileError{Reason{"tệp XLSX bị hỏng hoặc chưa tải xong", "the XLSX file is damaged or incomplete"}, err}
}

// A relation is an arrow from one part to another.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// relations reads the arrows that start at a part; "" is the file itself.
func (w *workbook) relations(part string) ([]relation, error) {
	var doc struct {
		Relation []relation `xml:"Relationship"`
	}
	dir, name := path.Split(part)
	rels := dir + "_rels/" + name + ".rels"
	if w.parts[rels] == nil {
		return nil, nil
	}
	if err := w.decode(rels, &doc); err != nil {
		return nil, err
	}
	for i, r := range doc.Relation {
		target := strings.ReplaceAll(r.Target, `\`, "/")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		doc.Relation[i].Target = partName(path.Clean(target))
	}
	return doc.Relation, nil
}

// decode reads a small part.
func (w *workbook) decode(part string, v any) error {
	f := w.parts[part]
	if f == nil || f.UncompressedSize64 > maxIndexPart {
		return damagedBook(fmt.Errorf("part %s is missing or too large", part))
	}
	r, err := f.Open()
	if err != nil {
		return damagedBook(err)
	}
	if err := errors.Join(xml.NewDecoder(r).Decode(v), r.Close()); err != nil {
		return damagedBook(fmt.Errorf("part %s: %w", part, err))
	}
	return nil
}

// index finds the sheets and the shared strings.
func (w *workbook) index() error {
	book := "xl/workbook.xml"
	top, err := w.relations("")
	if err != nil {
		return err
	}
	for _, r := range top {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			book = r.Target
		}
	}
	var doc struct {
		Properties struct {
			From1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string `xml:"name,attr"`
			// The id has a name space, of which there are two: any will do.
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(book, &doc); err != nil {
		return err
	}
	w.from1904 = doc.Properties.From1904 == "1" || doc.Properties.From1904 == "true"
	rels, err := w.relations(book)
	if err != nil {
		return err
	}
	target := map[string]string{}
	for _, r := range rels {
		switch {
		case strings.HasSuffix(r.Type, "/worksheet"):
			target[r.ID] = r.Target
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			w.strings = &sharedStrings{part: w.parts[r.Target]}
		}
	}
	for _, s := range doc.Sheets {
		for _, a := range s.Attrs {
			if part := target[a.Value]; a.Name.Local == "id" && w.parts[part] != nil {
				w.sheets = append(w.sheets, sheetPart{s.Name, part})
			}
		}
	}
	if len(w.sheets) == 0 {
		return damagedBook(errors.New("no sheets"))
	}
	return nil
}
