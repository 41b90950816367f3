package main

import (
	"encoding/json"
	"fmt"

	"hailong/server"
)

type unitCmd struct {
	Add  unitAddCmd  `cmd:"" help:"Thêm đơn vị dùng chung kho, hoặc sửa thông tin. / Add a unit on this store, or change what is known of it."`
	List unitListCmd `cmd:"" help:"Liệt kê đơn vị. / List the units."`
}

type unitAddCmd struct {
	storeFlags
	ID        string  `arg:"" help:"Mã đơn vị: a–z, 0–9, gạch nối / id"`
	Name      string  `required:"" help:"Tên đầy đủ, như trên công văn / full name"`
	Level     string  `default:"ward" enum:"ward,city" help:"ward: phường, xã; city: thành phố, xem các đơn vị trực thuộc / sees the units below"`
	Parent    string  `placeholder:"ID" help:"Đơn vị cấp trên / the unit above"`
	From      string  `placeholder:"DAY" help:"Ngày bắt đầu tồn tại / first day"`
	To        string  `placeholder:"DAY" help:"Ngày cuối cùng / last day"`
	Form      string  `placeholder:"ID" help:"Mẫu báo cáo: 2024-quan, 2025-thanh-pho / form of reports"`
	Authority string  `help:"Nơi nhận báo cáo (Kính gửi) / addressee of reports"`
	Target    float64 `help:"Mục tiêu hài lòng riêng, ví dụ 0.9 / own target of satisfaction"`
	OnTime    float64 `help:"Mục tiêu đúng hạn riêng, ví dụ 0.95 / own target on time"`
}

func (c *unitAddCmd) Run(e *env) error {
	u := server.Unit{ID: c.ID, Name: c.Name, Level: server.Level(c.Level), Parent: c.Parent, Profile: c.Form, Authority: c.Authority, Target: c.Target, OnTimeTarget: c.OnTime}
	for _, d := range []struct {
		text string
		to   *server.Day
	}{{c.From, &u.ValidFrom}, {c.To, &u.ValidTo}} {
		if d.text == "" {
			continue
		}
		day, err := server.ParseDay(d.text)
		if err != nil {
			return fmt.Errorf("%w: ngày viết như / a day is written 2025-07-01", errUsage)
		}
		*d.to = day
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	if err := svc.PutUnit(e.ctx, u); err != nil {
		return err
	}
	return svc.Audit(e.ctx, "cli", "unit", u.ID)
}

type unitListCmd struct {
	storeFlags
	JSON bool `name:"json" help:"JSON"`
}

func (c *unitListCmd) Run(e *env) error {
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	units, err := svc.Units(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		type row struct {
			ID string `json:"id"`
			server.Unit
		}
		rows := make([]row, 0, len(units))
		for _, u := range units {
			rows = append(rows, row{u.ID, u})
		}
		return json.NewEncoder(e.stdout).Encode(rows)
	}
	if len(units) == 0 {
		fmt.Fprintf(e.stdout, "%-20s %-5s %s\n", svc.Config.Unit, server.LevelWard, svc.Profile().Full)
	}
	for _, u := range units {
		fmt.Fprintf(e.stdout, "%-20s %-5s %s %s–%s\n", u.ID, u.Level, u.Name, u.ValidFrom.VI(), u.ValidTo.VI())
	}
	return nil
}
