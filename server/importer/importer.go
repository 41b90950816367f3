// Package importer reads the lists of dossiers that one-stop systems export,
// as XLSX or CSV, and puts them into the house.
//
// A file is opened (Open), which finds out what it really is, how it is
// written and where its columns are, and reads the whole of an XLSX archive
// once, so that a truncated one is refused. It is then read row by row (Rows),
// each row becoming a dossier or a Rejection that says where the fault is.
// Import does both and stores the dossiers, but only after the last row was
// read without an error of the file: a file that breaks changes nothing.
//
// Columns are known by their wording. Only those that are known are looked at:
// names, telephone numbers and addresses have no column here, and a rejection
// never repeats a value of another column.
//
// What is decided about rows:
//
//   - A due date without a time of day, or at midnight sharp, lasts to the end
//     of its day.
//   - Due, finished or returned before received cannot be right and would
//     falsify the on-time share: the row is rejected. Returned before finished
//     is kept and noted, since only finished counts; so is a returned dossier
//     that has no end at all.
//   - Where a code comes twice in one file, the last row is used. It counts as
//     if the rows had been put one after the other (new and then updated, or
//     unchanged), and the same file again is all unchanged.
//   - A column that a file does not have is left as it is stored; an empty cell
//     of one that it has empties it.
//   - Totals, titles of sections, repeated headers and what stands below the
//     list are no rows. They are counted as skipped.
package importer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"strings"

	"hailong/server"
)

// Options say how a file is to be read.
type Options struct {
	Mapping Mapping
	// Lang is the language of reasons; Vietnamese where empty.
	Lang Lang
}

// A table is a file as rows, whatever its form.
type table interface {
	// rows reads all rows that hold something, from the first.
	rows() iter.Seq2[row, error]
	close() error
}

// A File is a list of dossiers whose header was found.
type File struct {
	// Sheet is the name of the sheet, "" for CSV; HeaderRow the number of the
	// row on which the header (its last row) stands.
	Sheet     string
	HeaderRow int

	table    table
	header   header
	opt      Options
	from1904 bool
	closer   io.Closer
}

// Open opens a file. Whatever is wrong with the file as a whole is a
// *FileError. The caller closes the file.
func Open(path string, opt Options) (*File, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &FileError{Reason{"không có tệp này", "there is no such file"}, err}
	case err != nil:
		return nil, unreadable(err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fileError("đây là thư mục, không phải tệp", "this is a directory, not a file")
	} else if err == nil && !info.Mode().IsRegular() {
		err = fileError("đây không phải tệp thường", "this is not a regular file")
	} else if err != nil {
		err = unreadable(err)
	}
	var file *File
	if err == nil {
		file, err = Read(f, info.Size(), opt)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	file.closer = f
	return file, nil
}

// Read opens a file of so many bytes that is not on the disk, such as one that
// was uploaded. The caller closes the file, not r.
func Read(r io.ReaderAt, size int64, opt Options) (*File, error) {
	head := make([]byte, min(size, headSize))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, unreadable(err)
	}
	kind, err := kindOf(r, size, head)
	if err != nil {
		return nil, err
	}
	f := &File{opt: opt}
	d := newDictionary(opt.Mapping)
	if kind == kindText {
		f.table, f.header, err = openCSV(r, size, head, d)
	} else {
		var w *workbook
		if w, err = openWorkbook(r, size); err == nil {
			f.from1904 = w.from1904
			if f.table, f.Sheet, f.header, err = openSheet(w, d); err != nil {
				err = errors.Join(err, w.strings.close())
			}
		}
	}
	if err != nil {
		return nil, err
	}
	f.HeaderRow = f.header.row
	return f, nil
}

// Close lets go of the file.
func (f *File) Close() error {
	err := f.table.close()
	if f.closer != nil {
		err = errors.Join(err, f.closer.Close())
	}
	return err
}

// Columns says, for each column that was found, how the file calls it.
func (f *File) Columns() map[Column]string {
	out := make(map[Column]string, len(f.header.column))
	for c, p := range f.header.column {
		out[c] = p.label
	}
	return out
}

// Missing lists the columns that the file does not have and can do without.
func (f *File) Missing() []Column { return f.header.missing(false) }

// A Record is what became of one row: a dossier, or a rejection.
type Record struct {
	Row       int // as a spreadsheet shows it
	Dossier   server.Dossier
	Rejection *Rejection // nil where the row is a dossier
	Notes     []Note     // doubts about a dossier that is kept
	Skipped   bool       // a total, a title, a repeated header: no row of the list
}

// A Rejection says why a row is not taken.
type Rejection struct {
	Row    int    `json:"row"`    // as a spreadsheet shows it
	Column string `json:"column"` // the header as it stands in the file
	Value  string `json:"value"`  // shortened; long numbers are blotted out
	Reason string `json:"reason"` // in the language that was asked for
}

// A Note is a doubt about a row that was taken.
type Note struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Reason string `json:"reason"`
}

// Rows yields one record for every row below the header that holds something,
// as a stream. An error, of the file as a whole, comes last.
func (f *File) Rows() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		clerk := newClerk(f)
		for r, err := range f.table.rows() {
			if err != nil {
				yield(Record{}, err)
				return
			}
			if r.number > f.header.row && !yield(clerk.record(r), nil) {
				return
			}
		}
	}
}

// noHeader tells which columns of the header were not found.
func noHeader(nearest header) error {
	var names []string
	for _, k := range columnKinds() {
		if _, ok := nearest.column[k.column]; !ok && k.required {
			names = append(names, "“"+k.wordings[0]+"”")
		}
	}
	list := strings.Join(names, ", ")
	if len(nearest.column) == 0 {
		return fileError(
			fmt.Sprintf("không tìm thấy dòng tiêu đề trong %d dòng đầu (cần các cột %s); nếu chữ hiện sai, tệp dùng phông cũ (TCVN3, VNI): hãy chuyển sang Unicode", headerRows, list),
			fmt.Sprintf("no header in the first %d rows (columns %s are needed); if letters look wrong, the file is written for an old font (TCVN3, VNI): convert it to Unicode", headerRows, list))
	}
	return fileError(
		fmt.Sprintf("dòng tiêu đề (trong %d dòng đầu) thiếu cột %s; nếu tệp gọi cột bằng tên khác, hãy khai báo bằng --map", headerRows, list),
		fmt.Sprintf("the header (in the first %d rows) lacks the columns %s; if the file calls them otherwise, say so with --map", headerRows, list))
}
