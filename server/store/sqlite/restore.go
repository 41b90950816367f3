package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"hailong/server/store"
)

// ErrDamaged means that a backup does not hold what its manifest says.
var ErrDamaged = errors.New("bản sao lưu bị hỏng, không phục hồi (the backup is damaged and was not restored)")

// A RestoreTarget says where to restore to.
type RestoreTarget struct {
	Store string // path of the SQLite file, which must not exist
	Key   string // path of the secret key, which must not exist or be the same
	// Verify looks into the restored store before it takes its place; its
	// error ends the restore. It may be nil.
	Verify func(ctx context.Context, s store.Store) error
}

// Restore checks a backup and puts it where no store is. The checksums, the
// integrity of the file, the number of documents in each collection and
// whatever to.Verify looks at must all be right; else nothing is left behind.
func Restore(ctx context.Context, dir string, to RestoreTarget) (m Manifest, err error) {
	if to.Store, err = filepath.Abs(to.Store); err != nil {
		return m, fmt.Errorf("phục hồi (restoring): %w", err)
	}
	if m, err = readManifest(dir); err != nil {
		return m, err
	}
	lock, err := LockServe(to.Store)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	for _, path := range []string{to.Store, to.Store + "-wal", to.Store + "-shm"} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return m, fmt.Errorf("đã có kho dữ liệu %s, không ghi đè; hãy chuyển nó đi trước (a store exists there and is not overwritten: move it away first)", path)
		}
	}
	made := new(cleanup)
	defer made.unless(&err)
	if err := restoreKey(dir, m.Key, to.Key, made); err != nil {
		return m, err
	}
	tmp, err := copyChecked(filepath.Join(dir, backupStore), to.Store, m.Store, made)
	if err != nil {
		return m, err
	}
	counted, err := inspect(ctx, tmp)
	if err != nil {
		return m, fmt.Errorf("kiểm tra bản sao lưu (checking the backup): %w", err)
	}
	if !maps.Equal(counted, m.Counts) {
		return m, fmt.Errorf("%w: số bản ghi khác bản kê (the counts differ from the manifest): %v, %v", ErrDamaged, counted, m.Counts)
	}
	if to.Verify != nil {
		if err := verify(ctx, tmp, to.Verify); err != nil {
			return m, fmt.Errorf("kiểm chứng bản sao lưu (verifying the backup): %w", err)
		}
	}
	// A link does not overwrite what came there meanwhile.
	if err := os.Link(tmp, to.Store); err != nil {
		return m, fmt.Errorf("đặt kho dữ liệu vào chỗ (putting the store in place): %w", err)
	}
	if err := errors.Join(os.Remove(tmp), syncPath(filepath.Dir(to.Store))); err != nil {
		return m, fmt.Errorf("đặt kho dữ liệu vào chỗ (putting the store in place): %w", err)
	}
	return m, nil
}

func readManifest(dir string) (Manifest, error) {
	var m Manifest
	text, err := os.ReadFile(filepath.Join(dir, backupManifest))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("thư mục %s không có bản sao lưu hoàn chỉnh (the directory holds no complete backup): %w", dir, err)
	}
	if err != nil {
		return m, fmt.Errorf("đọc bản kê (reading the manifest): %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: bản kê (the manifest): %w", ErrDamaged, err)
	}
	if m.Format > backupFormat {
		return m, fmt.Errorf("bản sao lưu do một phiên bản Hài Lòng mới hơn tạo ra, hãy cập nhật chương trình (the backup was made by a newer version of Hài Lòng: update the program)")
	}
	if m.Format < 1 || m.Store.SHA256 == "" {
		return m, fmt.Errorf("%w: bản kê thiếu nội dung (the manifest is incomplete)", ErrDamaged)
	}
	return m, nil
}

func restoreKey(dir string, file *BackupFile, to string, made *cleanup) error {
	if file == nil {
		return nil
	}
	key, err := os.ReadFile(filepath.Join(dir, backupKey))
	if err != nil {
		return fmt.Errorf("%w: tệp khóa (the key): %w", ErrDamaged, err)
	}
	if sum := sha256.Sum256(key); hex.EncodeToString(sum[:]) != file.SHA256 {
		return fmt.Errorf("%w: tệp khóa khác bản kê (the key differs from the manifest)", ErrDamaged)
	}
	now, err := os.ReadFile(to)
	if err == nil {
		if string(now) == string(key) {
			return nil
		}
		return fmt.Errorf("đã có tệp khóa khác %s, không ghi đè; hãy chuyển nó đi trước (another key exists there and is not overwritten: move it away first)", to)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("đọc tệp khóa (reading the key): %w", err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), made.create(to, key), syncPath(filepath.Dir(to))); err != nil {
		return fmt.Errorf("ghi tệp khóa (writing the key): %w", err)
	}
	return nil
}

// copyChecked copies a file beside the target and checks what it copied.
func copyChecked(from, target string, want BackupFile, made *cleanup) (tmp string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.CreateTemp(filepath.Dir(target), ".restore-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("chép bản sao lưu (copying the backup): %w", err)
	}
	made.paths = append(made.paths, out.Name(), out.Name()+"-wal", out.Name()+"-shm")
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", fmt.Errorf("chép bản sao lưu (copying the backup): %w", err)
	}
	if n != want.Bytes || hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return "", fmt.Errorf("%w: tệp dữ liệu khác bản kê (the store differs from the manifest)", ErrDamaged)
	}
	return out.Name(), nil
}

func verify(ctx context.Context, path string, check func(context.Context, store.Store) error) error {
	s, err := Open(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(check(ctx, s), s.Close())
}

func describe(path string) (_ BackupFile, err error) {
	f, err := os.Open(path)
	if err != nil {
		return BackupFile{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return BackupFile{Name: filepath.Base(path), Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// syncPath flushes a file, or the entries of a directory, to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// A cleanup knows the files that were made, to remove them after a failure.
type cleanup struct{ paths []string }

// create writes a new file for its owner only, and flushes it.
func (c *cleanup) create(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	c.paths = append(c.paths, path)
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}

// unless removes the files, unless all went well.
func (c *cleanup) unless(err *error) {
	if *err == nil {
		return
	}
	for _, path := range c.paths {
		if e := os.Remove(path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			*err = errors.Join(*err, e)
		}
	}
}
