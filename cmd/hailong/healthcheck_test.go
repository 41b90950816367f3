package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"status":"alive"}`) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	release := make(chan struct{})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(release) })
	for _, c := range []struct {
		url     string
		wantOut string
		wantErr string
	}{
		{srv.URL + "/healthz", "alive", ""},
		{srv.URL + "/readyz", "", "503"},
		{srv.URL + "/slow", "", "does not answer"},
		{"http://127.0.0.1:1/healthz", "", "does not answer"},
		{"localhost:8080", "", "http"},
	} {
		var out bytes.Buffer
		cmd := healthcheckCmd{URL: c.url, Timeout: 300 * time.Millisecond}
		err := cmd.Run(&env{ctx: t.Context(), stdout: &out})
		if c.wantErr == "" && (err != nil || !strings.Contains(out.String(), c.wantOut)) {
			t.Errorf("%s: %q, %v", c.url, out.String(), err)
		}
		if c.wantErr != "" && (err == nil || !strings.Contains(err.Error(), c.wantErr)) {
			t.Errorf("%s: error %v, want one that says %q", c.url, err, c.wantErr)
		}
	}
}
