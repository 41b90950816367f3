package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"hailong/scoring/survey"
	"hailong/server"
)

// clockHeader is what a kiosk's clock shows as it sends answers, RFC 3339: with
// it the server measures how wrong that clock is.
const clockHeader = "Hailong-Clock"

// callingDevice returns the device that is calling.
func (s *Site) callingDevice(c *gin.Context) (server.Device, error) {
	text, err := deviceToken(c)
	if err != nil {
		return server.Device{}, err
	}
	if _, err := s.token(c, text); err != nil { // counts the call
		return server.Device{}, err
	}
	return s.svc.DeviceOf(c.Request.Context(), text)
}

// A deviceBody is what a kiosk is told about itself.
type deviceBody struct {
	ID      string `json:"id"`
	Label   string `json:"label"`
	Counter string `json:"counter"`
	// Interval is the least time between two answers without a slip, in seconds.
	Interval int `json:"interval_seconds"`
	// Half says what becomes of an answer that its citizen left unfinished:
	// "keep" or "drop".
	Half string `json:"half"`
	// ScanPace is how long one-switch scanning stays at a choice, in milliseconds.
	ScanPace int `json:"scan_pace_ms"`
	// Hours are by weekday from Sunday; a day without spans is closed.
	Hours [7][]server.Span `json:"hours"`
}

func newDeviceBody(d server.Device) deviceBody {
	b := deviceBody{ID: d.ID, Label: d.Label, Counter: d.Counter, Interval: d.Interval, Half: "keep", ScanPace: d.Pace(), Hours: d.OpeningHours()}
	if d.DropHalf {
		b.Half = "drop"
	}
	for i := range b.Hours {
		if b.Hours[i] == nil {
			b.Hours[i] = []server.Span{}
		}
	}
	return b
}

// apiPair makes a device of whoever knows a pairing code. The token is in the
// answer this once; a browser also keeps it in its cookie.
func (s *Site) apiPair(c *gin.Context) error {
	var b struct {
		Code string `json:"code"`
	}
	if err := readJSON(c, maxDossierBody, &b); err != nil {
		return err
	}
	token, err := s.pair(c, b.Code)
	if errors.Is(err, server.ErrForbidden) {
		return &fieldError{"code", "wrong", survey.Text{
			VI: fmt.Sprintf("Mã ghép không đúng, đã được dùng hoặc đã quá %d phút. Xin lấy mã mới ở trang Thiết bị.", server.PairingMinutes),
			EN: fmt.Sprintf("The pairing code is wrong, used, or older than %d minutes. Please get a new one.", server.PairingMinutes)}}
	}
	if err != nil {
		return err
	}
	d, err := s.svc.DeviceOf(c.Request.Context(), token)
	if err != nil {
		return err
	}
	s.setDevice(c, token)
	c.JSON(http.StatusOK, struct {
		Token  string     `json:"token"`
		Device deviceBody `json:"device"`
	}{token, newDeviceBody(d)})
	return nil
}

// pair exchanges a pairing code for a token, so often and no more.
func (s *Site) pair(c *gin.Context, code string) (token string, err error) {
	if !s.limits.pair(clientNet(c.ClientIP()), s.now()) {
		return "", errLimited
	}
	token, d, err := s.svc.Pair(c.Request.Context(), code)
	if err != nil {
		return "", err
	}
	if err := s.svc.Audit(c.Request.Context(), "device "+d.ID, "pair_device", d.Counter); err != nil {
		return "", fmt.Errorf("writing the audit: %w", err)
	}
	return token, nil
}

// pairForm pairs a kiosk from the form on its page, without script: the field
// "token" takes a pairing code or, as kioskPair does, a device's token.
func (s *Site) pairForm(c *gin.Context) error {
	body, err := readBody(c, maxForm)
	if err != nil {
		return err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	f, err := readForm(c)
	if err != nil {
		return err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	text := strings.TrimSpace(f.one("token"))
	if strings.HasPrefix(text, server.TokenPrefix) {
		return s.kioskPair(c)
	}
	token, err := s.pair(c, text)
	if errors.Is(err, server.ErrForbidden) {
		return s.kioskPair(c) // says that it is wrong
	}
	if err != nil {
		return err
	}
	s.setDevice(c, token)
	c.Redirect(http.StatusSeeOther, "/kiosk")
	return nil
}

// A heartbeatBody is a kiosk's report about itself.
type heartbeatBody struct {
	Clock   time.Time  `json:"clock"`
	Version string     `json:"version"`
	Queue   int        `json:"queue"`
	Refused int        `json:"refused"`
	Oldest  *time.Time `json:"oldest"` // of the device's clock
	Storage struct {
		Persisted bool  `json:"persisted"`
		Failing   bool  `json:"failing"` // it takes no answers
		Used      int64 `json:"used"`
		Quota     int64 `json:"quota"`
	} `json:"storage"`
}

// apiHeartbeat takes a kiosk's report and tells it the time and its settings.
func (s *Site) apiHeartbeat(c *gin.Context) error {
	d, err := s.callingDevice(c)
	if err != nil {
		return err
	}
	var b heartbeatBody
	if err := readJSON(c, maxDossierBody, &b); err != nil {
		return err
	}
	beat := server.Heartbeat{
		Clock: b.Clock, Version: b.Version, Queue: b.Queue, Refused: b.Refused,
		Persisted: b.Storage.Persisted, Failing: b.Storage.Failing, Used: b.Storage.Used, Quota: b.Storage.Quota,
	}
	if b.Oldest != nil {
		beat.Oldest = *b.Oldest
	}
	if d, err = s.svc.Report(c.Request.Context(), d.ID, beat); err != nil {
		return err
	}
	now := s.now()
	c.JSON(http.StatusOK, struct {
		Time   time.Time  `json:"server_time"`
		Skew   int64      `json:"skew_ms"` // the device's clock minus the server's
		Open   bool       `json:"open"`    // within opening hours
		Device deviceBody `json:"device"`
	}{now.In(server.Zone), d.Status.Skew, d.OpeningHours().Open(now), newDeviceBody(d)})
	return nil
}

// The rhythm of a stream of events.
const (
	// streamLook is how often a stream looks into the store for calls: with
	// several servers on one store, the officer's may be another one.
	streamLook = 300 * time.Millisecond
	// streamCheck is how often it looks whether the device may still listen.
	streamCheck = time.Second
	// streamPing is how often something is sent, so that both ends notice a
	// dead line.
	streamPing = 15 * time.Second
	// streamWrite is how long a write may take.
	streamWrite = 20 * time.Second
	// streamRetry is after how many milliseconds a kiosk comes back.
	streamRetry = 2000
)

// apiEvents is a kiosk's stream of server-sent events:
//
//	settings  what the device is told about itself, at first and when it changes
//	invite    invite the citizen whose result was just handed out: handle, procedure,
//	          expires, and as seconds how long that is: kiosks' clocks are wrong
//	withdraw  the invitation with that handle is over: used, replaced or expired
//	revoked   the device was revoked; the stream ends
//	ping      nothing; a kiosk that hears none for long comes back
//
// Only invite has an id. A kiosk that comes back with Last-Event-ID gets the
// open calls after that one.
func (s *Site) apiEvents(c *gin.Context) error {
	device, err := s.callingDevice(c)
	if err != nil {
		return err
	}
	text, err := deviceToken(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	out := stream{c: c, rc: http.NewResponseController(c.Writer)}
	if err := out.begin(); err != nil {
		return err
	}
	// A stream that cannot be written to any more has no one to tell: from
	// here on an error ends it, and the kiosk comes back.
	if err := out.send("settings", "", newDeviceBody(device)); err != nil {
		return nil
	}
	look, check, ping := time.NewTicker(streamLook), time.NewTicker(streamCheck), time.NewTicker(streamPing)
	defer look.Stop()
	defer check.Stop()
	defer ping.Stop()
	told := map[string]server.Call{} // calls that this stream has invited to
	last := c.GetHeader("Last-Event-ID")
	for {
		if err := s.passCalls(c, out, device, last, told); err != nil {
			s.logStream(c, err)
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.hungUp:
			return nil
		case <-look.C:
		case <-ping.C:
			if err := out.send("ping", "", struct{}{}); err != nil {
				return nil
			}
		case <-check.C:
			d, err := s.svc.DeviceOf(ctx, text)
			switch {
			case errors.Is(err, server.ErrForbidden):
				// The last word; whether it arrives or not, the stream ends.
				_ = out.send("revoked", "", struct{}{})
				return nil
			case err != nil:
				s.logStream(c, err)
				return nil
			}
			if settingsOf(d) != settingsOf(device) {
				if err := out.send("settings", "", newDeviceBody(d)); err != nil {
					return nil
				}
			}
			device = d
		}
	}
}

// settingsOf is what of a device its kiosk is told, to compare.
func settingsOf(d server.Device) string {
	b, err := json.Marshal(newDeviceBody(d))
	if err != nil {
		return ""
	}
	return string(b)
}

// passCalls sends what is new among the open calls: those of the device's
// counter that were not told yet, and the end of those that were.
func (s *Site) passCalls(c *gin.Context, out stream, device server.Device, last string, told map[string]server.Call) error {
	calls, err := s.svc.Calls(c.Request.Context())
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, call := range calls {
		open[call.ID] = true
		if _, ok := told[call.ID]; ok || !call.For(device.Counter) {
			continue
		}
		told[call.ID] = call
		if call.ID <= last {
			continue // the kiosk has it from the stream before
		}
		body := struct {
			Handle    string    `json:"handle"`
			Procedure string    `json:"procedure"`
			Expires   time.Time `json:"expires"`
			Seconds   int       `json:"seconds"`
		}{call.Handle, call.Procedure, call.Expires.In(server.Zone), int(call.Expires.Sub(s.now()) / time.Second)}
		if err := out.send("invite", call.ID, body); err != nil {
			return err
		}
	}
	for id, call := range told {
		if !open[id] {
			delete(told, id)
			if err := out.send("withdraw", "", struct {
				Handle string `json:"handle"`
			}{call.Handle}); err != nil {
				return err
			}
		}
	}
	return nil
}

// logStream logs why a stream ended, unless the kiosk hung up.
func (s *Site) logStream(c *gin.Context, err error) {
	if c.Request.Context().Err() == nil {
		s.log.WarnContext(c.Request.Context(), "a kiosk's stream ended", "err", err)
	}
}

// A stream writes server-sent events.
type stream struct {
	c  *gin.Context
	rc *http.ResponseController
}

// begin sends the head. From then on the connection lives until one side ends
// it: the server's limits on a request's time are lifted.
func (o stream) begin() error {
	if err := o.rc.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("opening a stream: %w", err)
	}
	h := o.c.Writer.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("No-Gzip-Compression", "1") // each event must leave at once
	h.Set("X-Accel-Buffering", "no")
	o.c.Status(http.StatusOK)
	return o.write(fmt.Sprintf("retry: %d\n\n", streamRetry))
}

func (o stream) send(event, id string, v any) error {
	b, err := json.Marshal(v) // one line
	if err != nil {
		return fmt.Errorf("encoding an event: %w", err)
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	return o.write(id + "event: " + event + "\ndata: " + string(b) + "\n\n")
}

func (o stream) write(text string) error {
	if err := o.rc.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil { // a stopwatch, not the clock of the house
		return fmt.Errorf("writing to a stream: %w", err)
	}
	if _, err := o.c.Writer.WriteString(text); err != nil {
		return fmt.Errorf("writing to a stream: %w", err)
	}
	if err := o.rc.Flush(); err != nil {
		return fmt.Errorf("writing to a stream: %w", err)
	}
	return nil
}
