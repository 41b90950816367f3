package web

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"hailong/scoring"
	"hailong/server"
)

// An ownData is an officer's own page (kết quả của tôi).
type ownData struct {
	frame
	Linked   bool // the account is tied to an officer of the dossiers
	Days     string
	N        string
	Enough   bool
	Least    int
	Rows     []ownRow
	Beside   bool
	Comments []string
	Few      bool
	LeastSay int
}

// An ownRow is one question, the officer's share beside the ward's.
type ownRow struct{ Name, Mine, MineOf, Ward, WardOf string }

// ownPage shows an officer their own result and nothing about anybody else.
func (s *Site) ownPage(c *gin.Context) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	p := ownData{frame: s.frame(u, "own", "Kết quả của tôi"), Linked: u.Officer != "", Least: server.OwnRatings, LeastSay: server.OwnComments}
	if p.Linked {
		r, err := s.svc.Own(c.Request.Context(), u)
		if err != nil {
			return err
		}
		p.Days, p.N, p.Enough, p.Beside, p.Comments, p.Few = daysText(r.From, r.To), countText(r.N), r.Enough, r.Beside, r.Comments, r.Few
		p.Rows = []ownRow{newOwnRow("Hài lòng chung", r.Overall, r.WardOverall), newOwnRow("Công chức trực tiếp giải quyết", r.Attitude, r.WardAttitude)}
	}
	return s.show(c, http.StatusOK, "own", staffPolicy, p)
}

func newOwnRow(name string, mine, ward scoring.Item) ownRow {
	say := func(it scoring.Item) (share, of string) {
		if it.N == 0 || it.Wilson == nil {
			return "không có dữ liệu", ""
		}
		return shareText(it.Share, 1), countText(it.X) + "/" + countText(it.N) + " phiếu, khoảng " + percentText(it.Wilson.Lo, 1) + "–" + percentText(it.Wilson.Hi, 1)
	}
	row := ownRow{Name: name}
	row.Mine, row.MineOf = say(mine)
	row.Ward, row.WardOf = say(ward)
	return row
}
