package report

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"hailong/server"
	"hailong/server/ledger"
)

// checkLedger checks the pack's ledger: against the head that is signed in the
// pack and those that were kept, for the line of the pack itself, for the history
// of the period, and for the number of answers.
func (v *Verification) checkLedger(m *Manifest, rep *server.PeriodReport, r *server.Review, files *openedPack, kept [][]byte) {
	const what = "sổ kiểm chứng khớp điểm kiểm chứng đã ký / the ledger holds its signed checkpoint"
	var book *ledger.Book
	err := files.read(fileLedger, func(in io.Reader) (err error) { book, err = ledger.ReadBook(in); return err })
	if err != nil {
		v.check(what, err)
		return
	}
	head, err := ledger.OpenCheckpoint(files.data[fileCheckpoint], m.Key)
	if err == nil {
		err = book.Holds(head)
	}
	if err == nil && head.Size != book.Size() {
		err = fmt.Errorf("%w: sổ có %d dòng, đã ký %d / %d lines, %d signed", ledger.ErrLedger, book.Size(), head.Size, book.Size(), head.Size)
	}
	v.check(what, err)
	for _, signed := range kept {
		c, err := ledger.OpenCheckpoint(signed, m.Key)
		if err == nil {
			err = book.Holds(c)
		}
		v.check(fmt.Sprintf("%d dòng đã ký ngày %s vẫn nguyên / the first %d lines are those signed on %s", c.Size, c.Day, c.Size, c.Day), err)
	}
	record := ledger.Record{Kind: ledger.Pack, Subject: m.Period}
	sum, err := hex.DecodeString(m.Digest)
	if copy(record.Hash[:], sum); err == nil {
		if _, ok := book.Find(record); !ok {
			err = errors.New("không có dòng nào của gói này / there is no line of this pack")
		}
	}
	v.check("gói này đã được ghi sổ / the pack is entered in the ledger", err)
	if rep != nil {
		v.check("lịch sử chốt kỳ đã được ghi sổ, không thiếu mục nào / the period's history is the one in the ledger", checkHistory(rep, book))
	}
	if r == nil || m.Withheld {
		return
	}
	v.Erased = countLines(book, r.Period, ledger.Erased)
	v.Changed = countLines(book, r.Period, ledger.Changed)
	v.Withdrawn = countLines(book, r.Period, ledger.Withdrawn)
	lines, due := answerLines(book, r.Period), told(r)
	most := lines + v.Erased + v.Withdrawn
	switch {
	case !m.Closed && wholeMonths(r.Period):
		err = nil
		if lines != due {
			err = fmt.Errorf("sổ có %d phiếu, gói có %d / %d in the ledger, %d in the pack", lines, due, lines, due)
		}
		v.check("số phiếu trong gói bằng số dòng trong sổ / as many answers as lines in the ledger", err)
	case m.Made > m.To.Add(2): // answers are entered after two days
		// What came, was erased or was withdrawn after the close is in the ledger only.
		err = nil
		if due > most {
			err = fmt.Errorf("sổ có %d phiếu của các tháng đó, gói có %d / %d in the ledger, %d in the pack", most, due, most, due)
		}
		v.check("số phiếu trong gói không nhiều hơn số dòng trong sổ / no more answers than lines in the ledger", err)
	}
	if r.Quarantined+r.QuarantinedOthers > 0 {
		err = nil
		if !decided(book) {
			err = fmt.Errorf("gói nói %d phiếu đang cách ly / %d answers are said to be quarantined", r.Quarantined+r.QuarantinedOthers, r.Quarantined+r.QuarantinedOthers)
		}
		v.check("sổ có quyết định cách ly / the ledger has decisions to quarantine", err)
	}
}

// checkHistory compares a period's history with its lines in the ledger: every
// entry has one, and there is no line of an entry that is not told.
func checkHistory(rep *server.PeriodReport, book *ledger.Book) error {
	for _, c := range rep.History {
		line, err := c.Line()
		if err != nil {
			return err
		}
		if _, ok := book.Find(line); !ok || c.Period != rep.Period.ID {
			return fmt.Errorf("mục %d không có dòng trong sổ / entry %d has no line", c.Number, c.Number)
		}
	}
	lines := 0
	for _, r := range book.Records() {
		switch r.Kind {
		case ledger.Close, ledger.Reopen, ledger.Amendment:
			if r.Subject == rep.Period.ID {
				lines++
			}
		}
	}
	if lines != len(rep.History) {
		return fmt.Errorf("sổ có %d mục, gói có %d / %d entries in the ledger, %d in the pack", lines, len(rep.History), lines, len(rep.History))
	}
	return nil
}

// PackHead returns the signed head of the ledger in a review pack of size bytes,
// to be held against a later pack.
func PackHead(r io.ReaderAt, size int64) ([]byte, error) {
	files, err := openPack(r, size)
	if err != nil {
		return nil, err
	}
	return files.data[fileCheckpoint], nil
}

// decided reports whether the ledger has a decision to quarantine.
func decided(b *ledger.Book) bool {
	for _, r := range b.Records() {
		if r.Kind == ledger.Quarantine {
			return true
		}
	}
	return false
}
