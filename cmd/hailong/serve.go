package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"hailong/migrations"
	"hailong/server"
	"hailong/server/demo"
	"hailong/server/store"
	"hailong/server/store/sqlite"
	"hailong/server/web"
)

type serveCmd struct {
	storeFlags
	Listen string `default:"localhost:8080" help:"Địa chỉ lắng nghe / address to listen on"`
	alertFlags
	mailFlags
	ssoFlags
	TOTPRequired []string `name:"totp-required" placeholder:"leader,admin" help:"Vai trò bắt buộc xác thực hai bước / roles that must have a second factor"`

	Demo bool `help:"Nạp năm mẫu khi kho trống / fill an empty store with the sample year"`
}

// Run serves until the context ends, then lets requests under way finish.
func (c *serveCmd) Run(e *env) error {
	if err := c.alertFlags.check(); err != nil {
		return err
	}
	second, err := peopleOf(c.TOTPRequired)
	if err != nil {
		return fmt.Errorf("%w: --totp-required: %w", errUsage, err)
	}
	signOn, err := c.ssoFlags.config()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(e.stderr, nil))
	if path, ok := c.sqlitePath(); ok && path != "" {
		lock, err := sqlite.LockServe(path)
		if err != nil {
			return explain(err)
		}
		defer lock.Close()
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	ways, err := channels(c.alertFlags, c.mailFlags, svc, log)
	if err != nil {
		return err
	}

	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("không lắng nghe được ở %s / cannot listen: %w", c.Listen, err)
	}
	defer l.Close()

	if c.Demo {
		if err := demo.Fill(e.ctx, svc, e.stderr); err != nil {
			return fmt.Errorf("nạp dữ liệu mẫu / filling the sample year: %w", err)
		}
		if err := demo.FillWards(e.ctx, svc, e.stderr); err != nil {
			return fmt.Errorf("nạp hai phường mẫu / filling the sample wards: %w", err)
		}
	}
	isDemo, err := demo.Marked(e.ctx, svc)
	if err != nil {
		return err
	}
	site, err := web.New(web.Options{Service: svc, Log: log, Demo: isDemo, Version: version, Ready: migrated(svc.Store), AlertAfter: c.after(), SecondFactorFor: second, SingleSignOn: signOn})
	if err != nil {
		return err
	}
	if err := c.announce(e, svc, l.Addr().String(), isDemo); err != nil {
		return err
	}
	var background sync.WaitGroup
	defer background.Wait()
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	background.Go(func() { sealHourly(ctx, svc, log) })
	background.Go(func() { watchKiosks(ctx, svc, c.after(), ways, log) })
	background.Go(func() { watchFigures(ctx, svc, ways, log) })
	return serve(e.ctx, l, site, log)
}

// peopleOf reads the names of roles that people sign in with.
func peopleOf(names []string) ([]server.Role, error) {
	var out []server.Role
	for _, name := range names {
		r, err := server.ParseRole(strings.TrimSpace(name))
		if err == nil && (r == server.RoleDevice || r == server.RoleCity) {
			err = fmt.Errorf("%w: nobody signs in as %s", server.ErrInvalid, r)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// sealHourly keeps the sealed tallies and the ledger up to date. Tallies are a
// cache: when it fails, figures are read from the answers and stay right. What
// the ledger lacks is entered the next time.
func sealHourly(ctx context.Context, svc *server.Service, log *slog.Logger) {
	var tidied server.Day
	for {
		today := svc.Today()
		err := svc.Every(ctx, func(svc *server.Service) error {
			log := log.With("unit", svc.Config.Unit)
			seal(ctx, svc, log)
			if tidied != today {
				dropLoose(ctx, svc, log)
			}
			return nil
		})
		tidied = today
		if err != nil && ctx.Err() == nil {
			log.Error("listing units", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}

func seal(ctx context.Context, svc *server.Service, log *slog.Logger) {
	switch n, err := svc.SealDays(ctx); {
	case err != nil && ctx.Err() == nil:
		log.Error("sealing days", "err", err)
	case n > 0:
		log.Info("sealed days", "seals", n)
	}
	if err := svc.CountDossiers(ctx); err != nil && ctx.Err() == nil {
		log.Error("counting dossiers", "err", err)
	}
	if err := svc.SettleInvitations(ctx); err != nil && ctx.Err() == nil {
		log.Error("settling the marks of invitations", "err", err)
	}
	switch n, err := svc.Sequence(ctx); {
	case err != nil && ctx.Err() == nil:
		log.Error("entering answers in the ledger", "err", err)
	case n > 0:
		log.Info("entered answers in the ledger", "lines", n)
	}
	switch n, err := svc.EscalateCases(ctx); {
	case err != nil && ctx.Err() == nil:
		log.Error("escalating cases", "err", err)
	case n > 0:
		log.Info("escalated cases", "cases", n)
	}
}

// dropLoose finishes what a server killed in the middle of a withdrawal left.
func dropLoose(ctx context.Context, svc *server.Service, log *slog.Logger) {
	switch n, err := svc.DropLoose(ctx); {
	case err != nil && ctx.Err() == nil:
		log.Error("removing words of withdrawn answers", "err", err)
	case n > 0:
		log.Info("removed words of withdrawn answers", "answers", n)
	}
}

// migrated reports, for /readyz, a store that lacks a migration or that a newer
// program has changed.
func migrated(st store.Store) func(context.Context) error {
	return func(ctx context.Context) error {
		all, err := migrations.Status(ctx, st)
		if err != nil {
			return err
		}
		for _, m := range all {
			if !m.Applied {
				return fmt.Errorf("migration %d is not applied", m.Number)
			}
		}
		return nil
	}
}

// announce prints the addresses and, once, the first administrator's password.
func (c *serveCmd) announce(e *env, svc *server.Service, addr string, isDemo bool) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("reading the address: %w", err)
	}
	base := strings.TrimRight(c.BaseURL, "/")
	if isDemo {
		base = "http://localhost:" + port
	}
	w := e.stdout
	fmt.Fprintf(w, "Hài Lòng %s\n\n", version)
	fmt.Fprintf(w, "  Bảng công khai    %s/cong-khai\n", base)
	if isDemo {
		code, err := demo.SampleCode(e.ctx, svc)
		if err != nil {
			return fmt.Errorf("making a sample slip: %w", err)
		}
		fmt.Fprintf(w, "  Phiếu đánh giá    %s/q/%s\n", base, code.Text())
		fmt.Fprintf(w, "  Mã phiếu mẫu      %s\n", code.Fours())
	} else {
		fmt.Fprintf(w, "  Phiếu đánh giá    %s/q\n", base)
	}
	fmt.Fprintf(w, "  Ki-ốt             %s/kiosk\n", base)
	if isDemo {
		token, err := demo.KioskToken(e.ctx, svc)
		if err != nil {
			return fmt.Errorf("making a sample kiosk: %w", err)
		}
		fmt.Fprintf(w, "  Mã ghép ki-ốt     %s\n", token)
	}
	fmt.Fprintf(w, "  Cán bộ            %s/dang-nhap\n", base)
	users, err := svc.Users(e.ctx)
	if err != nil {
		return err
	}
	added := false
	password := server.RandomPassword()
	if len(users) == 0 {
		// Of two servers that start at once on an empty store, one adds the
		// administrator and prints a password that works.
		err := svc.AddUser(e.ctx, "admin", server.RoleAdmin, password)
		if err != nil && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("making the first administrator: %w", err)
		}
		if added = err == nil; added {
			if err := svc.Audit(e.ctx, "cli", "add_user", "admin admin"); err != nil {
				return err
			}
		}
	}
	if added {
		fmt.Fprintf(w, "\n  Quản trị viên đầu tiên: admin   mật khẩu: %s\n  (chỉ in một lần; đổi bằng: hailong user passwd admin)\n", password)
		if isDemo {
			people, err := demo.AddPeople(e.ctx, svc)
			if err != nil {
				return fmt.Errorf("thêm người dùng mẫu / adding the sample's users: %w", err)
			}
			fmt.Fprintf(w, "\n  Người dùng mẫu, mỗi vai trò một người (mật khẩu cũng chỉ in một lần):\n")
			for _, p := range people {
				fmt.Fprintf(w, "    %-11s mật khẩu: %s   %s\n", p.Name, p.Password, p.Who)
			}
		}
	} else {
		fmt.Fprintf(w, "\n  Đã có người dùng; đặt lại mật khẩu bằng: hailong user passwd TÊN\n")
	}
	fmt.Fprintln(w)
	return nil
}

func serve(ctx context.Context, l net.Listener, h *web.Site, log *slog.Logger) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second, // a phone on a bad line
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	srv.RegisterOnShutdown(h.HangUp)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	log.Info("serving", "listen", l.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := srv.Shutdown(stopping); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	log.Info("stopped")
	return nil
}
