package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hailong/migrations"
	"hailong/server"
	"hailong/server/store"
	"hailong/server/store/mongo"
	"hailong/server/store/sqlite"
)

// storeFlags say where the house remembers. Every command that has them works
// while the service runs on the same store.
type storeFlags struct {
	Store   string `default:"sqlite:./data/hailong.db" placeholder:"URL" help:"sqlite:PATH hoặc / or mongodb://…/DB"`
	KeyFile string `placeholder:"FILE" help:"Tệp khóa bí mật; mặc định cạnh kho / secret key file; default: hailong.key beside the store"`
	BaseURL string `name:"base-url" default:"http://localhost:8080" help:"Địa chỉ in trên phiếu / address printed on slips"`
	Unit    string `default:"phu-lien-2024" help:"Mã đơn vị / unit id"`

	Profile   string `placeholder:"ID" help:"Hồ sơ đơn vị: 2024-quan, 2025-thanh-pho; mặc định theo mã đơn vị / unit profile; default: that of the unit"`
	CutOffDay int    `default:"0" placeholder:"DAY" help:"Ngày chốt số liệu trong tháng cuối kỳ, 1–27; 0: hết tháng / last day counted in a period's last month; 0: whole months"`
	Detail    string `default:"rotate" placeholder:"rotate|open|off" help:"Hỏi 19 tiêu chí trên điện thoại: rotate mỗi phiếu một nhóm, open mở thêm, off không hỏi / the 19 criteria on the phone"`
	// InviteAt is about which dossiers get slips.
	InviteAt []string `default:"10" placeholder:"10,3,8" help:"Trạng thái hồ sơ được mời đánh giá: 10 đã trả, thêm được 3 không được tiếp nhận, 8 dừng xử lý / statuses that earn a slip"`
	// InvitationDays is how long a slip can be used.
	InvitationDays slipDays `default:"90" placeholder:"DAYS" help:"Số ngày phiếu dùng được, kể từ ngày phát hành / days in which a slip can be used, from the one on which it is issued"`
	// ChangeDays is about answers given with a slip.
	ChangeDays int `default:"7" placeholder:"DAYS" help:"Số ngày được sửa hoặc rút câu trả lời bằng phiếu; 0: không được / days in which an answer can be changed or withdrawn"`
	// Holidays are for the deadlines of complaints.
	Holidays []string `name:"holiday" placeholder:"2027-02-08,…" help:"Ngày nghỉ ngoài cuối tuần, ngày lễ cố định và lịch nghỉ 2021–2026 / days off besides weekends, fixed holidays and the calendar of 2021 to 2026"`
	Workdays []string `name:"workday" placeholder:"2027-02-13,…" help:"Ngày thứ Bảy làm bù / Saturdays worked for a weekday off"`
}

// slipDays are days in which a slip can be used, 1 to 1095: who answers years
// later does not remember how it was.
type slipDays int

// UnmarshalText reads what the command line or the environment says.
func (d *slipDays) UnmarshalText(text []byte) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 || n > 3*365 {
		return fmt.Errorf("từ 1 đến %d ngày / 1 to %[1]d days", 3*365)
	}
	*d = slipDays(n)
	return nil
}

// sqlitePath returns the file of an embedded store.
func (f storeFlags) sqlitePath() (string, bool) { return strings.CutPrefix(f.Store, "sqlite:") }

// openEngine opens the store as it is.
func (f storeFlags) openEngine(ctx context.Context) (store.Store, error) {
	var st store.Store
	var err error
	if path, ok := f.sqlitePath(); ok {
		if path == "" {
			return nil, fmt.Errorf("%w: --store sqlite: thiếu đường dẫn / lacks a path", errUsage)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("không tạo được thư mục của kho / making the store's folder: %w", err)
		}
		st, err = sqlite.Open(ctx, path)
	} else if strings.HasPrefix(f.Store, "mongodb://") || strings.HasPrefix(f.Store, "mongodb+srv://") {
		st, err = mongo.Open(ctx, f.Store)
	} else {
		return nil, fmt.Errorf("%w: --store: dùng sqlite:PATH hoặc mongodb://…/DB / use sqlite:PATH or mongodb://…/DB", errUsage)
	}
	if err != nil {
		return nil, explain(err)
	}
	return st, nil
}

// openStore opens the store and migrates it.
func (f storeFlags) openStore(ctx context.Context) (store.Store, error) {
	st, err := f.openEngine(ctx)
	if err != nil {
		return nil, err
	}
	if err := migrations.Up(ctx, st); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// keyPath is where the secret is kept.
func (f storeFlags) keyPath() string {
	if f.KeyFile != "" {
		return f.KeyFile
	}
	if path, ok := f.sqlitePath(); ok {
		return filepath.Join(filepath.Dir(path), "hailong.key")
	}
	return filepath.Join("data", "hailong.key")
}

// days reads the days of a flag.
func days(flag string, texts []string) ([]server.Day, error) {
	var out []server.Day
	for _, text := range texts {
		day, err := server.ParseDay(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: ngày viết như / a day is written 2027-02-08", errUsage, flag)
		}
		out = append(out, day)
	}
	return out, nil
}

// open opens the store and the service on it. The caller closes the store.
func (f storeFlags) open(ctx context.Context) (*server.Service, error) {
	holidays, err := days("--holiday", f.Holidays)
	if err != nil {
		return nil, err
	}
	workdays, err := days("--workday", f.Workdays)
	if err != nil {
		return nil, err
	}
	if u := strings.TrimRight(f.BaseURL, "/"); strings.Count(u, "/") != 2 || !(strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://")) {
		return nil, fmt.Errorf("%w: --base-url: cần dạng https://ten-mien, không có đường dẫn / must look like https://host, without a path", errUsage)
	}
	detail, err := server.ParseDetailMode(f.Detail)
	if err != nil {
		return nil, fmt.Errorf("%w: --detail: %w", errUsage, err)
	}
	var inviteAt []server.Status
	if len(f.InviteAt) > 0 {
		if inviteAt, err = server.ParseInviteAt(f.InviteAt); err != nil {
			return nil, fmt.Errorf("%w: --invite-at: %w", errUsage, err)
		}
	}
	st, err := f.openStore(ctx)
	if err != nil {
		return nil, err
	}
	secret, err := f.secret(ctx, st)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	svc, err := server.New(ctx, st, secret, server.Config{Unit: f.Unit, BaseURL: strings.TrimRight(f.BaseURL, "/"), Profile: f.Profile, CutOffDay: f.CutOffDay, Holidays: holidays, Workdays: workdays, Detail: detail, InviteAt: inviteAt, InvitationDays: int(f.InvitationDays), ChangeDays: cmp.Or(max(f.ChangeDays, 0), -1)})
	if err != nil {
		return nil, errors.Join(explain(err), st.Close())
	}
	return svc, nil
}

// secret reads the key file. A store that has no key yet gets a new one; a
// store whose key file is missing does not, for every slip in people's hands
// would be unknown under a new key.
func (f storeFlags) secret(ctx context.Context, st store.Store) ([]byte, error) {
	path := f.keyPath()
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		keyed, err := server.Keyed(ctx, st)
		if err != nil {
			return nil, explain(err)
		}
		if keyed {
			return nil, fmt.Errorf("thiếu tệp khóa %s của kho này; hãy chép lại từ bản sao lưu / the store's key file is missing; copy it back from a backup", path)
		}
		// Two processes that make it at once agree: one links its file into
		// place, the other reads that one.
		if err := makeSecret(path); err != nil {
			return nil, fmt.Errorf("không tạo được tệp khóa / making the key file: %w", err)
		}
		b, err = os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("không đọc được tệp khóa / reading the key file: %w", err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("không đọc được tệp khóa / reading the key file: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(secret) != server.SecretSize {
		return nil, fmt.Errorf("tệp khóa hỏng / the key file is damaged: %s", path)
	}
	return secret, nil
}

func makeSecret(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	var secret [server.SecretSize]byte
	rand.Read(secret[:]) // never fails
	_, err = fmt.Fprintln(tmp, hex.EncodeToString(secret[:]))
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
