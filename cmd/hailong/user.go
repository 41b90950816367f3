package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"hailong/server"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Thêm người dùng. / Add a user."`
	Passwd userPasswdCmd `cmd:"" help:"Đổi mật khẩu. / Change a password."`
	List   userListCmd   `cmd:"" help:"Liệt kê. / List."`

	SSO     userSSOCmd     `cmd:"" name:"sso" help:"Gắn người dùng với tài khoản đăng nhập một lần. / Tie a user to an account at the identity provider."`
	TOTPOff userTOTPOffCmd `cmd:"" name:"totp-off" help:"Bỏ xác thực hai bước của một người, khi mất điện thoại. / Take a user's second factor away."`
}

type userAddCmd struct {
	storeFlags
	Name string `arg:"" help:"Tên đăng nhập / user name"`
	Role string `required:"" help:"officer, reporter, leader, inspector, observer, admin"`
	// Officer is who the user is in the dossiers.
	Officer string `placeholder:"ID" help:"Tên hoặc mã công chức như trong hồ sơ / the officer in dossiers that this is"`
}

func (c *userAddCmd) Run(e *env) error {
	role, err := server.ParseRole(c.Role)
	if err != nil || role == server.RoleDevice || role == server.RoleCity {
		return fmt.Errorf("%w: --role: officer, reporter, leader, inspector, observer, admin", errUsage)
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	if _, err := svc.User(e.ctx, c.Name); err == nil {
		return fmt.Errorf("đã có người dùng %s / the user exists; dùng / use: hailong user passwd", c.Name)
	} else if !errors.Is(err, server.ErrNotFound) {
		return err
	}
	if err := setPassword(e, svc, c.Name, role); err != nil || c.Officer == "" {
		return err
	}
	return svc.SetOfficer(e.ctx, c.Name, c.Officer)
}

type userPasswdCmd struct {
	storeFlags
	Name string `arg:"" help:"Tên đăng nhập / user name"`
}

func (c *userPasswdCmd) Run(e *env) error {
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	if _, err := svc.User(e.ctx, c.Name); err != nil {
		return err
	}
	return setPassword(e, svc, c.Name, "")
}

// setPassword reads the password from the terminal without showing it, or from
// the first line of standard input; an empty one asks for a random one, which
// is printed.
func setPassword(e *env, svc *server.Service, name string, role server.Role) error {
	password, err := readPassword(e)
	if err != nil {
		return fmt.Errorf("đọc mật khẩu / reading the password: %w", err)
	}
	random := password == ""
	if random {
		password = server.RandomPassword()
	}
	if err := svc.SetPassword(e.ctx, name, role, password); err != nil {
		return err
	}
	if random {
		fmt.Fprintln(e.stdout, password)
	}
	if role != "" {
		return svc.Audit(e.ctx, "cli", "add_user", name+" "+string(role))
	}
	return svc.Audit(e.ctx, "cli", "set_password", name)
}

func readPassword(e *env) (string, error) {
	if f, ok := e.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprint(e.stderr, "Mật khẩu (để trống để tạo ngẫu nhiên) / password (empty: random): ")
		b, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(e.stderr)
		return string(b), err
	}
	if e.stdin == nil {
		return "", nil
	}
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 4096)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

type userListCmd struct {
	storeFlags
	JSON bool `name:"json" help:"JSON"`
}

func (c *userListCmd) Run(e *env) error {
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	users, err := svc.Users(e.ctx)
	if err != nil {
		return err
	}
	type row struct {
		Name    string      `json:"name"`
		Role    server.Role `json:"role"`
		Created server.Day  `json:"created"`
		TOTP    bool        `json:"totp"` // has a second factor
	}
	rows := make([]row, 0, len(users))
	for _, u := range users {
		rows = append(rows, row{u.Name, u.Role, u.Created, u.HasSecondFactor()})
	}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(rows)
	}
	for _, r := range rows {
		second := ""
		if r.TOTP {
			second = " hai bước / totp"
		}
		fmt.Fprintf(e.stdout, "%-20s %-10s %s%s\n", r.Name, r.Role, r.Created.VI(), second)
	}
	return nil
}

type userTOTPOffCmd struct {
	storeFlags
	Name string `arg:"" help:"Tên đăng nhập / user name"`
}

// Run takes the second factor away: the next sign-in asks for the password
// only, and sessions from before end.
func (c *userTOTPOffCmd) Run(e *env) error {
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	if err := svc.DropSecondFactor(e.ctx, c.Name); err != nil {
		return err
	}
	return svc.Audit(e.ctx, "cli", "second_factor_reset", strings.ToLower(c.Name))
}

type userSSOCmd struct {
	storeFlags
	Name    string `arg:"" help:"Tên đăng nhập / user name"`
	Account string `arg:"" optional:"" help:"Tài khoản, thường là thư điện tử; bỏ trống để gỡ / the account, often an e-mail address; empty to untie"`
}

func (c *userSSOCmd) Run(e *env) error {
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	if err := svc.SetExternal(e.ctx, c.Name, c.Account); err != nil {
		return err
	}
	return svc.Audit(e.ctx, "cli", "set_external", strings.ToLower(c.Name))
}
