package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"hailong/server"
)

type closeCmd struct {
	storeFlags
	Period string `required:"" placeholder:"P" help:"2024-Q1, 2024-H1, 2024-Q3, 2024"`
	To     string `placeholder:"DAY" help:"Số liệu tính đến ngày; mặc định ngày cuối kỳ hoặc hôm qua / last day counted; default: the period's last or yesterday"`
	By     string `placeholder:"TÊN" help:"Người chốt; mặc định tên tài khoản máy / who signs off; default: the machine's user"`
	Reopen bool   `help:"Mở lại kỳ đã chốt; cần --reason / open a closed period again; needs --reason"`
	Reason string `placeholder:"LÝ DO" help:"Lý do mở lại / reason of a reopening"`
	Amend  bool   `help:"Ghi số liệu bổ sung của kỳ đã chốt, đặt cạnh số đã chốt / write down what came late, beside the frozen figures"`
	JSON   bool   `name:"json" help:"Một tài liệu JSON / one JSON document"`
}

// closeResult is what was done, or had been done before.
type closeResult struct {
	Period  string     `json:"period"`
	Result  string     `json:"result"` // closed, already, reopened or amended
	Number  int        `json:"number"`
	By      string     `json:"by"`
	At      string     `json:"at"`
	From    server.Day `json:"from,omitempty"`
	To      server.Day `json:"to,omitempty"`
	Method  string     `json:"method,omitempty"`
	Tallies string     `json:"tallies_sha256,omitempty"`
	SHA256  string     `json:"figures_sha256,omitempty"`
}

// Run freezes a period, opens it again, or writes down what came late. Closing what is closed changes
// nothing and says so; with another last day it is an error.
func (c *closeCmd) Run(e *env) error {
	if _, err := server.ParsePeriod(c.Period); err != nil {
		return fmt.Errorf("%w: --period: %w", errUsage, err)
	}
	if c.Reopen == (c.Reason == "") {
		return fmt.Errorf("%w: --reopen và --reason đi cùng nhau / --reopen and --reason go together", errUsage)
	}
	if c.Amend && (c.Reopen || c.To != "") {
		return fmt.Errorf("%w: --amend không đi cùng --reopen, --to / --amend goes without --reopen and --to", errUsage)
	}
	var to server.Day
	if c.To != "" {
		var err error
		if to, err = server.ParseDay(c.To); err != nil {
			return fmt.Errorf("%w: --to: %w", errUsage, err)
		}
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	p, err := svc.Period(c.Period)
	if err != nil {
		return err
	}
	by := cmp.Or(c.By, e.getenv("USER"), "hailong close")
	var done server.Closing
	result := "closed"
	switch {
	case c.Reopen:
		result = "reopened"
		done, err = svc.ReopenPeriod(e.ctx, p, by, c.Reason)
	case c.Amend:
		result = "amended"
		done, err = svc.AmendPeriod(e.ctx, p, by)
	default:
		done, err = svc.ClosePeriod(e.ctx, p, to, by)
		if errors.Is(err, server.ErrClosed) && done.Number > 0 && (to == "" || to == done.To) {
			result, err = "already", nil
		}
	}
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(closeResult{Period: p.ID, Result: result, Number: done.Number, By: done.By, At: done.At.Format("2006-01-02T15:04:05-07:00"),
			From: done.From, To: done.To, Method: done.Method, Tallies: done.Tallies, SHA256: done.SHA256})
	}
	day := server.DayOf(done.At).VI()
	switch result {
	case "reopened":
		fmt.Fprintf(e.stdout, "Đã mở lại %s, ngày %s, %s. Lý do: %s\n", p.Name(), day, done.By, done.Reason)
	case "amended":
		fmt.Fprintf(e.stdout, "Đã ghi số liệu bổ sung của %s, ngày %s, %s, SHA-256 %s\n", p.Name(), day, done.By, done.SHA256)
	case "already":
		fmt.Fprintf(e.stdout, "Kỳ %s đã chốt từ trước, ngày %s, %s: số liệu từ %s đến %s không đổi.\n", p.Name(), day, done.By, done.From.VI(), done.To.VI())
	default:
		fmt.Fprintf(e.stdout, "Đã chốt %s: số liệu từ %s đến %s, người chốt %s, SHA-256 %s\n", p.Name(), done.From.VI(), done.To.VI(), done.By, done.SHA256)
	}
	return nil
}
