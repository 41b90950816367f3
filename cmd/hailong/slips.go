package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"hailong/server"
	"hailong/server/report"
	"hailong/server/store"
)

type slipsCmd struct {
	storeFlags
	From     string   `placeholder:"DAY" help:"Trả kết quả từ ngày / returned from, 2024-01-01"`
	To       string   `placeholder:"DAY" help:"đến ngày / to, 2024-12-31"`
	Dossier  []string `placeholder:"CODE" help:"Chỉ các hồ sơ này / only these dossiers"`
	Out      string   `required:"" placeholder:"slips.pdf" help:"Tệp PDF / PDF file"`
	Codes    string   `placeholder:"codes.csv" help:"Danh sách mã và liên kết, giữ kín / list of codes and links, keep it secret"`
	Channel  []string `placeholder:"direct,online,postal" help:"Chỉ hồ sơ nộp bằng các hình thức này / only dossiers handed in by these channels"`
	Messages string   `placeholder:"messages.csv" help:"Tin nhắn soạn sẵn để gửi, giữ kín / messages ready to send, keep them secret"`
	Layout   string   `default:"a4-8" placeholder:"a4-8|a4-1|thermal-80" help:"Khổ in: a4-8, a4-1, thermal-80 / layout"`
	Reprint  bool     `help:"In lại: phiếu cũ chưa dùng bị hủy / print again, voiding unused slips"`
	Office   string   `placeholder:"TÊN" help:"Tên cơ quan trên phiếu; mặc định theo đơn vị / authority on the slip; default: the unit's"`
	Desk     string   `placeholder:"TÊN" help:"Tên bộ phận trên phiếu; mặc định theo đơn vị / desk on the slip; default: the unit's"`
	JSON     bool     `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// slipsSummary is what the command has done.
type slipsSummary struct {
	Issued    int            `json:"issued"`    // slips printed
	Already   int            `json:"already"`   // dossiers left alone: they have a slip or, with --reprint, an answer
	Uninvited int            `json:"uninvited"` // returned in the period and without an invitation, counted afterwards
	Out       string         `json:"out,omitempty"`
	Codes     string         `json:"codes,omitempty"`
	Messages  string         `json:"messages,omitempty"`
	Rejected  []rejectedSlip `json:"rejected"` // of --dossier
}

type rejectedSlip struct {
	Dossier string `json:"dossier"`
	Reason  string `json:"reason"`
}

// Run issues and prints. The files are opened before anything is issued and
// appear under their names only when they are whole; where that fails, the
// invitations just made are withdrawn, so that no dossier counts as invited
// whose slip nobody can have. With nothing to print no file is written.
func (c *slipsCmd) Run(e *env) error {
	from, to, layout, err := c.check()
	if err != nil {
		return err
	}
	channels, err := c.channels()
	if err != nil {
		return err
	}
	out, err := newOutput(c.Out)
	if err != nil {
		return err
	}
	defer out.discard()
	var codes, messages *output
	for _, list := range []struct {
		path string
		to   **output
	}{{c.Codes, &codes}, {c.Messages, &messages}} {
		if list.path == "" {
			continue
		}
		o, err := newOutput(list.path)
		if err != nil {
			return err
		}
		defer o.discard()
		*list.to = o
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()

	unit := svc.Profile()
	c.Office, c.Desk = cmp.Or(c.Office, unit.Name), cmp.Or(c.Desk, unit.Desk)

	sum := slipsSummary{Rejected: []rejectedSlip{}}
	slips, err := c.issue(e.ctx, svc, from, to, channels, &sum)
	if err == nil && len(slips) > 0 {
		err = c.write(svc, slips, layout, out, codes, messages)
	}
	if err != nil {
		return withdraw(e.ctx, svc, slips, err)
	}
	if sum.Issued = len(slips); sum.Issued > 0 {
		sum.Out, sum.Codes, sum.Messages = c.Out, c.Codes, c.Messages
		if err := svc.Audit(e.ctx, "cli", "print_slips", strconv.Itoa(sum.Issued)); err != nil {
			return err
		}
	}
	if from != "" {
		if sum.Uninvited, err = svc.Uninvited(e.ctx, from, to); err != nil {
			return fmt.Errorf("đếm hồ sơ chưa có phiếu / counting dossiers without a slip: %w", err)
		}
	}
	if err := c.print(e, sum); err != nil {
		return err
	}
	if len(sum.Rejected) > 0 {
		return errRejected
	}
	return nil
}

// check reads the flags.
func (c *slipsCmd) check() (from, to server.Day, layout report.Layout, err error) {
	if layout, err = report.ParseLayout(c.Layout); err != nil {
		return "", "", "", fmt.Errorf("%w: --layout: %w", errUsage, err)
	}
	if c.From != "" || c.To != "" || len(c.Dossier) == 0 {
		if c.From == "" || c.To == "" {
			return "", "", "", fmt.Errorf("%w: cần --from và --to, hoặc --dossier / --from and --to, or --dossier, are needed", errUsage)
		}
		if from, err = server.ParseDay(c.From); err != nil {
			return "", "", "", fmt.Errorf("%w: --from: %w", errUsage, err)
		}
		if to, err = server.ParseDay(c.To); err != nil {
			return "", "", "", fmt.Errorf("%w: --to: %w", errUsage, err)
		}
		if from > to {
			return "", "", "", fmt.Errorf("%w: --from %s sau / is after --to %s", errUsage, from, to)
		}
	}
	files := map[string]string{}
	for _, f := range [][2]string{{"--out", c.Out}, {"--codes", c.Codes}, {"--messages", c.Messages}} {
		path := filepath.Clean(f[1])
		if other := files[path]; f[1] != "" && other != "" {
			return "", "", "", fmt.Errorf("%w: %s và / and %s: cùng một tệp / the same file", errUsage, other, f[0])
		}
		files[path] = f[0]
	}
	return from, to, layout, nil
}

// channels reads the flag; none where it was not given.
func (c *slipsCmd) channels() (list []server.Channel, err error) {
	for _, name := range c.Channel {
		channel, err := server.ParseChannel(name)
		if err != nil {
			return nil, fmt.Errorf("%w: --channel: %w", errUsage, err)
		}
		list = append(list, channel)
	}
	return list, nil
}

// issue makes the invitations. The slips it returns with an error were made.
func (c *slipsCmd) issue(ctx context.Context, svc *server.Service, from, to server.Day, channels []server.Channel, sum *slipsSummary) (slips []server.Slip, err error) {
	how := server.IssueOnce
	if c.Reprint {
		how = server.Reissue
	}
	if len(c.Dossier) == 0 {
		sum.Already, err = svc.IssueAll(ctx, from, to, how, func(s server.Slip) error {
			slips = append(slips, s)
			return nil
		}, channels...)
		if err != nil {
			err = fmt.Errorf("phát hành phiếu / issuing slips: %w", err)
		}
		return slips, err
	}
	for _, text := range c.Dossier {
		reject := func(reason string) { sum.Rejected = append(sum.Rejected, rejectedSlip{text, reason}) }
		code, err := server.ParseDossierCode(strings.TrimSpace(text))
		if err != nil {
			reject("không phải mã hồ sơ / not a dossier code")
			continue
		}
		d, err := svc.Dossier(ctx, code)
		switch {
		case errors.Is(err, server.ErrNotFound):
			reject("không có hồ sơ này / no such dossier")
			continue
		case err != nil:
			return slips, err
		case !svc.Earns(d):
			reject("hồ sơ chưa trả kết quả / the dossier is not returned yet")
			continue
		case len(channels) > 0 && !slices.Contains(channels, d.Channel):
			reject("nộp bằng hình thức khác / handed in by another channel")
			continue
		case from != "" && (d.ReturnDay() < from || d.ReturnDay() > to):
			reject("trả kết quả ngày " + d.ReturnDay().VI() + ", ngoài kỳ / returned outside the period")
			continue
		}
		slip, err := svc.Issue(ctx, code, how)
		switch {
		case errors.Is(err, store.ErrExists) || errors.Is(err, server.ErrAnswered):
			sum.Already++
		case err != nil:
			return slips, fmt.Errorf("phát hành phiếu / issuing slips: %w", err)
		default:
			slips = append(slips, slip)
		}
	}
	return slips, nil
}

// write makes the files: first whole and durable beside their places, then in
// place, the sheet last. codes and messages are nil where nobody asked for them.
func (c *slipsCmd) write(svc *server.Service, slips []server.Slip, layout report.Layout, out, codes, messages *output) error {
	err := report.Slips(out, slips, layout, report.SlipOptions{Office: c.Office, Desk: c.Desk, Created: svc.Now()})
	if err != nil {
		return err
	}
	files := []*output{}
	if codes != nil {
		rows := [][]string{{"dossier", "code", "url"}}
		for _, s := range slips {
			rows = append(rows, []string{string(s.Dossier), s.Code.Text(), s.URL})
		}
		if err := csv.NewWriter(codes).WriteAll(rows); err != nil {
			return fmt.Errorf("writing the codes: %w", err)
		}
		files = append(files, codes)
	}
	if messages != nil {
		if err := writeMessages(messages, slips, c.Office, svc.Config.BaseURL); err != nil {
			return fmt.Errorf("writing the messages: %w", err)
		}
		files = append(files, messages)
	}
	files = append(files, out)
	for _, f := range files {
		if err := f.sync(); err != nil {
			return err
		}
	}
	for _, f := range files {
		if err := f.keep(); err != nil {
			return err
		}
	}
	return nil
}

// withdraw takes back slips that could not be handed out and explains why.
func withdraw(ctx context.Context, svc *server.Service, slips []server.Slip, why error) error {
	if len(slips) == 0 {
		return why
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var g errgroup.Group
	g.SetLimit(64)
	for _, s := range slips {
		g.Go(func() error { return svc.Withdraw(ctx, s) })
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("không in được phiếu và không thu hồi được hết %d phiếu vừa phát hành; hãy chạy lại với --reprint / slips were issued but not printed; run again with --reprint: %w", len(slips), errors.Join(why, err))
	}
	return fmt.Errorf("không in được phiếu; %d phiếu vừa phát hành đã được thu hồi, hãy chạy lại / nothing was printed and the slips were withdrawn; run again: %w", len(slips), why)
}

func (c *slipsCmd) print(e *env, sum slipsSummary) error {
	if h := strings.ToLower(c.BaseURL); sum.Issued > 0 && (strings.Contains(h, "://localhost") || strings.Contains(h, "://127.")) {
		fmt.Fprintln(e.stderr, "Chú ý: phiếu in địa chỉ", c.BaseURL, "mà điện thoại không mở được; đặt --base-url / phones cannot open this address; set --base-url")
	}
	for _, r := range sum.Rejected {
		fmt.Fprintf(e.stderr, "%s: %s\n", r.Dossier, r.Reason)
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(sum)
	}
	var b strings.Builder
	if sum.Issued == 0 {
		b.WriteString("Không có phiếu nào cần in; không ghi tệp nào.\n")
	} else {
		fmt.Fprintf(&b, "Đã phát hành %d phiếu: %s\n", sum.Issued, sum.Out)
		if sum.Codes != "" {
			fmt.Fprintf(&b, "Mã phiếu: %s (nơi duy nhất còn đọc được mã, hãy giữ kín)\n", sum.Codes)
		}
		if sum.Messages != "" {
			fmt.Fprintf(&b, "Tin nhắn: %s (có mã phiếu, gửi xong thì xóa)\n", sum.Messages)
		}
	}
	fmt.Fprintf(&b, "Đã có phiếu%s: %d hồ sơ\n", map[bool]string{true: " đã dùng"}[c.Reprint], sum.Already)
	if c.From != "" {
		fmt.Fprintf(&b, "Đã trả kết quả mà chưa có phiếu: %d hồ sơ\n", sum.Uninvited)
	}
	_, err := fmt.Fprint(e.stdout, b.String())
	return err
}
