package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"hailong/server"
)

type eraseCmd struct {
	storeFlags
}

// Run reads the slip's code from standard input, so that it is in no list of
// processes and in no shell's history.
func (c *eraseCmd) Run(e *env) error {
	fmt.Fprint(e.stderr, "Mã trên phiếu / code on the slip: ")
	line, err := bufio.NewReader(io.LimitReader(e.stdin, 200)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("đọc mã / reading the code: %w", err)
	}
	code, err := server.ParseSlipCode(strings.TrimSpace(line))
	if err != nil {
		return fmt.Errorf("%w: mã trên phiếu chưa đúng / this is no slip code", errUsage)
	}
	svc, err := c.open(e.ctx)
	if err != nil {
		return err
	}
	defer svc.Store.Close()
	err = svc.Erase(e.ctx, code, "hailong erase")
	if errors.Is(err, server.ErrNotFound) {
		return errors.New("phiếu này không có câu trả lời / the slip has no answer")
	}
	if err != nil {
		return explain(err)
	}
	fmt.Fprintln(e.stdout, "Đã xóa câu trả lời; sổ kiểm chứng ghi rằng phiếu đã xóa theo yêu cầu. / Erased; the ledger says so.")
	return nil
}
