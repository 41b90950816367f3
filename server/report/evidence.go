package report

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"hailong/scoring/instrument"
	"hailong/server"
)

// An evidenceTable is one CSV of the evidence.
type evidenceTable struct {
	file, about string
	head        []string
	rows        [][]string
}

// WriteEvidence writes what ISO 9001:2015, 9.1.2 asks a unit to keep of how it
// watches its customers' satisfaction in a period, as a ZIP: instruments with
// their dates, changes, retention, closings and reopenings with their reasons,
// corrective actions with their clocks, open alerts, and a list of it all as
// PDF. There is no comment, no code and no citizen in it. A period of more than
// server.AuditDays days is server.ErrInvalid. What names the asker as its officer is left
// out; the zero User is nobody's.
func WriteEvidence(ctx context.Context, w io.Writer, svc *server.Service, asker server.User, p server.Period, demo bool) error {
	tables := []evidenceTable{instruments(), retention(svc)}
	for _, read := range []func(context.Context, *server.Service, server.User, server.Period) (evidenceTable, error){changes, closings, corrections, alerts} {
		t, err := read(ctx, svc, asker, p)
		if err != nil {
			return fmt.Errorf("gathering evidence: %w", err)
		}
		tables = append(tables, t)
	}
	made := svc.Today().Time()
	var files []packFile
	for _, t := range tables {
		data, err := writeTable(func(write func([]string) error) error {
			for _, row := range append([][]string{t.head}, t.rows...) {
				safe := make([]string, len(row))
				for i, cell := range row {
					safe[i] = harmless(cell)
				}
				if err := write(safe); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		files = append(files, packFile{name: t.file, data: data})
	}
	var cover bytes.Buffer
	if err := writePDF(&cover, evidenceCover(svc, p, tables, files, demo)); err != nil {
		return err
	}
	return writeZip(w, append([]packFile{{name: "danh-muc.pdf", data: cover.Bytes()}}, files...), made)
}

// evidenceCover lists the tables with their lines and hashes.
func evidenceCover(svc *server.Service, p server.Period, tables []evidenceTable, files []packFile, demo bool) official {
	pr := svc.Profile()
	list := table{columns: []column{{head: "Tệp", width: 38}, {head: "Nội dung", width: 58}, {head: "Số dòng", width: 14, right: true}, {head: "SHA-256 (12 ký tự đầu)", width: 28}}}
	for i, t := range tables {
		sum := sha256.Sum256(files[i].data)
		list.rows = append(list.rows, []string{t.file, t.about, strconv.Itoa(len(t.rows)), hex.EncodeToString(sum[:])[:12]})
	}
	return official{
		authority: pr.Authority, body: pr.Body, nation: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", motto: "Độc lập - Tự do - Hạnh phúc",
		number: "Số: " + orBlank(""), place: pr.Place + ", " + officialDate(svc.Now()), title: "DANH MỤC BẰNG CHỨNG",
		subject:   "Theo dõi sự hài lòng của người dân, doanh nghiệp " + p.Name() + " (TCVN ISO 9001:2015, mục 9.1.2)",
		addressee: []string{"Đoàn đánh giá hệ thống quản lý chất lượng"}, recipients: []string{"Như trên"}, onBehalf: "TM. " + pr.Authority, signer: strings.Split(pr.Signer, "\n"),
		demo: demo, made: svc.Today().Time(),
		blocks: []block{
			say("Danh mục này liệt kê bằng chứng được xuất từ hệ thống cho thời gian từ ngày " + p.From.VI() + " đến ngày " + p.To.VI() + ". Trong các tệp không có lời góp ý, mã phiếu, mã hồ sơ và không có tên người dân."),
			list,
			say("Kết quả đo và cách tính nằm trong báo cáo và gói thẩm định của kỳ; sổ kiểm chứng công khai cho phép kiểm tra không phiếu nào bị sửa./."),
		},
	}
}

func instruments() evidenceTable {
	t := evidenceTable{file: "bo-cau-hoi.csv", about: "Bộ câu hỏi đang dùng, phiên bản theo ngày hiệu lực", head: []string{"ma", "ten", "hieu_luc_tu", "so_muc", "so_cau_hoi", "muc_tieu", "sha256"}}
	for _, sv := range instrument.All() {
		source, _ := instrument.Source(sv.ID)
		sum := sha256.Sum256(source)
		t.rows = append(t.rows, []string{sv.ID, sv.Title.VI, sv.ValidFrom, strconv.Itoa(len(sv.Levels)), strconv.Itoa(len(sv.Items())), fraction(sv.Target), hex.EncodeToString(sum[:])})
	}
	return t
}

func retention(svc *server.Service) evidenceTable {
	return evidenceTable{file: "luu-giu.csv", about: "Quy tắc lưu giữ", head: []string{"loai", "luu_bao_lau", "xoa_khi_nao"}, rows: [][]string{
		{"Lời mời (mã băm của mã phiếu)", strconv.Itoa(svc.Config.InvitationDays) + " ngày dùng được; mã băm được giữ để mỗi phiếu chỉ dùng một lần", "không xóa"},
		{"Câu trả lời (khuyết danh)", "không giới hạn", "theo yêu cầu của người giữ phiếu; sổ kiểm chứng ghi việc xóa"},
		{"Lời góp ý (đã che), bản gốc (mã hóa)", "cùng câu trả lời", "cùng câu trả lời"},
		{"Tên, số điện thoại, địa chỉ trong danh sách hồ sơ", "không lưu", "bỏ ngay khi nhập"},
		{"Số liệu đã chốt, lý do mở lại, nhật ký, sổ kiểm chứng", "không giới hạn", "không xóa"},
	}}
}

// quiet deeds change nothing of how satisfaction is watched.
func quiet(deed string) bool { return strings.HasPrefix(deed, "sign_") }

func changes(ctx context.Context, svc *server.Service, asker server.User, p server.Period) (evidenceTable, error) {
	t := evidenceTable{file: "thay-doi.csv", about: "Việc đã làm theo nhật ký (trừ đăng nhập)", head: []string{"thoi_diem", "nguoi_dung", "viec", "noi_dung"}}
	entries, err := svc.AuditEntriesFor(ctx, asker, p.From, p.To, "")
	for _, e := range slices.Backward(entries) {
		if !quiet(e.Deed) {
			t.rows = append(t.rows, []string{e.At.In(server.Zone).Format(time.DateTime), e.User, e.Deed, e.What})
		}
	}
	return t, err
}

func closings(ctx context.Context, svc *server.Service, _ server.User, p server.Period) (evidenceTable, error) {
	t := evidenceTable{file: "chot-so-lieu.csv", about: "Chốt và mở lại số liệu, có lý do", head: []string{"ky", "lan", "viec", "nguoi", "thoi_diem", "ly_do", "tu_ngay", "den_ngay", "cach_tinh", "sha256"}}
	first, last := p.From.Time().Year(), p.To.Time().Year()
	for year := first; year <= last; year++ {
		for _, part := range []string{"-Q1", "-Q2", "-H1", "-Q3", "-Q4", "-H2", ""} {
			of, err := svc.Period(strconv.Itoa(year) + part)
			if err != nil {
				return t, err
			}
			history, err := svc.Closings(ctx, of)
			if err != nil {
				return t, err
			}
			for _, c := range history {
				if of.To < p.From || of.From > p.To {
					continue
				}
				t.rows = append(t.rows, []string{c.Period, strconv.Itoa(c.Number), string(c.Kind), c.By, c.At.In(server.Zone).Format(time.DateTime), c.Reason, string(c.From), string(c.To), c.Method, c.SHA256})
			}
		}
	}
	return t, nil
}

// corrections are the complaints of a period as corrective actions: when and
// what was done, and nothing of what was said, about whom or about what.
func corrections(ctx context.Context, svc *server.Service, asker server.User, p server.Period) (evidenceTable, error) {
	t := evidenceTable{file: "hanh-dong-khac-phuc.csv", about: "Phản ánh và việc xử lý, theo thời hạn", head: []string{"so", "ngay_mo", "han", "trang_thai", "ngay_tra_loi", "qua_han", "da_chuyen_lanh_dao", "cac_buoc"}}
	cases, err := svc.Cases(ctx, server.User{Name: asker.Name, Role: server.RoleLeader, Officer: asker.Officer}, false)
	slices.SortStableFunc(cases, func(a, b server.Case) int { return cmp.Or(cmp.Compare(a.Opened, b.Opened), cmp.Compare(a.ID, b.ID)) })
	yes := map[bool]string{true: "có", false: "không"}
	for _, c := range cases {
		if c.Opened < p.From || c.Opened > p.To {
			continue
		}
		var steps []string
		for _, s := range c.Steps {
			steps = append(steps, server.DayOf(s.At).VI()+" "+s.Kind.String())
		}
		late := c.Overdue(svc.Today()) || c.Replied != "" && c.Replied > c.Due
		t.rows = append(t.rows, []string{strconv.Itoa(len(t.rows) + 1), string(c.Opened), string(c.Due), string(c.State), string(c.Replied), yes[late], yes[c.Escalated], strings.Join(steps, "; ")})
	}
	return t, err
}

func alerts(ctx context.Context, svc *server.Service, _ server.User, _ server.Period) (evidenceTable, error) {
	t := evidenceTable{file: "canh-bao.csv", about: "Cảnh báo thiết bị đang mở khi lập danh mục", head: []string{"thiet_bi", "quay", "canh_bao", "tu_luc"}}
	devices, err := svc.Devices(ctx)
	for _, d := range devices {
		if a := cmp.Or(d.Alert, d.MailAlert); a != nil && a.Over.IsZero() && !d.Revoked {
			t.rows = append(t.rows, []string{d.Name(), d.Counter, string(a.Trouble), a.Since.In(server.Zone).Format(time.DateTime)})
		}
	}
	return t, err
}
