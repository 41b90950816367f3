package memory_test

import (
	"errors"
	"testing"

	"hailong/server/store"
	"hailong/server/store/memory"
	"hailong/server/store/storetest"
)

func TestExam(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}

func TestFail(t *testing.T) {
	t.Parallel()
	s := memory.New()
	d := store.Doc{Key: "k", Body: []byte(`{}`)}
	broken := errors.New("the disk is on fire")
	s.Fail(broken)
	if err := s.Insert(t.Context(), "c", d); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, broken) {
		t.Errorf("a store in trouble gave %v", err)
	}
	s.Fail(nil)
	if err := s.Insert(t.Context(), "c", d); err != nil {
		t.Errorf("a store after trouble gave %v", err)
	}
}
