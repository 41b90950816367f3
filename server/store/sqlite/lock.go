//go:build unix

package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// LockServe takes the place of the one server of the store at path, until the
// process ends or the lock is closed. Where another server has it, the error
// names the path. Commands that work beside the service do not take it.
//
// The lock is on the file path.lock, which stays. The system lets go of it when
// the process dies, however it dies.
func LockServe(path string) (io.Closer, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("khóa kho dữ liệu (locking the store): %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("không tạo được thư mục cho kho dữ liệu (cannot make the directory of the store): %w", err)
	}
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("khóa kho dữ liệu (locking the store): %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = ErrServed
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, errors.Join(err, f.Close()))
	}
	return f, nil
}

// ErrServed means that another server holds the store.
var ErrServed = errors.New("kho dữ liệu đang được một máy chủ Hài Lòng khác sử dụng (another Hài Lòng server is using this store)")
