package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"hailong/server"
)

// alertFlags say who is told when a kiosk is in trouble.
type alertFlags struct {
	AlertAfter   int    `default:"10" placeholder:"MINUTES" help:"Ki-ốt im lặng bao nhiêu phút trong giờ làm việc thì báo đỏ / minutes of opening hours until a silent kiosk is red"`
	AlertWebhook string `placeholder:"URL" help:"Nơi nhận cảnh báo ki-ốt (POST JSON có chữ ký) / where alerts about kiosks are posted, signed"`
	AlertSecret  string `placeholder:"SECRET" help:"Khóa ký cảnh báo, ít nhất 16 ký tự; nên đặt bằng HAILONG_ALERT_SECRET / key of the signature, at least 16 characters; better by HAILONG_ALERT_SECRET"`
}

// minAlertSecret is the shortest key of a signature, in bytes.
const minAlertSecret = 16

func (f alertFlags) check() error {
	if f.AlertAfter < 1 || f.AlertAfter > 24*60 {
		return fmt.Errorf("%w: --alert-after: 1 đến 1440 phút / 1 to 1440 minutes", errUsage)
	}
	if f.AlertWebhook == "" {
		return nil
	}
	u, err := url.Parse(f.AlertWebhook)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: --alert-webhook: cần địa chỉ http(s) / an http(s) address is needed", errUsage)
	}
	if len(f.AlertSecret) < minAlertSecret {
		return fmt.Errorf("%w: --alert-secret: cần ít nhất %d ký tự / at least %d characters are needed", errUsage, minAlertSecret, minAlertSecret)
	}
	return nil
}

func (f alertFlags) after() time.Duration { return time.Duration(f.AlertAfter) * time.Minute }

func (f alertFlags) hook(svc *server.Service) webhook {
	return webhook{url: f.AlertWebhook, secret: f.AlertSecret, now: svc.Now, client: &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A notice is what somebody is told: posted as JSON, or mailed as a letter.
type notice interface{ letter() letter }

// A channel is a way to tell, with the name that the store knows it by.
type channel struct {
	name server.AlertChannel
	send func(ctx context.Context, svc *server.Service, n notice) error
}

// channels lists the ways to tell that were asked for.
func channels(a alertFlags, m mailFlags, svc *server.Service, log *slog.Logger) ([]channel, error) {
	var out []channel
	if a.AlertWebhook != "" {
		hook := a.hook(svc)
		out = append(out, channel{server.AlertByWebhook, func(ctx context.Context, _ *server.Service, n notice) error { return hook.post(ctx, n) }})
	}
	mails, err := m.mailer(svc, log)
	if err != nil {
		return nil, err
	}
	if mails != nil {
		out = append(out, channel{server.AlertByMail, func(ctx context.Context, svc *server.Service, n notice) error {
			return mails.send(ctx, n.letter().from(svc.Config.Unit, svc.Config.BaseURL))
		}})
	}
	return out, nil
}

// from adds which unit a letter is about and where there is more.
func (l letter) from(unit, base string) letter {
	l.ID = unit + "." + l.ID
	l.Text += fmt.Sprintf("\n\nĐơn vị: %s\nXem chi tiết (cần đăng nhập): %s/dang-nhap\n\nThư tự động của phần mềm Hài Lòng; không cần trả lời thư này.\n", unit, base)
	return l
}

// watchEvery is how often the kiosks are looked at.
const watchEvery = 20 * time.Second

// watchKiosks removes the calls that are over and tells of kiosks in trouble,
// until the context ends.
func watchKiosks(ctx context.Context, svc *server.Service, after time.Duration, ways []channel, log *slog.Logger) {
	for {
		err := svc.Every(ctx, func(svc *server.Service) error {
			if _, err := svc.Calls(ctx); err != nil && ctx.Err() == nil {
				log.Error("removing calls that are over", "unit", svc.Config.Unit, "err", err)
			}
			var errs []error
			for _, way := range ways {
				errs = append(errs, svc.WatchDevices(ctx, way.name, after, func(ctx context.Context, n server.DeviceNotice) error {
					return way.send(ctx, svc, newNoticeBody(svc.Config.Unit, n))
				}))
			}
			return errors.Join(errs...)
		})
		if err != nil && ctx.Err() == nil {
			log.Error("watching kiosks", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(watchEvery):
		}
	}
}

// remindEvery is how often the reports that are due and the thresholds are looked
// at.
const remindEvery = 10 * time.Minute

// watchFigures tells of reports that are due and of thresholds that are passed,
// until the context ends.
func watchFigures(ctx context.Context, svc *server.Service, ways []channel, log *slog.Logger) {
	for len(ways) > 0 {
		for _, way := range ways {
			if err := watchReports(ctx, svc, way); err != nil && ctx.Err() == nil {
				log.Error("reminding of reports", "err", err)
			}
			if err := watchThresholds(ctx, svc, way); err != nil && ctx.Err() == nil {
				log.Error("watching thresholds", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(remindEvery):
		}
	}
}

// watchReports looks once at the reports that are due of every unit.
func watchReports(ctx context.Context, svc *server.Service, way channel) error {
	return svc.Every(ctx, func(svc *server.Service) error {
		return svc.WatchReports(ctx, way.name, func(ctx context.Context, d server.DueReport) error {
			return way.send(ctx, svc, newReminderBody(svc, d))
		})
	})
}

// watchThresholds looks once at the thresholds of every unit.
func watchThresholds(ctx context.Context, svc *server.Service, way channel) error {
	return svc.Every(ctx, func(svc *server.Service) error {
		return svc.WatchThresholds(ctx, way.name, func(ctx context.Context, n server.ThresholdNotice) error {
			return way.send(ctx, svc, newThresholdBody(svc.Config.Unit, n))
		})
	})
}

// A reminderBody is what is posted of a report that is due.
type reminderBody struct {
	ID     string     `json:"id"`    // of the reminder: one for each of 14, 7 and 1 day
	Event  string     `json:"event"` // report.due
	Unit   string     `json:"unit"`
	Period string     `json:"period"`
	Before server.Day `json:"before"` // to be sent before this day
	Left   int        `json:"days_left"`
	Closed bool       `json:"closed"`
	Text   string     `json:"text"` // for people
}

// newReminderBody makes the reminder of a unit. Its id begins with the unit's where
// that is not the home, so that reminders of several units can be told apart.
func newReminderBody(svc *server.Service, d server.DueReport) reminderBody {
	id, unit := fmt.Sprintf("%s/%d", d.ID, d.Reminder()), svc.Config.Unit
	if unit != svc.Home() {
		id = unit + "/" + id
	}
	state := "chưa chốt số liệu"
	if d.Closed {
		state = "đã chốt, chưa ghi nhận gửi"
	}
	return reminderBody{ID: id, Event: "report.due", Unit: unit, Period: d.ID, Before: d.Before, Left: d.Left, Closed: d.Closed,
		Text: fmt.Sprintf("Báo cáo %s phải gửi trước ngày %s (còn %d ngày), %s.", d.Name(), d.Before.VI(), d.Left, state)}
}

func (b reminderBody) letter() letter {
	return letter{ID: fmt.Sprintf("%s.%s", b.Event, b.ID), Subject: fmt.Sprintf("Báo cáo sắp đến hạn: còn %d ngày", b.Left), Text: b.Text}
}

// A webhook posts notices to one address. The header Hailong-Signature is
// t=UNIX,v1=HEX, where HEX is HMAC-SHA256 under the secret of UNIX, a dot and
// the body: who checks it, and that t is recent, takes no forged and no
// replayed alert.
type webhook struct {
	url, secret string
	now         func() time.Time
	client      *http.Client
}

// A noticeBody is what is posted. The same alert has the same id when it
// begins and when it ends.
type noticeBody struct {
	ID      string         `json:"id"`
	Event   string         `json:"event"` // kiosk.trouble or kiosk.well
	Trouble server.Trouble `json:"trouble"`
	Unit    string         `json:"unit"`
	Device  string         `json:"device"`
	Label   string         `json:"label"`
	Counter string         `json:"counter"`
	Since   time.Time      `json:"since"`
	Over    *time.Time     `json:"over,omitempty"`
	Seen    *time.Time     `json:"last_seen,omitempty"`
	Queue   int            `json:"queue"`
	Text    string         `json:"text"` // for people
}

func newNoticeBody(unit string, n server.DeviceNotice) noticeBody {
	d := n.Device
	b := noticeBody{ID: n.Alert, Event: "kiosk.trouble", Trouble: n.Trouble, Unit: unit, Device: d.ID, Label: d.Label, Counter: d.Counter, Since: n.Since.In(server.Zone)}
	if d.Status != nil {
		seen := d.Status.Seen.In(server.Zone)
		b.Seen, b.Queue = &seen, d.Status.Queue
	}
	switch {
	case !n.Over.IsZero():
		over := n.Over.In(server.Zone)
		b.Event, b.Over = "kiosk.well", &over
		b.Text = fmt.Sprintf("Ki-ốt %s (%s) hoạt động trở lại.", d.Counter, d.Name())
	case n.Trouble == server.TroubleStuck:
		b.Text = fmt.Sprintf("Ki-ốt %s (%s) không gửi được câu trả lời.", d.Counter, d.Name())
	default:
		b.Text = fmt.Sprintf("Ki-ốt %s (%s) mất liên lạc.", d.Counter, d.Name())
	}
	return b
}

func (b noticeBody) letter() letter {
	subject := "Ki-ốt cần xem ngay"
	if b.Over != nil {
		subject = "Ki-ốt hoạt động trở lại"
	}
	return letter{ID: b.Event + "." + b.ID, Subject: subject, Text: b.Text}
}

// post posts one notice. Anything but a 2xx answer is an error.
func (w webhook) post(ctx context.Context, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding an alert: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("posting an alert: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "hailong/"+version)
	r.Header.Set("Hailong-Signature", sign(w.secret, w.now(), body))
	resp, err := w.client.Do(r)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err // the address may hold a secret of its own
		}
		return fmt.Errorf("posting an alert: %w", err)
	}
	defer resp.Body.Close()
	// Read to the end, within reason, so that the connection can be used again.
	if _, err := io.CopyN(io.Discard, resp.Body, 64<<10); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("posting an alert: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("posting an alert: status %d", resp.StatusCode)
	}
	return nil
}

func sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + "."))
	m.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(m.Sum(nil))
}
