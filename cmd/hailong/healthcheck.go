package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type healthcheckCmd struct {
	URL     string        `arg:"" default:"http://localhost:8080/healthz" help:"Địa chỉ để hỏi / address to ask"`
	Timeout time.Duration `default:"3s" help:"Thời gian chờ / how long to wait"`
}

// Run asks the service whether it is well, for container images that hold
// nothing else that could ask. It fails unless the answer is 200.
func (c *healthcheckCmd) Run(e *env) error {
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if !strings.HasPrefix(c.URL, "http://") && !strings.HasPrefix(c.URL, "https://") {
		return fmt.Errorf("%w: cần địa chỉ http:// hoặc https:// / an http:// or https:// address is needed", errUsage)
	}
	resp, err := (&http.Client{Transport: &http.Transport{Proxy: nil}}).Do(req)
	if err != nil {
		return fmt.Errorf("dịch vụ không trả lời / the service does not answer: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("dịch vụ trả lời dở dang / the answer broke off: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("dịch vụ chưa sẵn sàng / the service is not well: %s", resp.Status)
	}
	fmt.Fprintln(e.stdout, strings.TrimSpace(string(body)))
	return nil
}
