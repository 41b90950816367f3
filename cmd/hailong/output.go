package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// An output is a file in the making. It is written beside its place, readable
// by its owner only, and takes its name when it is whole; a file that had the
// name before keeps its content under slips.1.pdf, slips.2.pdf and so on, for
// nobody could make it again.
type output struct {
	path string
	tmp  *os.File
}

// newOutput opens the file, so that a folder that is missing, full or closed to
// us is known before work is done.
func newOutput(path string) (*output, error) {
	if path == "" {
		return nil, fmt.Errorf("%w: thiếu tên tệp / a file name is missing", errUsage)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s không phải là tệp thường / is not a regular file", path)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("không ghi được vào / cannot write to %s: %w", path, err)
	}
	return &output{path, tmp}, nil
}

func (o *output) Write(b []byte) (int, error) { return o.tmp.Write(b) }

// sync makes the content durable.
func (o *output) sync() error {
	if err := errors.Join(o.tmp.Sync(), o.tmp.Close()); err != nil {
		return fmt.Errorf("ghi / writing %s: %w", o.path, err)
	}
	return nil
}

// keep gives the file its name.
func (o *output) keep() error {
	if err := o.moveOld(); err != nil {
		return fmt.Errorf("giữ tệp cũ / keeping the earlier %s: %w", o.path, err)
	}
	if err := os.Rename(o.tmp.Name(), o.path); err != nil {
		return fmt.Errorf("đặt tên / naming %s: %w", o.path, err)
	}
	// Not every system can flush a folder; the content is safe already.
	if dir, err := os.Open(filepath.Dir(o.path)); err == nil {
		dir.Sync()
		dir.Close()
	}
	return nil
}

func (o *output) moveOld() error {
	if _, err := os.Lstat(o.path); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	ext := filepath.Ext(o.path)
	for i := 1; ; i++ {
		old := strings.TrimSuffix(o.path, ext) + "." + strconv.Itoa(i) + ext
		if _, err := os.Lstat(old); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(o.path, old)
		} else if err != nil {
			return err
		}
	}
}

// discard removes what never got its name. After keep it does nothing.
func (o *output) discard() {
	o.tmp.Close()
	os.Remove(o.tmp.Name())
}
