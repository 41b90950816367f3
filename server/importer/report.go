package importer

import (
	"context"
	"errors"
	"fmt"

	"hailong/server"
)

// batch is how many dossiers are put at once.
const batch = 500

// A House is what an import needs of the service.
type House interface {
	// PutDossiers stores dossiers as server.Service does.
	PutDossiers(ctx context.Context, ds []server.Dossier) ([]server.PutResult, error)
	// Dossier returns one dossier.
	Dossier(ctx context.Context, code server.DossierCode) (server.Dossier, error)
}

// A Report says what became of the rows of a file:
// Rows = New + Updated + Unchanged + len(Rejected).
type Report struct {
	File      string      `json:"file"`
	Rows      int         `json:"rows"` // rows of the list, without those skipped
	New       int         `json:"new"`
	Updated   int         `json:"updated"`
	Unchanged int         `json:"unchanged"`
	Rejected  []Rejection `json:"rejected"` // never nil

	Flagged  []Note            `json:"flagged"`           // taken, but something is odd; never nil
	Repeated []Repeated        `json:"repeated"`          // codes that came before in the file; never nil
	Skipped  int               `json:"skipped"`           // totals, titles, repeated headers
	Sheet    string            `json:"sheet,omitempty"`   // which sheet was read
	Header   int               `json:"header_row"`        // the row of the header
	Columns  map[Column]string `json:"columns,omitempty"` // how the file calls each column
	Missing  []Column          `json:"missing_columns"`   // columns it does not have; never nil
	Error    string            `json:"error,omitempty"`   // why nothing, or not all, was stored
}

// A Repeated is a row whose code stood further up in the same file.
type Repeated struct {
	Row    int                `json:"row"`
	Before int                `json:"before"` // the row that this one replaces
	Code   server.DossierCode `json:"code"`
}

// A Progress is told now and then how far an import is: first rows read, with
// total 0 for not known, then dossiers stored out of total.
type Progress func(done, total int)

// A Batch is a file that was read to its end and can be stored.
type Batch struct {
	Report Report
	stage  *stage
	lang   Lang
}

// ReadAll reads a file to its end. An error is one of the file as a whole or
// of the machine. The caller closes the batch.
func ReadAll(ctx context.Context, name string, f *File, progress Progress) (*Batch, error) {
	s, err := newStage()
	if err != nil {
		return nil, err
	}
	b := &Batch{stage: s, lang: f.opt.Lang, Report: Report{
		File: name, Rejected: []Rejection{}, Flagged: []Note{}, Repeated: []Repeated{},
		Sheet: f.Sheet, Header: f.HeaderRow, Columns: f.Columns(), Missing: append([]Column{}, f.Missing()...),
	}}
	if err := b.read(ctx, f, progress); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return b, nil
}

func (b *Batch) read(ctx context.Context, f *File, progress Progress) error {
	for rec, err := range f.Rows() {
		if err != nil {
			return err
		}
		if rec.Skipped {
			b.Report.Skipped++
			continue
		}
		b.Report.Rows++
		if b.Report.Rows%batch == 0 {
			progress.tell(b.Report.Rows, 0)
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("reading: %w", err)
			}
		}
		if rec.Rejection != nil {
			b.Report.Rejected = append(b.Report.Rejected, *rec.Rejection)
			continue
		}
		before, err := b.stage.add(rec.Row, rec.Dossier)
		if err != nil {
			return err
		}
		if before > 0 {
			b.Report.Repeated = append(b.Report.Repeated, Repeated{rec.Row, before, rec.Dossier.Code})
		}
		b.Report.Flagged = append(b.Report.Flagged, rec.Notes...)
	}
	return nil
}

// Close lets go of what was read.
func (b *Batch) Close() error { return b.stage.close() }

// Store puts the dossiers. On an error the report counts what is known to be
// stored; storing the file again is safe and goes on from there.
func (b *Batch) Store(ctx context.Context, house House, progress Progress) error {
	var ds []server.Dossier
	var rows []int
	done := 0
	flush := func() error {
		if len(ds) == 0 {
			return nil
		}
		if err := b.complete(ctx, house, ds); err != nil {
			return err
		}
		results, err := house.PutDossiers(ctx, ds)
		if err != nil {
			return fmt.Errorf("storing rows %d to %d: %w", rows[0], rows[len(rows)-1], err)
		}
		for i, r := range results {
			if err := b.count(ctx, house, rows[i], ds[i].Code, r); err != nil {
				return err
			}
		}
		done += len(ds)
		progress.tell(done, len(b.stage.seen))
		ds, rows = ds[:0], rows[:0]
		return nil
	}
	for v, err := range b.stage.all() {
		if err != nil {
			return err
		}
		ds, rows = append(ds, v.Dossier), append(rows, v.Row)
		if len(ds) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// complete fills in what the file has no columns for with what is stored: a
// list that does not speak of officers does not take them away.
func (b *Batch) complete(ctx context.Context, house House, ds []server.Dossier) error {
	if len(b.Report.Missing) == 0 {
		return nil
	}
	for i := range ds {
		old, err := house.Dossier(ctx, ds[i].Code)
		if errors.Is(err, server.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("looking for what is stored: %w", err)
		}
		for _, column := range b.Report.Missing {
			keep(&ds[i], old, column)
		}
	}
	return nil
}

// keep takes one column of a dossier over.
func keep(d *server.Dossier, old server.Dossier, column Column) {
	switch column {
	case ColDue:
		d.Due = old.Due
	case ColFinished:
		d.Finished = old.Finished
	case ColReturned:
		d.Returned = old.Returned
	case ColChannel:
		d.Channel = old.Channel
	case ColProcedure:
		d.Procedure = old.Procedure
	case ColProcedureName:
		d.ProcedureName = old.ProcedureName
	case ColField:
		d.Field = old.Field
	case ColOfficer:
		d.Officer = old.Officer
	case ColCounter:
		d.Counter = old.Counter
	}
}

// count enters the result of one dossier, and of the rows it replaced.
func (b *Batch) count(ctx context.Context, house House, row int, code server.DossierCode, result server.PutResult) error {
	rep := b.stage.repeated[hashOf(code)]
	others := max(rep.times-1, 0)
	switch result {
	case server.PutNew:
		b.Report.New++
		b.Report.Updated += rep.changes
		b.Report.Unchanged += others - rep.changes
	case server.PutUpdated:
		b.Report.Updated++
		b.Report.Unchanged += others
	case server.PutUnchanged:
		b.Report.Unchanged += 1 + others
	}
	if result != server.PutUpdated {
		return nil
	}
	d, err := house.Dossier(ctx, code)
	if err != nil {
		return fmt.Errorf("looking for flags of row %d: %w", row, err)
	}
	for _, flag := range d.Flags {
		if flag == server.FlagStatusBackwards {
			b.Report.Flagged = append(b.Report.Flagged, Note{row, b.Report.Columns[ColStatus], reasonBackwards.In(b.lang)})
		}
	}
	return nil
}

// Import reads a file to its end and stores it.
func Import(ctx context.Context, house House, name string, f *File, progress Progress) (Report, error) {
	b, err := ReadAll(ctx, name, f, progress)
	if err != nil {
		return Report{}, err
	}
	err = b.Store(ctx, house, progress)
	return b.Report, errors.Join(err, b.Close())
}

func (p Progress) tell(done, total int) {
	if p != nil {
		p(done, total)
	}
}
