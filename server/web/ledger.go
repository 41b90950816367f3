package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"hailong/server"
)

// ledgerDays is how many days with signed heads the page lists.
const ledgerDays = 60

// A ledgerData is the page of the ledger (sổ kiểm chứng).
type ledgerData struct {
	frame
	Key   string
	Heads []ledgerHead // newest first
	Text  string       // the newest, signed
	// Of a slip that was asked about.
	Code      string
	Error     string
	Inclusion *server.Inclusion
}

// A ledgerHead is a row of the list.
type ledgerHead struct{ Day, Lines, Root string }

// ledgerPage shows the unit's public key and what was signed day by day.
func (s *Site) ledgerPage(c *gin.Context) error {
	data, err := s.readLedgerPage(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "ledger", staffPolicy, data)
}

func (s *Site) readLedgerPage(c *gin.Context) (ledgerData, error) {
	u, _ := s.staff.user(c)
	data := ledgerData{frame: s.frame(u, "ledger", "Sổ kiểm chứng")}
	key, err := s.svc.LedgerKey()
	if err != nil {
		return data, err
	}
	data.Key = key.Public()
	heads, err := s.svc.LedgerHeads(c.Request.Context(), ledgerDays)
	if err != nil {
		return data, err
	}
	for i, h := range heads {
		if i == 0 {
			data.Text = h.Signed
		}
		data.Heads = append(data.Heads, ledgerHead{server.Day(h.Day).VI(), countText(h.Size), h.Root.String()})
	}
	return data, nil
}

// ledgerLookup shows the holder of a slip, or of a receipt, the line of its
// answer. The code comes
// in a form, so it is in no address and in no log; a wrong one is counted as a
// guess like everywhere.
func (s *Site) ledgerLookup(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), citizenPatience)
	defer cancel()
	code, wrong := server.ParseSlipCode(f.one("code"))
	if wrong == nil {
		s = s.ofSlip(ctx, code) // every unit has a ledger of its own
	} else {
		s = s.ofReceipt(ctx, f.one("code"))
	}
	data, err := s.readLedgerPage(c)
	if err != nil {
		return err
	}
	data.Code = f.one("code")
	status := http.StatusOK
	if wrong != nil {
		var st server.ReceiptStatus
		if st, err = s.svc.ReceiptStatus(ctx, f.one("code")); err == nil {
			data.Inclusion = &st.Inclusion
		} else if errors.Is(err, server.ErrNotFound) || errors.Is(err, server.ErrInvalid) {
			err = s.wrongCode(c)
		}
	} else if _, err = s.svc.Invitation(ctx, code); errors.Is(err, server.ErrNotFound) {
		err = s.wrongCode(c)
	} else {
		var in server.Inclusion
		if in, err = s.svc.InclusionOf(ctx, code); err == nil {
			data.Inclusion = &in
		} else if errors.Is(err, server.ErrNotFound) {
			data.Error, status, err = "Phiếu này chưa có câu trả lời nào.", http.StatusNotFound, nil
		}
	}
	switch {
	case errors.Is(err, server.ErrNotFound):
		data.Error, status = "Mã này chưa đúng. Vui lòng so lại từng chữ và số với mã trên phiếu hoặc mã biên nhận.", http.StatusUnprocessableEntity
	case errors.Is(err, errLimited):
		data.Error, status = "Mã này chưa đúng, và đang có quá nhiều lần nhập sai. Nhập đúng mã trên phiếu thì vẫn xem được ngay.", http.StatusTooManyRequests
		c.Header("Retry-After", "60")
	case err != nil:
		return err
	}
	return s.show(c, status, "ledger", staffPolicy, data)
}

// ledgerCheckpoint is the newest signed head, for programs and to be kept.
func (s *Site) ledgerCheckpoint(c *gin.Context) error {
	heads, err := s.svc.LedgerHeads(c.Request.Context(), 1)
	if err != nil {
		return err
	}
	if len(heads) == 0 {
		return server.ErrNotFound
	}
	c.Data(http.StatusOK, "text/plain; charset=utf-8", []byte(heads[0].Signed))
	return nil
}

// A consistencyDoc is a proof that the ledger only grew.
type consistencyDoc struct {
	Schema string   `json:"schema"`
	From   int64    `json:"from"` // lines
	To     int64    `json:"to"`
	Proof  []string `json:"proof"`
}

// ledgerConsistency proves that one signed head goes on from another.
func (s *Site) ledgerConsistency(c *gin.Context) error {
	from, err1 := strconv.ParseInt(c.Query("tu"), 10, 64)
	to, err2 := strconv.ParseInt(c.Query("den"), 10, 64)
	if errors.Join(err1, err2) != nil {
		return server.ErrInvalid
	}
	proof, err := s.svc.Consistency(c.Request.Context(), from, to)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, consistencyDoc{"hailong-consistency/1", from, to, proof})
	return nil
}
