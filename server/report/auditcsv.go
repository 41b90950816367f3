package report

import (
	"encoding/csv"
	"fmt"
	"io"

	"hailong/server"
)

// AuditCSV writes entries of the audit (nhật ký) as CSV with a byte order mark,
// as spreadsheets want it: time in the house's zone, user, deed, what.
func AuditCSV(w io.Writer, entries []server.AuditEntry) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	rows := [][]string{{"thoi_diem", "nguoi_dung", "viec", "noi_dung"}}
	for _, e := range entries {
		rows = append(rows, []string{e.At.In(server.Zone).Format("2006-01-02 15:04:05"), harmless(e.User), harmless(e.Deed), harmless(e.What)})
	}
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("writing the CSV: %w", err)
	}
	return nil
}
