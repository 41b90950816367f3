package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of a backup. The manifest is written last: a directory without it
// holds no backup.
const (
	backupStore    = "hailong.db"
	backupKey      = "hailong.key"
	backupManifest = "manifest.json"
	backupFormat   = 1
)

// A Manifest says what a backup holds, so that damage shows before it is
// restored.
type Manifest struct {
	Format  int              `json:"format"`  // of this manifest
	Created time.Time        `json:"created"` // when the backup began
	Program string           `json:"program"` // version that made it
	Schema  int              `json:"schema"`  // migrations applied, by the program that made it
	Store   BackupFile       `json:"store"`
	Key     *BackupFile      `json:"key,omitempty"` // null where the key is kept elsewhere
	Counts  map[string]int64 `json:"counts"`        // documents by collection
}

// A BackupFile is one file of a backup.
type BackupFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A BackupSource says what to back up.
type BackupSource struct {
	Store   string    // path of the SQLite file
	Key     string    // path of the secret key; a backup without it cannot read its slips
	Created time.Time // for the manifest
	Program string    // likewise
	Schema  int       // likewise
}

// Backup makes a consistent copy of a store and of its key in dir, while
// others read and write: it holds what was committed at one moment. Dir is made
// if it does not exist, and must not hold a backup already. Where the key file
// does not exist, the manifest has no key.
func Backup(ctx context.Context, from BackupSource, dir string) (_ Manifest, err error) {
	source, err := openExisting(from.Store)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Manifest{}, fmt.Errorf("không tạo được thư mục sao lưu (cannot make the directory of the backup): %w", err)
	}
	for _, name := range []string{backupManifest, backupStore, backupKey} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return Manifest{}, fmt.Errorf("thư mục %s đã có bản sao lưu, không ghi đè (the directory holds a backup already, it is not overwritten)", dir)
		}
	}
	made := new(cleanup)
	defer made.unless(&err)

	m := Manifest{Format: backupFormat, Created: from.Created, Program: from.Program, Schema: from.Schema}
	target := filepath.Join(dir, backupStore)
	// SQLite fills a file that is there and empty, and keeps its mode.
	if err := made.create(target, nil); err != nil {
		return m, fmt.Errorf("ghi bản sao lưu (writing the backup): %w", err)
	}
	if _, err := source.ExecContext(ctx, `VACUUM INTO ?`, target); err != nil {
		return m, fmt.Errorf("sao chép kho dữ liệu (copying the store): %w", unavailable(ctx, err))
	}
	if err := syncPath(target); err != nil { // SQLite does not sync this copy
		return m, fmt.Errorf("ghi bản sao lưu (writing the backup): %w", err)
	}
	if m.Counts, err = inspect(ctx, target); err != nil {
		return m, fmt.Errorf("kiểm tra bản sao lưu (checking the backup): %w", err)
	}
	if m.Store, err = describe(target); err != nil {
		return m, fmt.Errorf("kiểm tra bản sao lưu (checking the backup): %w", err)
	}
	if m.Key, err = backUpKey(from.Key, filepath.Join(dir, backupKey), made); err != nil {
		return m, fmt.Errorf("sao lưu tệp khóa (backing up the key): %w", err)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, fmt.Errorf("ghi bản kê (writing the manifest): %w", err)
	}
	if err := errors.Join(made.create(filepath.Join(dir, backupManifest), append(text, '\n')), syncPath(dir)); err != nil {
		return m, fmt.Errorf("ghi bản kê (writing the manifest): %w", err)
	}
	return m, nil
}

func backUpKey(from, to string, made *cleanup) (*BackupFile, error) {
	key, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no key is no file
	}
	if err != nil {
		return nil, err
	}
	if err := made.create(to, key); err != nil {
		return nil, err
	}
	f, err := describe(to)
	return &f, err
}

// openExisting opens a store that must exist, and changes nothing.
func openExisting(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("mở kho dữ liệu (opening the store): %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("không mở được kho dữ liệu (cannot open the store): %w", err)
	}
	if err := errors.Join(checkHeader(f), f.Close()); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", dsn(path, busyWait))
	if err != nil {
		return nil, explain(path, err)
	}
	db.SetMaxOpenConns(1)
	var id int64
	if err := db.QueryRow(`PRAGMA application_id`).Scan(&id); err != nil {
		return nil, explain(path, errors.Join(err, db.Close()))
	}
	if id != applicationID {
		return nil, errors.Join(errNotStore(path), db.Close())
	}
	return db, nil
}

// inspect checks the whole of a store that nobody else has open, and counts
// its documents.
func inspect(ctx context.Context, path string) (_ map[string]int64, err error) {
	db, err := openExisting(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var result string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&result); err != nil {
		return nil, explain(path, err)
	}
	if result != "ok" {
		return nil, fmt.Errorf("%w: %s", ErrDamaged, result)
	}
	return counts(ctx, db)
}
