// Command hailong is the satisfaction service of a one-stop desk: one binary
// that serves, imports, prints slips, scores, reports and looks after its store.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"hailong/server"
	"hailong/server/store"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// Exit codes of every command.
const (
	exitDone     = 0
	exitFailed   = 1
	exitUsage    = 2
	exitRejected = 3 // done, but some input was rejected
)

// errRejected says that the command is done and has reported what it rejected.
var errRejected = errors.New("some input was rejected")

// errUsage marks errors of how the command was called.
var errUsage = errors.New("wrong usage")

// env is what a command gets from the outside.
type env struct {
	ctx            context.Context
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

type cli struct {
	Serve    serveCmd    `cmd:"" default:"withargs" help:"Chạy dịch vụ (lệnh mặc định). / Run the service (default command)."`
	Import   importCmd   `cmd:"" help:"Nhập danh sách hồ sơ từ XLSX hoặc CSV. / Import dossiers from XLSX or CSV."`
	Answers  answersCmd  `cmd:"" help:"Câu trả lời xuất từ ki-ốt. / Answers exported from a kiosk."`
	Paper    paperCmd    `cmd:"" help:"Phiếu giấy đã điền. / Filled paper forms."`
	Slips    slipsCmd    `cmd:"" help:"In phiếu có mã QR cho hồ sơ đã trả. / Print slips with QR codes for returned dossiers."`
	Score    scoreCmd    `cmd:"" help:"Tính chỉ số từ một tệp câu trả lời. / The indices of an answers file, no store needed."`
	Index    indexCmd    `cmd:"" help:"Tính chỉ số của dữ liệu đang lưu. / The indices of what the store holds."`
	Verify   verifyCmd   `cmd:"" help:"Kiểm tra gói thẩm định, tính lại mọi số liệu; không cần kho. / Check a review pack and recompute its figures; no store needed."`
	Erase    eraseCmd    `cmd:"" help:"Xóa câu trả lời của một phiếu theo yêu cầu của người trả lời. / Erase the answer of a slip at the citizen's wish."`
	Report   reportCmd   `cmd:"" help:"Báo cáo của kỳ: DOCX, PDF, XLSX, CSV, JSON, gói thẩm định ZIP. / The report of a period, or its review pack."`
	Evidence evidenceCmd `cmd:"" help:"Bằng chứng theo ISO 9001:2015, mục 9.1.2, của một kỳ. / Evidence of a period for ISO 9001:2015, 9.1.2."`
	Close    closeCmd    `cmd:"" help:"Chốt số liệu của kỳ, hoặc mở lại có lý do. / Freeze a period, or reopen it with a reason."`
	Recount  recountCmd  `cmd:"" help:"Đếm lại từ phiếu gốc và so sánh. / Rebuild tallies from answers and compare."`
	Migrate  migrateCmd  `cmd:"" help:"Nâng cấp kho dữ liệu. / Migrate the store."`
	User     userCmd     `cmd:"" help:"Người dùng. / Users."`
	Pack     packCmd     `cmd:"" help:"Gói thẩm định của các phường. / Review packs of wards."`
	Unit     unitCmd     `cmd:"" help:"Đơn vị dùng chung kho: phường, thành phố. / Units on one store: wards, a city."`
	Token    tokenCmd    `cmd:"" help:"Khóa truy cập cho máy và hệ thống khác. / Tokens for kiosks and other systems."`
	Backup   backupCmd   `cmd:"" help:"Sao lưu kho nhúng trong khi đang chạy. / Back up the embedded store while it runs."`
	Restore  restoreCmd  `cmd:"" help:"Phục hồi và kiểm chứng bản sao lưu. / Restore a backup and check it."`

	Healthcheck healthcheckCmd `cmd:"" help:"Hỏi dịch vụ có khỏe không, cho container. / Ask whether the service is well, for containers."`

	Version kong.VersionFlag `help:"Phiên bản. / Version."`
}

// exited carries kong's wish to exit (after --help) out of the parser.
type exited int

func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if v := recover(); v != nil {
			e, ok := v.(exited)
			if !ok {
				panic(v)
			}
			code = int(e)
		}
	}()
	var c cli
	parser, err := kong.New(&c, kong.Name("hailong"),
		kong.Description("Hài Lòng: đánh giá sự hài lòng tại Bộ phận một cửa. Mọi tùy chọn --ten-tuy-chon có biến môi trường HAILONG_TEN_TUY_CHON. / Every flag --some-flag has an environment variable HAILONG_SOME_FLAG."),
		kong.Vars{"version": version}, kong.Writers(stdout, stderr), kong.UsageOnError(),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Resolvers(environment(getenv)))
	if err != nil {
		fmt.Fprintln(stderr, "hailong:", err)
		return exitFailed
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(stderr, "hailong: %v\nXem / see: hailong --help\n", err)
		return exitUsage
	}
	err = k.Run(&env{ctx, getenv, stdin, stdout, stderr})
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errRejected):
		return exitRejected
	}
	fmt.Fprintln(stderr, "hailong:", err)
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

// environment resolves --some-flag from HAILONG_SOME_FLAG.
func environment(getenv func(string) string) kong.Resolver {
	var f kong.ResolverFunc = func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if flag.Name == "help" || flag.Name == "version" {
			return nil, nil
		}
		if v := getenv("HAILONG_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))); v != "" {
			return v, nil
		}
		return nil, nil
	}
	return f
}

// explain puts a sentence that helps in front of the errors that operators meet.
func explain(err error) error {
	switch {
	case errors.Is(err, server.ErrWrongKey):
		return fmt.Errorf("tệp khóa không thuộc kho này; các phiếu đã in sẽ không dùng được: %w", err)
	case errors.Is(err, store.ErrUnavailable):
		return fmt.Errorf("không mở được kho dữ liệu: %w", err)
	}
	return err
}
