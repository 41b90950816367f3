package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"hailong/server/store"
)

// readyWithin is how long the store may take to say that it is there.
const readyWithin = 2 * time.Second

// healthz says that the process answers. It asks nothing of the store: a
// restart does not bring a store back.
func (s *Site) healthz(c *gin.Context) error {
	c.JSON(http.StatusOK, gin.H{"status": "alive"})
	return nil
}

// readyz says that the store can be reached and has the shape that this
// version works on.
func (s *Site) readyz(c *gin.Context) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyWithin)
	defer cancel()
	err := s.svc.Store.Ping(ctx)
	if err == nil && s.ready != nil {
		err = s.ready(ctx)
	}
	if err != nil {
		return fmt.Errorf("%w: not ready: %w", store.ErrUnavailable, err) // whatever it is, it is not ready
	}
	c.JSON(http.StatusOK, gin.H{"status": "ready"})
	return nil
}

func (s *Site) metricsPage(c *gin.Context) error {
	s.metrics.page.ServeHTTP(c.Writer, c.Request)
	return nil
}
