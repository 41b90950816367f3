package report

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// figuresIn is how the figures of a file of a pack are read. A PDF is compared as
// a whole: it is set from the same text as the DOCX.
func figuresIn(name string) func([]byte) (map[string]string, error) {
	switch path.Ext(name) {
	case ".json":
		return jsonFigures
	case ".csv":
		return csvFigures
	case ".xlsx":
		return xlsxFigures
	case ".docx":
		return docxFigures
	case ".txt":
		return textFigures
	}
	return func(data []byte) (map[string]string, error) {
		return map[string]string{"toàn tệp, SHA-256": fmt.Sprintf("%x", sha256.Sum256(data))}, nil
	}
}

// docxFigures lists every paragraph of a Word document, cells of tables among
// them, and what is said of its pictures.
func docxFigures(data []byte) (map[string]string, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	in, err := z.Open("word/document.xml")
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	defer in.Close()
	out := map[string]string{}
	d := xml.NewDecoder(io.LimitReader(in, maxSheetXML))
	var text strings.Builder
	for n := 1; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the document: %w", err)
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			for _, a := range t.Attr {
				if a.Name.Local == "descr" {
					text.WriteString(a.Value + " ")
				}
			}
		case xml.EndElement:
			if t.Name.Local != "p" {
				continue
			}
			if text.Len() > 0 {
				out[fmt.Sprintf("đoạn %05d", n)] = text.String()
				n++
			}
			text.Reset()
		}
	}
}

// jsonFigures lists every value of a JSON document by its path.
func jsonFigures(data []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON document")
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(path+"."+k, x)
			}
		case []any:
			out[path+".#"] = strconv.Itoa(len(v))
			for i, x := range v {
				walk(path+"["+strconv.Itoa(i)+"]", x)
			}
		case nil:
			out[path] = "null"
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", v)
	return out, nil
}

// csvFigures lists every cell of a CSV by its row and its column's name.
func csvFigures(data []byte) (map[string]string, error) {
	data, _ = bytes.CutPrefix(data, []byte("\ufeff"))
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading CSV: %w", err)
	}
	out := map[string]string{}
	for i, row := range rows {
		for j, cell := range row {
			out[fmt.Sprintf("dòng %05d %s", i+1, rows[0][j])] = cell
		}
	}
	return out, nil
}

// The limits of the workbook inside a pack, in bytes after unpacking.
const (
	maxWorkbook = 64 << 20
	maxSheetXML = 16 << 20
)

// xlsxFigures lists every cell of a workbook, and its formula.
func xlsxFigures(data []byte) (out map[string]string, err error) {
	defer func() { // a file from elsewhere must not bring the check down
		if p := recover(); p != nil {
			out, err = nil, errors.New("the workbook cannot be read")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxSheetXML})
	if err != nil {
		return nil, fmt.Errorf("reading the workbook: %w", err)
	}
	defer f.Close()
	out = map[string]string{}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			return nil, fmt.Errorf("reading the workbook: %w", err)
		}
		for i, row := range rows {
			for j, v := range row {
				at := cell(j+1, i+1)
				where := name + "!" + at
				if v != "" {
					out[where] = v
				}
				formula, err := f.GetCellFormula(name, at)
				if err != nil {
					return nil, fmt.Errorf("reading the workbook: %w", err)
				}
				if formula != "" {
					out[where+" ="] = formula
				}
			}
		}
	}
	return out, nil
}

// textFigures lists the lines of a text.
func textFigures(data []byte) (map[string]string, error) {
	out := map[string]string{}
	for i, line := range strings.Split(string(data), "\n") {
		out[fmt.Sprintf("dòng %03d", i+1)] = line
	}
	return out, nil
}
