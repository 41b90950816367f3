package web

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/skip2/go-qrcode"

	"hailong/server"
)

// kioskRoles are who looks after kiosks.
func kioskRoles() []server.Role {
	return []server.Role{server.RoleAdmin, server.RoleLeader, server.RoleReporter}
}

// A devicesData is the board of kiosks (thiết bị).
type devicesData struct {
	frame
	Admin  bool
	Now    string
	After  int // minutes of opening hours until a silent kiosk is red
	Rows   []deviceRow
	Gone   []deviceRow // revoked
	Red    int
	Form   deviceFields
	Wrong  string // what is wrong with the form, "" for nothing
	Minute int
}

// A deviceRow is one kiosk on the board.
type deviceRow struct {
	ID, Name, Counter      string
	Tone, State, Detail    string // of the verdict
	Seen, SeenAgo          string
	Queue, Oldest, Refused string
	Version                string
	Storage, StorageNote   string
	Skew, SkewNote         string
}

// The skew and the fill of the storage from which a kiosk needs a look.
const (
	noteSkew = 2 * time.Minute
	noteFull = 0.9 // of the browser's quota
)

// devices shows every kiosk and how it is.
func (s *Site) devices(c *gin.Context) error {
	p, err := s.devicesPage(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "devices", staffPolicy, p)
}

func (s *Site) devicesPage(c *gin.Context) (*devicesData, error) {
	u, err := s.staff.who(c)
	if err != nil {
		return nil, err
	}
	all, err := s.svc.Devices(c.Request.Context())
	if err != nil {
		return nil, err
	}
	now := s.now()
	p := &devicesData{
		frame: s.frame(u, "devices", "Thiết bị"), Admin: u.Role == server.RoleAdmin, Now: momentVI(now), After: int(s.alert / time.Minute),
		Form: newDeviceFields(server.DeviceSettings{}), Minute: server.PairingMinutes,
	}
	for _, d := range all {
		row := s.deviceRow(d, now)
		if d.Revoked {
			p.Gone = append(p.Gone, row)
			continue
		}
		if row.Tone == "not_met" {
			p.Red++
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// deviceRow says how a kiosk is. Red is only for what needs somebody now,
// within opening hours; the rest is said without alarm.
func (s *Site) deviceRow(d server.Device, now time.Time) deviceRow {
	r := deviceRow{ID: d.ID, Name: d.Name(), Counter: cmp.Or(d.Counter, "chưa gắn quầy"), Seen: "chưa bao giờ", Queue: "–", Version: "–", Storage: "–", Skew: "–"}
	st := d.Status
	if st != nil {
		r.Seen, r.SeenAgo = momentVI(st.Seen), agoVI(now.Sub(st.Seen))
		r.Queue, r.Version = countVI(st.Queue), cmp.Or(st.Version, "–")
		if !st.Oldest.IsZero() {
			r.Oldest = "cũ nhất " + agoVI(now.Sub(st.Oldest))
		}
		if st.Refused > 0 {
			r.Refused = countVI(st.Refused) + " câu bị từ chối, cần xem tại máy"
		}
		r.Storage = "được giữ lâu dài"
		if !st.Persisted {
			r.Storage, r.StorageNote = "có thể bị trình duyệt xóa", "chưa được cấp quyền lưu lâu dài"
		}
		if st.Failing {
			r.Storage, r.StorageNote = "hỏng hoặc đầy", "câu trả lời chỉ được nhận khi có mạng"
		} else if st.Quota > 0 {
			share := float64(st.Used) / float64(st.Quota)
			r.Storage += fmt.Sprintf(", dùng %s", percentVI(share))
			if share >= noteFull {
				r.StorageNote = "sắp đầy"
			}
		}
		skew := time.Duration(st.Skew) * time.Millisecond
		switch {
		case skew.Abs() < time.Second*5:
			r.Skew = "đúng giờ"
		case skew > 0:
			r.Skew = "nhanh " + durationVI(skew)
		default:
			r.Skew = "chậm " + durationVI(-skew)
		}
		if skew.Abs() >= noteSkew {
			r.SkewNote = "máy chủ đã tự hiệu chỉnh ngày của câu trả lời"
		}
	}
	open := d.OpeningHours().Open(now)
	trouble := d.Trouble(now, s.alert)
	switch {
	case d.Revoked:
		r.Tone, r.State = "", "Đã thu hồi"
	case trouble == server.TroubleSilent && open:
		r.Tone, r.State, r.Detail = "not_met", "Mất liên lạc", "Kiểm tra nguồn điện và mạng của máy."
	case trouble == server.TroubleStuck && open:
		r.Tone, r.State, r.Detail = "not_met", "Không gửi được", "Máy còn liên lạc nhưng câu trả lời chưa về. Kiểm tra khay sửa lỗi tại máy."
	case !open && trouble != "":
		r.Tone, r.State, r.Detail = "", "Ngoài giờ", "Lúc đóng cửa máy đang có sự cố."
	case !open:
		r.Tone, r.State = "", "Ngoài giờ"
	case st == nil:
		r.Tone, r.State, r.Detail = "too_early", "Chưa báo cáo", "Máy mới ghép, hoặc chương trình trên máy không báo tình trạng."
	case r.Refused != "" || r.StorageNote != "" || r.SkewNote != "":
		r.Tone, r.State = "too_early", "Cần xem"
	default:
		r.Tone, r.State = "met", "Hoạt động"
	}
	return r
}

func countVI(n int) string { return strconv.Itoa(n) }

func percentVI(share float64) string {
	if share > 0 && share < 0.01 {
		return "dưới 1%"
	}
	return strconv.Itoa(int(share*100)) + "%"
}

// momentVI writes a time as Vietnamese readers expect: 09:05 ngày 15/01/2025.
func momentVI(t time.Time) string {
	t = t.In(server.Zone)
	return t.Format("15:04") + " ngày " + server.DayOf(t).VI()
}

// durationVI rounds down to what matters.
func durationVI(d time.Duration) string {
	switch {
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " giây"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " phút"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " giờ"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " ngày"
}

func agoVI(d time.Duration) string {
	if d < time.Minute {
		return "vừa xong"
	}
	return durationVI(d) + " trước"
}

// deviceFields are the fields of a device's form, as they were typed.
type deviceFields struct {
	Label, Counter, Interval string
	DropHalf                 bool
	Pace                     string // seconds, as people write them: 1,5
	Days                     []dayField
}

type dayField struct{ Name, Label, Hours string }

var weekdaysVI = [7]string{"Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"}

// monday is the weekday at place i of a week that begins on Monday.
func monday(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

func newDeviceFields(t server.DeviceSettings) deviceFields {
	h := server.OfficeHours()
	if t.Hours != nil {
		h = *t.Hours
	}
	f := deviceFields{Label: t.Label, Counter: t.Counter, Interval: strconv.Itoa(t.Interval), DropHalf: t.DropHalf, Pace: paceVI(t.ScanPace)}
	for i := range 7 {
		day := monday(i)
		f.Days = append(f.Days, dayField{"gio" + strconv.Itoa(int(day)), weekdaysVI[day], h.Day(day)})
	}
	return f
}

// readDevice reads a device's form. Where something is wrong, the sentence
// says what, and the fields hold what was typed.
func readDevice(f form) (t server.DeviceSettings, fields deviceFields, wrong string) {
	fields = deviceFields{Label: f.one("ten"), Counter: f.one("quay"), Interval: f.one("gian-cach"), DropHalf: f.one("do-dang") == "bo", Pace: f.one("nhip")}
	t = server.DeviceSettings{Label: strings.TrimSpace(fields.Label), Counter: strings.TrimSpace(fields.Counter), DropHalf: fields.DropHalf}
	var hours server.Hours
	for i := range 7 {
		day := monday(i)
		name := "gio" + strconv.Itoa(int(day))
		fields.Days = append(fields.Days, dayField{name, weekdaysVI[day], f.one(name)})
		spans, err := server.ParseSpans(f.one(name))
		if err != nil && wrong == "" {
			wrong = "Giờ làm việc " + strings.ToLower(weekdaysVI[day]) + " cần có dạng 07:30-11:30, 13:30-17:00, theo thứ tự; để trống là nghỉ."
		}
		hours[day] = spans
	}
	t.Hours = &hours
	var err error
	if t.Interval, err = strconv.Atoi(cmp.Or(strings.TrimSpace(fields.Interval), "0")); err != nil || t.Interval < 0 || t.Interval > server.MaxInterval {
		wrong = fmt.Sprintf("Khoảng cách giữa hai lần trả lời là 0 đến %d giây.", server.MaxInterval)
	}
	var ok bool
	if t.ScanPace, ok = readPace(fields.Pace); !ok {
		wrong = fmt.Sprintf("Nhịp quét một nút là %s đến %s giây.", paceVI(server.MinScanPace), paceVI(server.MaxScanPace))
	}
	if t.Counter == "" || len(t.Counter) > 100 || len(t.Label) > 100 {
		wrong = "Cần tên quầy; tên quầy và tên gợi nhớ dài tối đa khoảng 50 chữ."
	}
	return t, fields, wrong
}

// paceVI writes milliseconds as seconds: 1,5. 0 is the default.
func paceVI(ms int) string {
	return strings.Replace(strconv.FormatFloat(float64(cmp.Or(ms, server.DefaultScanPace))/1000, 'f', -1, 64), ".", ",", 1)
}

// readPace reads seconds as people write them, with comma or point; nothing is
// the default, which is 0.
func readPace(text string) (ms int, ok bool) {
	text = strings.Replace(strings.TrimSpace(text), ",", ".", 1)
	if text == "" {
		return 0, true
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x*1000 >= server.MinScanPace && x*1000 <= server.MaxScanPace) {
		return 0, false
	}
	return int(math.Round(x * 1000)), true
}

// A pairingData shows a pairing code, this once.
type pairingData struct {
	frame
	Code, Until, Address, Counter string
	Minutes                       int
	QR                            qrPicture
}

// offerPairing makes a pairing code for a new kiosk.
func (s *Site) offerPairing(c *gin.Context) error {
	f, err := readForm(c)
	if err != nil {
		return err
	}
	t, fields, wrong := readDevice(f)
	if wrong == "" {
		err := s.showPairing(c, "", t)
		if !errors.Is(err, server.ErrInvalid) {
			return err
		}
		wrong = "Tên quầy hoặc tên gợi nhớ có ký tự không dùng được."
	}
	p, err := s.devicesPage(c)
	if err != nil {
		return err
	}
	p.Form, p.Wrong = fields, wrong
	return s.show(c, http.StatusUnprocessableEntity, "devices", staffPolicy, p)
}

// pairAgain makes a pairing code for a kiosk that is known.
func (s *Site) pairAgain(c *gin.Context) error {
	return s.showPairing(c, c.Param("id"), server.DeviceSettings{})
}

func (s *Site) showPairing(c *gin.Context, id string, t server.DeviceSettings) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	if id != "" {
		d, err := s.svc.Device(c.Request.Context(), id)
		if err != nil {
			return err
		}
		t.Counter = d.Counter
	}
	code, err := s.svc.OfferPairing(c.Request.Context(), id, t)
	if err != nil {
		return err
	}
	if err := s.svc.Audit(c.Request.Context(), u.Name, "offer_pairing", t.Counter); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	// After # the code stays in the browser: no server and no proxy logs it.
	address := strings.TrimRight(s.svc.Config.BaseURL, "/") + "/kiosk"
	picture, err := newQRPicture(address + "#ghep=" + strings.ReplaceAll(code.Code, "-", ""))
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, "pairing", staffPolicy, pairingData{
		frame: s.frame(u, "devices", "Mã ghép ki-ốt"), Code: code.Code, Until: code.Expires.In(server.Zone).Format("15:04"),
		Address: address, Counter: t.Counter, Minutes: server.PairingMinutes, QR: picture,
	})
}

// A deviceData is the form of one kiosk.
type deviceData struct {
	frame
	Row   deviceRow
	Gone  bool
	Form  deviceFields
	Wrong string
	Added string // when it was paired
}

func (s *Site) deviceForm(c *gin.Context) error {
	d, err := s.svc.Device(c.Request.Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.showDevice(c, http.StatusOK, d, newDeviceFields(d.Settings()), "")
}

func (s *Site) showDevice(c *gin.Context, status int, d server.Device, f deviceFields, wrong string) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	return s.show(c, status, "device", staffPolicy, deviceData{
		frame: s.frame(u, "devices", "Ki-ốt "+d.Name()), Row: s.deviceRow(d, s.now()), Gone: d.Revoked, Form: f, Wrong: wrong, Added: momentVI(d.Added),
	})
}

// deviceChanged stores what an administrator changed.
func (s *Site) deviceChanged(c *gin.Context) error {
	ctx := c.Request.Context()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	d, err := s.svc.Device(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	t, fields, wrong := readDevice(f)
	if wrong == "" {
		_, err := s.svc.SetDevice(ctx, d.ID, t)
		switch {
		case errors.Is(err, server.ErrInvalid):
			wrong = "Tên quầy hoặc tên gợi nhớ có ký tự không dùng được."
		case err != nil:
			return err
		}
	}
	if wrong != "" {
		return s.showDevice(c, http.StatusUnprocessableEntity, d, fields, wrong)
	}
	if err := s.auditStaff(c, "change_device", d.ID); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/thiet-bi")
	return nil
}

// deviceRevoked stops a kiosk.
func (s *Site) deviceRevoked(c *gin.Context) error {
	id := c.Param("id")
	if err := s.svc.RevokeDevice(c.Request.Context(), id); err != nil {
		return err
	}
	if err := s.auditStaff(c, "revoke_device", id); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/thiet-bi")
	return nil
}

// auditStaff writes down what who is signed in did.
func (s *Site) auditStaff(c *gin.Context, deed, what string) error {
	u, err := s.staff.who(c)
	if err != nil {
		return err
	}
	if err := s.svc.Audit(c.Request.Context(), u.Name, deed, what); err != nil {
		return fmt.Errorf("writing the audit: %w", err)
	}
	return nil
}

// A qrPicture is a QR code to draw in a page: one path, one unit a module, in
// a square of Size units with the white border it needs.
type qrPicture struct {
	Size int
	Path string
}

func newQRPicture(text string) (qrPicture, error) {
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return qrPicture{}, fmt.Errorf("encoding a QR code: %w", err)
	}
	rows := q.Bitmap() // with its border
	var b strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			n := 0
			for x+n < len(row) && row[x+n] {
				n++
			}
			if n > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, n, n)
				x += n
			}
		}
	}
	return qrPicture{len(rows), b.String()}, nil
}
