package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"hailong/server"
)

// CoverageCSV writes the way from a returned dossier to a complete answer (độ phủ) as
// CSV with a byte order mark, as spreadsheets want it: step, count, out of how many,
// unrounded share (empty where that is none), what it is counted on.
func CoverageCSV(w io.Writer, r *server.Respondents) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	rows := [][]string{{"buoc", "so", "tren", "ty_le", "dem_tren", "tu_ngay", "den_ngay"}}
	line := func(step string, x, n int64, on string) {
		share := ""
		if n > 0 {
			share = strconv.FormatFloat(float64(x)/float64(n), 'g', -1, 64)
		}
		rows = append(rows, []string{step, strconv.FormatInt(x, 10), strconv.FormatInt(n, 10), share, on, string(r.From), string(r.To)})
	}
	const dossiers, answers = "hồ sơ trả kết quả trong kỳ", "phiếu có mã trả lời trong kỳ"
	line("da_tra", r.Returned, r.Returned, dossiers)
	line("co_phieu_moi", r.Invited, r.Returned, dossiers)
	line("da_mo", r.Opened, r.Returned, dossiers)
	line("da_tra_loi", r.Answered, r.Returned, dossiers)
	line("tra_loi_du", r.Complete, r.Given, answers)
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	return nil
}
