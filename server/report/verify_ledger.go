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
// pack and those that were kept, for the line of the pack itself, and for one
// line an answer.
func (v *Verification) checkLedger(m *Manifest, r *server.Review, files map[string][]byte, kept [][]byte) {
	const what = "sổ kiểm chứng khớp điểm kiểm chứng đã ký / the ledger holds its signed checkpoint"
	book, err := ledger.ParseBook(files[fileLedger])
	if err != nil {
		v.check(what, err)
		return
	}
	head, err := ledger.OpenCheckpoint(files[fileCheckpoint], m.Key)
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
	if r == nil || m.Withheld {
		return
	}
	v.Erased = countLines(book, r.Period, ledger.Erased)
	err = nil
	if lines := answerLines(book, r.Period); lines != told(r) {
		err = fmt.Errorf("sổ có %d phiếu, gói có %d / %d in the ledger, %d in the pack", lines, told(r), lines, told(r))
	}
	if err == nil && r.Quarantined > 0 && !decided(book) {
		err = fmt.Errorf("gói nói %d phiếu đang cách ly, sổ không có quyết định nào / %d answers are said to be quarantined, the ledger has no decision", r.Quarantined, r.Quarantined)
	}
	v.check("số phiếu trong gói bằng số dòng trong sổ / as many answers as lines in the ledger", err)
}

// PackHead returns the signed head of the ledger in a review pack of size bytes,
// to be held against a later pack.
func PackHead(r io.ReaderAt, size int64) ([]byte, error) {
	files, err := openPack(r, size)
	if err != nil {
		return nil, err
	}
	return files[fileCheckpoint], nil
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
