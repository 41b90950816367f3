package main

import (
	"fmt"

	"hailong/server"
)

type tokenCmd struct {
	Add tokenAddCmd `cmd:"" help:"Tạo khóa, in ra một lần. / Make a token and print it once."`
}

type tokenAddCmd struct {
	storeFlags
	Role    string `required:"" help:"device, city, observer, reporter, leader, inspector, admin"`
	Label   string `help:"Tên gợi nhớ / label"`
	Counter string `help:"Quầy đặt ki-ốt / the counter a kiosk stands at"`
}

func (c *tokenAddCmd) Run(e *env) error {
	role, err := server.ParseRole(c.Role)
	if err != nil {
		return fmt.Errorf("%w: --role: %w", errUsage, err)
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	text, err := svc.AddToken(e.ctx, server.Token{Role: role, Label: c.Label, Counter: c.Counter})
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, text)
	return svc.Audit(e.ctx, "cli", "add_token", string(role))
}
