package server_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"hailong/server"
	"hailong/server/store"
)

// A gate does something before and after each write to an answer.
type gate struct {
	store.Store
	before, after func()
}

func (g *gate) Replace(ctx context.Context, coll string, d store.Doc) error {
	if coll != "answers" {
		return g.Store.Replace(ctx, coll, d)
	}
	g.before()
	defer g.after()
	return g.Store.Replace(ctx, coll, d)
}

func (g *gate) Batch(ctx context.Context, ops []store.Op) ([]error, error) {
	if len(ops) == 0 || ops[0].Collection != "answers" {
		return g.Store.Batch(ctx, ops)
	}
	g.before()
	defer g.after()
	return g.Store.Batch(ctx, ops)
}

func (g *gate) Insert(ctx context.Context, coll string, d store.Doc) error {
	if coll != "answers" {
		return g.Store.Insert(ctx, coll, d)
	}
	g.before()
	defer g.after()
	return g.Store.Insert(ctx, coll, d)
}

func (g *gate) Delete(ctx context.Context, coll, key string, version int64) error {
	if coll != "answers" {
		return g.Store.Delete(ctx, coll, key, version)
	}
	g.before()
	defer g.after()
	return g.Store.Delete(ctx, coll, key, version)
}

// through is another server on the store, behind a gate.
func (h *house) through(t testing.TB, g *gate) *server.Service {
	t.Helper()
	g.Store = h.memory
	svc, err := server.New(t.Context(), g, bytes.Repeat([]byte{7}, server.SecretSize), server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	svc.Now = h.Now
	return svc
}

// An answer that was changed, withdrawn or erased before the server that accepted
// it had kept its words leaves none of them.
func TestGoneWhileBeingAccepted(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server.Service, context.Context, server.SlipCode) error{
		"withdraw": (*server.Service).WithdrawAnswer,
		"erase": func(s *server.Service, ctx context.Context, c server.SlipCode) error {
			return s.Erase(ctx, c, "test")
		},
		"change": func(s *server.Service, ctx context.Context, c server.SlipCode) error {
			_, err := s.ChangeAnswer(ctx, c, said("1", "lời mới"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ctx := t.Context()
			slip := h.one(t)
			stored, mayFinish := make(chan bool), make(chan bool)
			slow := h.through(t, &gate{before: func() {}, after: sync.OnceFunc(func() { close(stored); <-mayFinish })})
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := slow.AcceptSlip(ctx, slip.Code, said("2", "lời cũ")); err != nil {
					t.Error(err)
				}
			})
			<-stored
			if err := end(h.Service, ctx, slip.Code); err != nil {
				t.Error(err)
			}
			before := len(dump(t, h.memory)["sealed_comments"])
			close(mayFinish)
			wg.Wait()
			if left := h.holds(t, "lời cũ"); len(left) > 0 {
				t.Errorf("words are left in %v", left)
			}
			if n := len(dump(t, h.memory)["sealed_comments"]); n != before {
				t.Errorf("%d sealed comments, there were %d", n, before)
			}
		})
	}
}

// A change that another server has written, but whose case it has yet to write,
// leaves no words behind when the answer is withdrawn or erased meanwhile.
func TestChangeBetweenScrubAndWrite(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server.Service, context.Context, server.SlipCode) error{
		"withdraw": (*server.Service).WithdrawAnswer,
		"erase": func(s *server.Service, ctx context.Context, c server.SlipCode) error {
			return s.Erase(ctx, c, "test")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ctx := t.Context()
			slip := h.one(t)
			if _, err := h.AcceptSlip(ctx, slip.Code, said("2", "lời cũ")); err != nil {
				t.Fatal(err)
			}
			changed, scrubbed, mayFinish, finished := make(chan bool), make(chan bool), make(chan bool), make(chan bool)
			changer := h.through(t, &gate{before: func() {}, after: sync.OnceFunc(func() { close(changed); <-mayFinish })})
			ender := h.through(t, &gate{before: sync.OnceFunc(func() { close(scrubbed); <-finished }), after: func() {}})
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := changer.ChangeAnswer(ctx, slip.Code, said("1", "lời mới")); err != nil {
					t.Error(err)
				}
				close(finished)
			})
			<-changed
			wg.Go(func() {
				if err := end(ender, ctx, slip.Code); err != nil {
					t.Error(err)
				}
			})
			<-scrubbed
			close(mayFinish)
			wg.Wait()
			if left := append(h.holds(t, "lời mới"), h.holds(t, "lời cũ")...); len(left) > 0 {
				t.Errorf("words are left in %v", left)
			}
		})
	}
}

// A server killed before it could look whether the answer whose words it kept is
// still there leaves them; the next day's tidying removes them, and only them.
func TestDropLoose(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*server.Service, context.Context, server.SlipCode) error{
		"withdraw": (*server.Service).WithdrawAnswer,
		"erase": func(s *server.Service, ctx context.Context, c server.SlipCode) error {
			return s.Erase(ctx, c, "test")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			slip := h.one(t)
			other := h.complain(t, 7, "giữ lời này, gọi 0912345678")
			stored, mayFinish := make(chan bool), make(chan bool)
			// It keeps the words and is killed when it looks at the answer again.
			ctx, kill := context.WithCancel(t.Context())
			var died sync.Once
			slow := h.through(t, &gate{before: func() {}, after: sync.OnceFunc(func() { close(stored); <-mayFinish })})
			slow.Store = &killer{Store: slow.Store, at: func() { died.Do(kill) }}
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := slow.AcceptSlip(ctx, slip.Code, said("2", "lời cũ, gọi 0987654321")); err == nil {
					t.Error("it was not killed")
				}
			})
			<-stored
			if err := end(h.Service, t.Context(), slip.Code); err != nil {
				t.Error(err)
			}
			close(mayFinish)
			wg.Wait()
			if len(h.holds(t, "lời cũ")) == 0 {
				t.Fatal("nothing was left to remove")
			}
			sealed := len(dump(t, h.memory)["sealed_comments"])
			if n, err := h.DropLoose(t.Context()); n != 1 || err != nil {
				t.Errorf("%d answers, %v", n, err)
			}
			if left := h.holds(t, "lời cũ"); len(left) > 0 {
				t.Errorf("words are left in %v", left)
			}
			if n := len(dump(t, h.memory)["sealed_comments"]); n != sealed-1 {
				t.Errorf("%d sealed comments, there were %d", n, sealed)
			}
			leader := server.User{Name: "lan", Role: server.RoleLeader}
			if c, err := h.Case(t.Context(), leader, other.ID); err != nil || c.Text != other.Text || !c.Open() {
				t.Errorf("somebody else's case: %+v, %v", c, err)
			}
			if n, err := h.DropLoose(t.Context()); n != 0 || err != nil {
				t.Errorf("again: %d answers, %v", n, err)
			}
		})
	}
}

// A killer calls at as soon as a case was opened.
type killer struct {
	store.Store
	at func()
}

func (k *killer) Insert(ctx context.Context, coll string, d store.Doc) error {
	err := k.Store.Insert(ctx, coll, d)
	if coll == "cases" {
		k.at()
	}
	return err
}
